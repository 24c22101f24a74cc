import Tensors

/// Decides how each tensor is divided over ranks.
struct TensorParallelDivider {
    let ranks: Int
    let plan: TensorParallelPlan
    let configuration: ModelConfiguration
    /// The padded extent of vocabularies is a multiple of this many indices for each rank.
    let vocabularyMultiple: Int
    let path: String

    /// - Throws: `invalidRequest` where a tensor cannot be divided evenly, and what to do about it.
    func division(of tensor: StoredTensor) throws(CheckpointError) -> TensorDivision {
        let (style, isNamed) = plan.style(of: tensor.name)
        // Scales of whole tensors are the same for every part.
        guard style != .replicated, tensor.shape.contains(where: { $0 != 1 }), tensor.byteCount > 0 else {
            return .replicated
        }
        if !isNamed { try requireKnownLeaf(tensor) }
        guard tensor.shape.count <= 2 else {
            throw refusal(tensor, "has \(tensor.shape.count) dimensions; only matrices and vectors are divided")
        }
        switch style {
        case .replicated: return .replicated
        case .column:
            return try column(tensor, parts: [tensor.shape[0]], style: .column, copies: [try copies(of: tensor)])
        case .row:
            // A bias is added once, after the sum over ranks; scales by row belong to outputs.
            guard tensor.shape.count == 2, tensor.shape[1] > 1 else { return .replicated }
            return try divided(
                tensor, style: .row, dimension: 1, parts: [TensorDivision.Part(extent: tensor.shape[1], copies: 1)])
        case .vocabulary: return try vocabulary(tensor)
        case .fused:
            guard tensor.shape[0] % 2 == 0 else { throw refusal(tensor, "does not hold two weights of one size") }
            let half = tensor.shape[0] / 2
            return try column(tensor, parts: [half, half], style: .fused, copies: [1, 1])
        case .heads: return try heads(tensor)
        }
    }

    /// Packed integers of quantised weights lie in other orders than the weights themselves.
    private func requireKnownLeaf(_ tensor: StoredTensor) throws(CheckpointError) {
        let leaf = tensor.name.split(separator: ".").last.map(String.init) ?? tensor.name
        guard ["weight", "bias", "weight_scale", "weight_scale_inv", "input_scale"].contains(leaf) else {
            throw refusal(tensor, "is a part of a module that is divided, and not known; name it in the plan")
        }
    }

    private func column(
        _ tensor: StoredTensor, parts: [Int], style: TensorParallelStyle, copies: [Int]
    ) throws(CheckpointError) -> TensorDivision {
        try divided(
            tensor, style: style, dimension: 0,
            parts: zip(parts, copies).map { TensorDivision.Part(extent: $0, copies: $1) })
    }

    private func divided(
        _ tensor: StoredTensor, style: TensorParallelStyle, dimension: Int, parts: [TensorDivision.Part],
        padding: Int = 0
    ) throws(CheckpointError) -> TensorDivision {
        let division = TensorDivision(style: style, dimension: dimension, parts: parts, padding: padding)
        guard division.fits(tensor.shape, ranks: ranks),
            SliceGeometry(tensor.type, shape: tensor.shape, dimension: dimension) != nil
        else {
            throw refusal(
                tensor, "its shape \(tensor.shape) is not divided evenly by \(ranks) ranks in dimension \(dimension)")
        }
        return division
    }

    /// How many ranks share the same heads: with fewer heads of keys and values than ranks, several ranks have the same.
    private func copies(ofHeads heads: Int?, _ tensor: StoredTensor) throws(CheckpointError) -> Int {
        guard let heads else { return 1 }
        if heads % ranks == 0 { return 1 }
        guard ranks % heads == 0 else {
            throw refusal(tensor, "its \(heads) heads are not divided evenly by \(ranks) ranks, nor the ranks by them")
        }
        return ranks / heads
    }

    private func copies(of tensor: StoredTensor) throws(CheckpointError) -> Int {
        let parts = tensor.name.split(separator: ".")
        switch parts.dropLast().last {
        case "q_proj":
            if let heads = configuration.queryHeads, heads % ranks != 0 {
                throw refusal(tensor, "its \(heads) heads of queries are not divided evenly by \(ranks) ranks")
            }
            return 1
        case "k_proj", "v_proj": return try copies(ofHeads: configuration.keyHeads, tensor)
        default: return 1
        }
    }

    private func vocabulary(_ tensor: StoredTensor) throws(CheckpointError) -> TensorDivision {
        let (step, overflows) = vocabularyMultiple.multipliedReportingOverflow(by: ranks)
        guard !overflows, step <= 1 << 32, let extent = tensor.shape.first, extent > 0 else {
            throw refusal(
                tensor, "its vocabulary cannot be padded to a multiple of \(vocabularyMultiple) for each rank")
        }
        let padding = (step - extent % step) % step
        return try divided(
            tensor, style: .vocabulary, dimension: 0, parts: [TensorDivision.Part(extent: extent, copies: 1)],
            padding: padding)
    }

    private func heads(_ tensor: StoredTensor) throws(CheckpointError) -> TensorDivision {
        guard let queries = configuration.queryHeads, let keys = configuration.keyHeads,
            let width = configuration.headWidth
        else {
            throw refusal(
                tensor,
                "holds queries, keys and values, and config.json does not say how many heads; name it with --config")
        }
        let (q, k) = (queries.multipliedReportingOverflow(by: width), keys.multipliedReportingOverflow(by: width))
        guard !q.overflow, !k.overflow, q.partialValue <= 1 << 48, k.partialValue <= 1 << 48,
            q.partialValue + 2 * k.partialValue == tensor.shape[0]
        else {
            throw refusal(
                tensor,
                "has \(tensor.shape[0]) rows, not those of \(queries) heads of queries and \(keys) of keys and values of width \(width)"
            )
        }
        guard queries % ranks == 0 else {
            throw refusal(tensor, "its \(queries) heads of queries are not divided evenly by \(ranks) ranks")
        }
        let copies = try copies(ofHeads: keys, tensor)
        return try column(
            tensor, parts: [q.partialValue, k.partialValue, k.partialValue], style: .heads, copies: [1, copies, copies])
    }

    private func refusal(_ tensor: StoredTensor, _ message: String) -> CheckpointError {
        CheckpointError(.invalidRequest, path: path, tensor: tensor.name, message)
    }
}

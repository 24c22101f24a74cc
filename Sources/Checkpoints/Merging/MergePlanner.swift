import Kernels
import Tensors

/// Finds each tensor in all checkpoints, and decides how it is merged.
struct MergePlanner {
    /// What is to be done.
    struct Plan {
        var tensors: [PlannedTensor] = []
        var mergedCount = 0
        var warnings: [CheckpointWarning] = []
    }

    /// One tensor in one checkpoint.
    private struct Member {
        let tensor: StoredTensor
        let checkpoint: Checkpoint
    }

    let settings: MergeSettings
    /// The base first, where there is one.
    let inputs: [Checkpoint]
    let modelCount: Int

    private let pool = MergeScratchPool()

    init(settings: MergeSettings, inputs: [Checkpoint], modelCount: Int) {
        self.settings = settings
        self.inputs = inputs
        self.modelCount = modelCount
    }

    /// - Throws: ``CheckpointError``.
    func plan() throws(CheckpointError) -> Plan {
        var places: [[UInt8]: Int] = [:]
        var members: [[Member?]] = []
        for (number, input) in inputs.enumerated() {
            for tensor in input.tensors {
                let name = Array(tensor.name.utf8)
                let place = places[name] ?? members.count
                if place == members.count {
                    places[name] = place
                    members.append([Member?](repeating: nil, count: inputs.count))
                }
                members[place][number] = Member(tensor: tensor, checkpoint: input)
            }
        }
        var plan = Plan()
        for row in members {
            let present = row.compactMap { $0 }
            guard let first = present.first else { continue }
            if present.count < inputs.count {
                try allowMissing(first, in: row)
                _ = try first.checkpoint.reader(of: first.tensor)
                plan.tensors.append(
                    PlannedTensor(first.tensor.description, from: TensorSource(first.tensor, of: first.checkpoint)))
                plan.warnings.append(
                    CheckpointWarning(
                        tensor: first.tensor.name,
                        "is not in all checkpoints; taken from \(first.checkpoint.path) as it is"))
            } else {
                try add(present, to: &plan)
            }
        }
        return plan
    }

    private func allowMissing(_ member: Member, in row: [Member?]) throws(CheckpointError) {
        guard !settings.allowsMissing, let absent = row.firstIndex(where: { $0 == nil }) else { return }
        throw CheckpointError(
            .missingTensor, path: inputs[absent].path, tensor: member.tensor.name,
            "is not there, but in \(member.checkpoint.path); --allow-missing takes such tensors over as they are")
    }

    private func add(_ members: [Member], to plan: inout Plan) throws(CheckpointError) {
        let first = members[0]
        for other in members.dropFirst() where other.tensor.shape != first.tensor.shape {
            throw CheckpointError(
                .invalidRequest, path: other.checkpoint.path, tensor: first.tensor.name,
                "has the shape \(other.tensor.shape), but \(first.tensor.shape) in \(first.checkpoint.path)"
                    + Self.advice(first.tensor.shape, other.tensor.shape))
        }
        var description = first.tensor.description
        let source: any TensorReader
        let sourceType: TensorType
        if members.allSatisfy({ $0.tensor.type.isMergeable }) {
            let isWide = members.contains { $0.tensor.type == .float64 }
            sourceType = isWide ? .float64 : .float32
            source = try isWide ? reader(members, of: Double.self) : reader(members, of: Float.self)
            description.type = settings.type ?? first.tensor.type
            plan.mergedCount += 1
        } else {
            for other in members.dropFirst() where other.tensor.type != first.tensor.type {
                throw CheckpointError(
                    .invalidRequest, path: other.checkpoint.path, tensor: first.tensor.name,
                    "is \(other.tensor.type.name), but \(first.tensor.type.name) in \(first.checkpoint.path)")
            }
            sourceType = first.tensor.type
            var readers: [any TensorReader] = []
            for member in members { readers.append(try member.checkpoint.reader(of: member.tensor)) }
            source = EqualReader(
                readers, paths: members.map(\.checkpoint.path), tensor: first.tensor.name, pool)
        }
        guard let byteCount = sourceType.byteCount(of: first.tensor.shape),
            sourceType == description.type || ElementConversion.isSupported(from: sourceType, to: description.type)
        else {
            throw CheckpointError(
                .invalidRequest, path: first.checkpoint.path, tensor: first.tensor.name,
                "cannot be merged to \(description.type.name)")
        }
        plan.tensors.append(
            PlannedTensor(
                description,
                from: TensorSource(name: description.name, type: sourceType, byteCount: byteCount) { source }))
    }

    /// Embeddings of different vocabularies are what shapes mostly differ by.
    private static func advice(_ first: [Int], _ second: [Int]) -> String {
        guard first.count == 2, second.count == 2, first[1] == second[1] else { return "" }
        return "; if these are vocabularies, give the models the same one first (resize_token_embeddings)"
    }

    private func reader<Number: MergeNumber>(
        _ members: [Member], of: Number.Type
    ) throws(CheckpointError) -> any TensorReader {
        var sources: [MergeInput<Number>.Source] = []
        for member in members {
            sources.append(
                MergeInput<Number>.Source(
                    reader: try member.checkpoint.reader(of: member.tensor), type: member.tensor.type))
        }
        let first = members[0]
        let input = MergeInput<Number>(sources, elementCount: first.tensor.elementCount)
        let parameters = settings.parameters(of: first.tensor.name, models: modelCount)
        let arithmetic: any MergeArithmetic<Number>
        switch settings.method {
        case .linear: arithmetic = LinearMerge<Number>(parameters, normalizes: settings.normalizes)
        case .slerp:
            let failure = CheckpointError(
                .invalidRequest, path: first.checkpoint.path, tensor: first.tensor.name,
                "has no finite length here or in \(members[1].checkpoint.path), so there is no angle to go along; "
                    + "kedge verify --finite finds the NaN or infinity")
            arithmetic = SphericalMerge<Number>(parameters.interpolation, input, failure: failure)
        case .taskArithmetic, .ties, .dareLinear, .dareTies:
            arithmetic = TaskVectorMerge<Number>(parameters, settings, name: first.tensor.name, input)
        }
        return MergedReader<Number>(input, arithmetic, pool)
    }
}

extension TensorType {
    /// Whether merging calculates with elements of this type; others are taken over.
    fileprivate var isMergeable: Bool {
        isFloatingPoint && byteWidth != nil && self != .float8E8M0
            && (self == .float32 || ElementConversion.isSupported(from: self, to: .float32))
    }
}

public import JSON
import Tensors

extension CheckpointComparison {
    /// The name and version of the contract of ``json``: schemas/checkpoint-diff.v1.json.
    public static let contract = "kedge.checkpoint-diff"
    /// The version of ``contract``.
    public static let contractVersion = 1

    /// The comparison as its contract has it.
    public var json: JSONNode {
        var members: [(key: String, value: JSONNode)] = [
            ("format", .string(Self.contract)), ("version", JSONNode(Self.contractVersion)),
            ("a", .object([("path", .string(firstPath)), ("format", .string(firstFormat.name))])),
            ("b", .object([("path", .string(secondPath)), ("format", .string(secondFormat.name))])),
            ("rank", JSONNode(settings.rank)), ("world_size", JSONNode(settings.worldSize)),
            ("filters", .array(settings.filters.map { .string($0.text) })),
            ("tolerance", .double(settings.tolerance)), ("tensors", .array(items.map(\.json))),
        ]
        if settings.worldSize == 1 { members.append(contentsOf: Self.summary(of: items.map(\.json))) }
        return .object(members)
    }

    /// What is said of all tensors together.
    static func summary(of tensors: [JSONNode]) -> [(key: String, value: JSONNode)] {
        let statuses = tensors.map { $0["status"] ?? .null }
        let counts = Status.allCases.map { status in
            (key: status.rawValue, value: JSONNode(statuses.count { $0 == .string(status.rawValue) }))
        }
        let renamed = tensors.count { $0["new_name"] != nil }
        let retyped = tensors.count { $0["new_dtype"] != nil }
        let isSame =
            renamed == 0 && retyped == 0
            && statuses.allSatisfy { $0 == .string(Status.identical.rawValue) || $0 == .string(Status.equal.rawValue) }
        let matrices = tensors.filter { tensor in
            guard tensor["status"] == .string(Status.changed.rawValue), case .array(let shape)? = tensor["shape"]
            else { return false }
            return shape.count == 2
        }
        let ranks = matrices.compactMap { tensor -> Int64? in
            guard case .int(let rank)? = tensor["update"]?["adapter_rank"] else { return nil }
            return rank
        }
        return [
            ("same", .bool(isSame)),
            ("counts", .object(counts + [("renamed", JSONNode(renamed)), ("other_dtype", JSONNode(retyped))])),
            ("adapter_rank", ranks.count == matrices.count ? ranks.max().map(JSONNode.int) ?? .null : .null),
        ]
    }
}

extension CheckpointComparison.Item {
    fileprivate var json: JSONNode {
        var members: [(key: String, value: JSONNode)] = [
            ("index", JSONNode(index)), ("name", .string(name)), ("status", .string(status.rawValue)),
        ]
        if let newName { members.append(("new_name", .string(newName))) }
        if let tensor = first ?? second {
            members.append(("dtype", .string(tensor.typeName)))
            members.append(("shape", .array(tensor.shape.map { JSONNode($0) })))
        }
        if let first, let second {
            if first.type != second.type { members.append(("new_dtype", .string(second.typeName))) }
            if first.shape != second.shape {
                members.append(("new_shape", .array(second.shape.map { JSONNode($0) })))
            }
        }
        if let difference { members.append(("difference", difference.json)) }
        if let update { members.append(("update", update.json)) }
        if let updateReason { members.append(("update", .object([("skipped", .string(updateReason))]))) }
        return .object(members)
    }
}

extension TensorDifference {
    fileprivate var json: JSONNode {
        .object([
            ("elements", JSONNode(elementCount)), ("identical", .bool(isIdentical)),
            ("changed", JSONNode(changedCount)), ("changed_share", .double(changedShare)),
            ("not_finite", JSONNode(nonFiniteCount)), ("relative_l2", JSONNode(finite: relativeNorm)),
            ("l2", JSONNode(finite: differenceNorm)), ("l2_a", JSONNode(finite: firstNorm)),
            ("l2_b", JSONNode(finite: secondNorm)), ("max_abs", JSONNode(finite: maximum)),
            ("cosine", JSONNode(finite: cosine)),
            (
                "ulps",
                distances.map { distances in
                    .array(
                        distances.map {
                            .object([
                                ("from", .int(Int64($0.lower))), ("to", .int(Int64($0.upper))),
                                ("count", JSONNode($0.count)),
                            ])
                        })
                } ?? .null
            ),
        ])
    }
}

extension UpdateRank {
    fileprivate var json: JSONNode {
        .object([
            ("rank_90", JSONNode(rank90)), ("rank_99", JSONNode(rank99)),
            ("noise_floor", JSONNode(finite: noiseFloor)), ("rank_above_noise", JSONNode(rankAboveNoise)),
            ("adapter_rank", adapterRank.map { JSONNode($0) } ?? .null), ("spectrum", spectrum.json),
        ])
    }
}

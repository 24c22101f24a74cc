public import JSON
import Tensors

extension CheckpointInspection {
    /// The name and version of the contract of ``json``: schemas/checkpoint-inspection.v1.json.
    public static let contract = "kedge.checkpoint-inspection"
    /// The version of ``contract``.
    public static let contractVersion = 1

    /// The inspection as its contract has it.
    public var json: JSONNode {
        var members: [(key: String, value: JSONNode)] = [
            ("format", .string(Self.contract)), ("version", .int(Int64(Self.contractVersion))),
            ("checkpoint", checkpointJSON), ("rank", .int(Int64(settings.rank))),
            ("world_size", .int(Int64(settings.worldSize))),
            ("filters", .array(settings.filters.map { .string($0.text) })),
            ("tensors", .array(items.map(\.json))),
        ]
        if settings.worldSize == 1 { members += Self.summary(of: items.map(\.json)) }
        return .object(members)
    }

    private var checkpointJSON: JSONNode {
        .object([
            ("path", .string(path)), ("format", .string(format.name)),
            (
                "files",
                .array(
                    files.map { .object([("path", .string($0.path)), ("bytes", .int(Int64($0.byteCount)))]) })
            ),
            ("tensors", .int(Int64(totals.tensorCount))), ("parameters", .int(Int64(totals.elementCount))),
            ("bytes", .int(Int64(totals.byteCount))),
            ("metadata", .object(metadata.map { ($0.key, .string($0.value)) })),
            (
                "warnings",
                .array(
                    warnings.map {
                        .object([
                            ("tensor", $0.tensor.map(JSONNode.string) ?? .null), ("message", .string($0.message)),
                        ])
                    })
            ),
            ("companions", .array(companions.map(JSONNode.string))),
        ])
    }
}

extension CheckpointInspection.Item {
    fileprivate var json: JSONNode {
        var members: [(key: String, value: JSONNode)] = [
            ("index", .int(Int64(index))), ("name", .string(tensor.name)), ("dtype", .string(tensor.typeName)),
            ("shape", .array(tensor.shape.map { .int(Int64($0)) })), ("parameters", .int(Int64(tensor.elementCount))),
            ("bytes", .int(Int64(tensor.byteCount))), ("role", .string(role.rawValue)),
            ("layer", layer.map { .int(Int64($0)) } ?? .null),
        ]
        if let unreadReason { members.append(("unread", .string(unreadReason))) }
        if let digest { members.append(("sha256", .string(digest))) }
        if let statistics { members.append(("statistics", statistics.json)) }
        switch spectrum {
        case .measured(let spectrum)?: members.append(("spectrum", spectrum.json))
        case .skipped(let reason)?: members.append(("spectrum", .object([("skipped", .string(reason))])))
        case nil: break
        }
        return .object(members)
    }
}

extension JSONNode {
    /// A number, or null where JSON has none for it.
    init(finite value: Double?) {
        self = value.flatMap { $0.isFinite ? .double($0) : nil } ?? .null
    }

    init(_ count: Int) {
        self = .int(Int64(count))
    }
}

extension TensorStatistics {
    var json: JSONNode {
        var members: [(key: String, value: JSONNode)] = [
            ("count", JSONNode(counts.elements)), ("nan", JSONNode(counts.nan)),
            ("positive_infinity", JSONNode(counts.positiveInfinity)),
            ("negative_infinity", JSONNode(counts.negativeInfinity)), ("zero", JSONNode(counts.zero)),
            ("subnormal", JSONNode(counts.subnormal)), ("min", JSONNode(finite: moments?.minimum)),
            ("max", JSONNode(finite: moments?.maximum)), ("absmax", JSONNode(finite: moments?.absoluteMaximum)),
            ("mean", JSONNode(finite: moments?.mean)), ("std", JSONNode(finite: moments?.standardDeviation)),
            ("kurtosis", JSONNode(finite: moments?.kurtosis)), ("l1", JSONNode(finite: moments?.l1)),
            ("l2", JSONNode(finite: moments?.l2)), ("exact", .bool(isExact)),
            (
                "quantiles",
                .array(
                    quantiles.map {
                        .object([("share", .double($0.share)), ("value", JSONNode(finite: $0.value))])
                    })
            ),
            (
                "histogram",
                histogram.map {
                    .object([
                        ("lower", .double($0.lower)), ("upper", .double($0.upper)),
                        ("counts", .array($0.counts.map { JSONNode($0) })),
                    ])
                } ?? .null
            ),
            (
                "binades",
                .array(
                    binades.map {
                        .object([
                            ("exponent", JSONNode($0.exponent)), ("negative", JSONNode($0.negative)),
                            ("positive", JSONNode($0.positive)),
                        ])
                    })
            ),
        ]
        if let rows {
            members.append(
                (
                    "rows",
                    .object([
                        ("count", JSONNode(rows.count)), ("zero", JSONNode(rows.zero)),
                        ("constant", JSONNode(rows.constant)),
                    ])
                ))
        }
        if let narrowerType { members.append(("narrower_dtype", .string(narrowerType.name))) }
        return .object(members)
    }
}

extension TensorSpectrum {
    /// The most singular values that are written.
    static let writtenValues = 256

    var json: JSONNode {
        .object([
            ("order", JSONNode(singularValues.count)),
            ("singular_values", .array(singularValues.prefix(Self.writtenValues).map { JSONNode(finite: $0) })),
            ("smallest_singular_value", JSONNode(finite: singularValues.last)),
            ("resolution", JSONNode(finite: resolution)), ("stable_rank", JSONNode(finite: stableRank)),
            ("effective_rank", JSONNode(finite: effectiveRank)),
            ("condition_number", JSONNode(finite: conditionNumber)),
            (
                "power_law",
                powerLaw.map {
                    .object([
                        ("alpha", JSONNode(finite: $0.alpha)), ("distance", JSONNode(finite: $0.distance)),
                        ("minimum", JSONNode(finite: $0.minimum)), ("tail", JSONNode($0.tailCount)),
                        ("poor_fit", .bool($0.isPoorFit)),
                    ])
                } ?? .null
            ),
        ])
    }
}

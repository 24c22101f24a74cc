public import JSON

/// A batch as it stands in JSON, and the settings beside it (schemas/objective-batch.v1.json).
public struct ObjectiveBatch: Sendable {
    /// The batch.
    public let batch: RolloutBatch
    /// The member `settings`, in its order.
    public let settings: [(name: String, value: SettingValue)]

    /// Reads a batch: one list per rollout under `log_probs`, and the other fields beside it. O(numbers), without a copy of
    /// the text's structure.
    ///
    /// - Throws: ``ObjectiveError`` with the field and, where they apply, the rollout and the token.
    public init(_ json: JSONValue) throws(ObjectiveError) {
        guard json.kind == .object else {
            throw ObjectiveError(.wrongKind, "batch", "wants an object with log_probs and other fields")
        }
        var fields = BatchFields()
        var settings: [(name: String, value: SettingValue)] = []
        for member in json.members {
            let name = member.key
            if name == BatchField.settings {
                settings = try ObjectiveBatch.settings(member.value)
            } else if name == BatchField.format || name == BatchField.version {
                let isKnown =
                    name == BatchField.format ? member.value.isString("kedge.objective-batch") : member.value.int == 1
                guard isKnown else {
                    throw ObjectiveError(.wrongKind, name, "only version 1 of kedge.objective-batch can be read")
                }
            } else if !member.value.isNull {
                try fields.read(name, member.value)
            } else if !BatchFields.names.contains(name) {
                throw BatchFields.unknown(name)
            }
        }
        self.settings = settings
        batch = try fields.batch()
    }

    private static func settings(_ json: JSONValue) throws(ObjectiveError) -> [(name: String, value: SettingValue)] {
        guard json.kind == .object || json.isNull else {
            throw ObjectiveError(.wrongKind, BatchField.settings, "wants an object")
        }
        var settings: [(name: String, value: SettingValue)] = []
        for member in json.members {
            let value: SettingValue =
                switch member.value.kind {
                case .integer, .double: .number(member.value.double ?? .nan)
                case .string: .text(member.value.string ?? "")
                case .bool: .flag(member.value.bool ?? false)
                case .null: .null
                case .array, .object:
                    throw ObjectiveError(.wrongKind, member.key, "a setting is a number, a string, true, false or null")
                }
            settings.append((member.key, value))
        }
        return settings
    }
}

/// The fields read so far.
private struct BatchFields {
    static let names = [
        BatchField.logProbs, BatchField.oldLogProbs, BatchField.refLogProbs, BatchField.mask, BatchField.prefixMask,
        BatchField.prefixLossMask, BatchField.rewards, BatchField.groups, BatchField.entropies, BatchField.advantages,
        BatchField.settings, BatchField.format, BatchField.version,
    ]

    private var logProbs: RaggedNumbers?
    private var oldLogProbs: RaggedNumbers?
    private var refLogProbs: RaggedNumbers?
    private var entropies: RaggedNumbers?
    private var mask: RaggedNumbers?
    private var prefixMask: RaggedNumbers?
    private var prefixLossMask: [Double]?
    private var rewards: [Double]?
    private var advantages: [Double]?
    private var groups: [Int]?

    static func unknown(_ name: String) -> ObjectiveError {
        ObjectiveError(
            .unknownField, name, "there is no such field; \(NearestName.hint(for: name, among: BatchFields.names))")
    }

    mutating func read(_ name: String, _ json: JSONValue) throws(ObjectiveError) {
        switch name {
        case BatchField.logProbs: logProbs = try RaggedNumbers(name, json)
        case BatchField.oldLogProbs: oldLogProbs = try RaggedNumbers(name, json)
        case BatchField.refLogProbs: refLogProbs = try RaggedNumbers(name, json)
        case BatchField.entropies: entropies = try RaggedNumbers(name, json)
        case BatchField.mask: mask = try RaggedNumbers(name, json, areMarks: true)
        case BatchField.prefixMask: prefixMask = try RaggedNumbers(name, json, areMarks: true)
        case BatchField.prefixLossMask: prefixLossMask = try RaggedNumbers.list(name, json, areMarks: true)
        case BatchField.rewards: rewards = try RaggedNumbers.list(name, json)
        case BatchField.advantages: advantages = try RaggedNumbers.list(name, json)
        case BatchField.groups: groups = try BatchFields.groups(json)
        default: throw BatchFields.unknown(name)
        }
    }

    /// Numbers or strings, each told apart by kind and value.
    private static func groups(_ json: JSONValue) throws(ObjectiveError) -> [Int] {
        guard json.kind == .array else { throw RaggedNumbers.notAList(BatchField.groups) }
        var keys: [JSONNodeKey: Int] = [:]
        var groups: [Int] = []
        for (rollout, element) in json.elements.enumerated() {
            let key: JSONNodeKey
            if let number = element.int {
                key = .number(number)
            } else if let text = element.string {
                key = .text(Array(text.utf8))
            } else {
                throw ObjectiveError(
                    .wrongKind, BatchField.groups, rollout: rollout, "the query of a rollout is an integer or a string")
            }
            let group = keys[key] ?? keys.count
            keys[key] = group
            groups.append(group)
        }
        return groups
    }

    private enum JSONNodeKey: Hashable {
        case number(Int)
        case text([UInt8])
    }

    func batch() throws(ObjectiveError) -> RolloutBatch {
        guard let logProbs else {
            throw ObjectiveError(.missingField, BatchField.logProbs, "is missing")
        }
        for (name, field) in [
            (BatchField.oldLogProbs, oldLogProbs), (BatchField.refLogProbs, refLogProbs), (BatchField.mask, mask),
            (BatchField.prefixMask, prefixMask), (BatchField.entropies, entropies),
        ] {
            try field?.checkShape(name, logProbs)
        }
        return try RolloutBatch(
            offsets: logProbs.offsets, logProbs: logProbs.values, oldLogProbs: oldLogProbs?.values,
            refLogProbs: refLogProbs?.values, mask: mask?.marks, prefixMask: prefixMask?.marks,
            prefixLossMask: prefixLossMask.map { $0.map { $0 != 0 } }, rewards: rewards, groups: groups,
            entropies: entropies?.values, advantages: advantages)
    }
}

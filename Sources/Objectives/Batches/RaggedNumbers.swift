import JSON

/// Lists of numbers, one a rollout, end to end.
struct RaggedNumbers: Sendable {
    private(set) var values: [Double] = []
    private(set) var offsets = [0]

    /// The numbers as marks: 0 is false, everything else true.
    var marks: [Bool] { values.map { $0 != 0 } }

    /// - Parameter areMarks: whether the values are 0 and 1, or false and true.
    init(_ field: String, _ json: JSONValue, areMarks: Bool = false) throws(ObjectiveError) {
        guard json.kind == .array else { throw RaggedNumbers.notAList(field) }
        try json.withItem { (item) throws(ObjectiveError) in
            guard let lists = item.elements else { return }
            for list in lists {
                guard let elements = list.elements else {
                    throw ObjectiveError(
                        .wrongKind, field, rollout: offsets.count - 1, "wants a list of numbers, one for each token")
                }
                try append(elements, field, areMarks)
            }
        }
    }

    private mutating func append(
        _ elements: JSONItems, _ field: String, _ areMarks: Bool
    ) throws(ObjectiveError) {
        for element in elements {
            if let number = element.double, !areMarks || number == 0 || number == 1 {
                values.append(number)
            } else if areMarks, let flag = element.bool {
                values.append(flag ? 1 : 0)
            } else {
                throw RaggedNumbers.wrongKind(
                    field, rollout: offsets.count - 1, token: values.count - offsets[offsets.count - 1], areMarks)
            }
        }
        offsets.append(values.count)
    }

    /// A list of one number a rollout.
    static func list(_ field: String, _ json: JSONValue, areMarks: Bool = false) throws(ObjectiveError) -> [Double] {
        guard json.kind == .array else { throw notAList(field) }
        var values: [Double] = []
        for (rollout, element) in json.elements.enumerated() {
            if let number = element.double, !areMarks || number == 0 || number == 1 {
                values.append(number)
            } else if areMarks, let flag = element.bool {
                values.append(flag ? 1 : 0)
            } else if element.isNull, field == BatchField.rewards {
                throw ObjectiveError(
                    .wrongKind, field, rollout: rollout, "is null; leave rollouts without a reward out of the batch")
            } else {
                throw wrongKind(field, rollout: rollout, token: nil, areMarks)
            }
        }
        return values
    }

    static func notAList(_ field: String) -> ObjectiveError {
        ObjectiveError(.wrongKind, field, "wants a list with an entry for each rollout")
    }

    private static func wrongKind(_ field: String, rollout: Int, token: Int?, _ areMarks: Bool) -> ObjectiveError {
        ObjectiveError(.wrongKind, field, rollout: rollout, token: token, areMarks ? "wants 0 or 1" : "wants a number")
    }

    /// Checks that there is one value for each of the other's.
    func checkShape(_ field: String, _ other: RaggedNumbers) throws(ObjectiveError) {
        guard offsets != other.offsets else { return }
        guard offsets.count == other.offsets.count else {
            throw ObjectiveError(
                .lengthMismatch, field,
                "has \(offsets.count - 1) rollouts; \(BatchField.logProbs) has \(other.offsets.count - 1)")
        }
        for rollout in 0..<(offsets.count - 1) {
            let count = offsets[rollout + 1] - offsets[rollout]
            let wanted = other.offsets[rollout + 1] - other.offsets[rollout]
            guard count == wanted else {
                throw ObjectiveError(
                    .lengthMismatch, field, rollout: rollout,
                    "has \(count) tokens; \(BatchField.logProbs) has \(wanted)")
            }
        }
    }
}

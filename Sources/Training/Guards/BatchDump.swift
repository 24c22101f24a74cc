import Files
import JSON

/// Writes what an update was made of, when it came to numbers that are not finite.
enum BatchDump {
    /// Writes DIRECTORY/failed-update-STEP.json; one that is there is replaced.
    ///
    /// - Returns: the path.
    /// - Throws: `FileError`.
    static func write(
        _ window: [TrainingSequence], step: Int, reason: String, directory: String
    ) throws -> String {
        let path = "\(directory)/failed-update-\(step).json"
        let sequences = window.map { sequence -> JSONNode in
            var members: [(key: String, value: JSONNode)] = [
                ("tokens", .array(sequence.tokens.map { .int(Int64($0)) })),
                ("prompt_length", .int(Int64(sequence.promptLength))),
                ("expert_length", .int(Int64(sequence.expertLength))), ("group", .int(Int64(sequence.group))),
                ("reward", number(sequence.reward)), ("advantage", sequence.advantage.map(number) ?? .null),
            ]
            if let old = sequence.oldLogProbs { members.append(("old_log_probs", .array(old.map(number)))) }
            return .object(members)
        }
        let node: JSONNode = [
            "format": "kedge.failed-update", "version": 1, "step": .int(Int64(step)), "reason": .string(reason),
            "sequences": .array(sequences),
        ]
        try OutputFile.write(Array((try JSONWriter().string(node) + "\n").utf8), to: path, overwrite: true)
        return path
    }

    private static func number(_ value: Double) -> JSONNode { value.isFinite ? .double(value) : .string("\(value)") }
}

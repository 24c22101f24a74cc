import JSON

/// A row on its way to a result.
struct ScoredRow: Sendable {
    /// Of the input, from 1.
    let line: Int
    /// What is wrong with it; then nothing below has a meaning but ``kept``.
    var problem: (field: String?, message: String)?
    /// The value of each part of the recipe; that of `length` and `process` comes later.
    var values: [Double?] = []
    var extracted: String?
    var reason: String?
    var processReason: String?
    var isCorrect: Bool?
    var length = 0
    var group: [UInt8] = []
    var request: RewardRequest?
    var kept: [(key: String, value: JSONNode)] = []

    /// Takes what a process said.
    mutating func take(_ result: RewardProcessResult, at part: Int, hasAnswer: Bool) {
        request = nil
        values[part] = result.reward
        let said = result.problem?.description ?? result.reason
        if hasAnswer {
            processReason = said
        } else {
            (extracted, reason) = (result.extracted, said)
        }
    }

    /// The line of the result, schemas/reward-result.v1.json, with its line feed.
    func write(_ recipe: RewardRecipe, to bytes: inout [UInt8]) {
        var members = kept
        if let problem {
            let place = problem.field.map { "\($0): " } ?? ""
            members += [
                ("reward", .null), ("extracted", .null), ("reason", .string("bad_line: \(place)\(problem.message)")),
            ]
        } else {
            members += [
                ("reward", Self.node(recipe.total(values))), ("extracted", extracted.map { .string($0) } ?? .null),
                ("reason", reason.map { .string($0) } ?? .null),
            ]
            if let processReason { members.append(("process_reason", .string(processReason))) }
            if recipe.parts.count > 1 {
                let values = zip(recipe.parts, values).map { ($0.name.rawValue, Self.node($1)) }
                members.append(("rewards", .object(values)))
            }
        }
        // Numbers are finite: kept ones have been parsed, and sums are looked at.
        try? JSONWriter().write(.object(members), to: &bytes)
        bytes.append(0x0A)
    }

    private static func node(_ value: Double?) -> JSONNode { value.map { .double($0) } ?? .null }
}

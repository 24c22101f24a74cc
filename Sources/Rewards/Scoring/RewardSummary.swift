/// What came of all rows.
public struct RewardSummary: Sendable, Equatable {
    /// How many results there are.
    public private(set) var rows = 0
    /// How many have a reward that is not null.
    public private(set) var rewarded = 0
    /// How often each reason occurs: those of answers, `bad_line`, and the first word of a process's problems. Of a process's
    /// own reasons the first 32 are told apart, the rest is `other`.
    public private(set) var reasons: [String: Int] = [:]
    private var sum = 0.0

    /// The mean of the rewards that are not null; nil where there is none.
    public var mean: Double? { rewarded > 0 ? sum / Double(rewarded) : nil }

    mutating func add(_ row: ScoredRow, _ recipe: RewardRecipe) {
        rows += 1
        if row.problem == nil, let total = recipe.total(row.values) {
            rewarded += 1
            sum += total
        }
        for reason in row.problem == nil ? [row.reason, row.processReason] : ["bad_line"] {
            guard let reason else { continue }
            let isProcess = reason.hasPrefix("process_")
            let name = isProcess ? String(reason.prefix { $0 != ":" }) : reason
            reasons[reasons[name] != nil || reasons.count < 32 ? name : "other", default: 0] += 1
        }
    }
}

/// Rows that wait until their group is complete, and the lines of those that have a result.
struct ResultQueue {
    private let recipe: RewardRecipe
    private let isGrouped: Bool
    private var waiting: [ScoredRow] = []
    /// The group of the rows that wait; nil where none does.
    private var group: [UInt8]?
    private var bytes: [UInt8] = []
    private(set) var summary = RewardSummary()

    init(_ recipe: RewardRecipe, isGrouped: Bool) {
        self.recipe = recipe
        self.isGrouped = isGrouped
    }

    /// Takes a row; returns why it ends all.
    mutating func add(_ row: ScoredRow, path: String, skipsBadRows: Bool) -> RewardStreamError? {
        if let problem = row.problem {
            guard skipsBadRows else {
                return RewardStreamError(path: path, line: row.line, field: problem.field, message: problem.message)
            }
        } else if isGrouped {
            if group != row.group { endGroup() }
            group = row.group
        }
        guard group != nil else {
            show(row)
            return nil
        }
        guard waiting.count < RewardStream.largestGroup else {
            return RewardStreamError(
                path: path, line: row.line, field: nil,
                message: "a group has more than \(RewardStream.largestGroup) rows")
        }
        waiting.append(row)
        return nil
    }

    /// Gives the waiting rows their values of `length`, and shows them.
    mutating func endGroup() {
        guard !waiting.isEmpty, let part = recipe.parts.firstIndex(where: { $0.name == .length }) else { return }
        let members = waiting.indices.filter { waiting[$0].problem == nil }
        let values = LengthReward().rewards(
            lengths: members.map { waiting[$0].length }, isCorrect: members.map { waiting[$0].isCorrect })
        for (index, value) in zip(members, values) { waiting[index].values[part] = value }
        for row in waiting { show(row) }
        (waiting, group) = ([], nil)
    }

    private mutating func show(_ row: ScoredRow) {
        row.write(recipe, to: &bytes)
        summary.add(row, recipe)
    }

    /// The lines so far.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}

/// Rows of a dump that are compared together.
struct RowBlock {
    /// Stretches of rows, ascending and apart.
    var runs: [Range<Int>] = []
    /// The place that each of the rows is about, and its token; -1 where it is not known.
    var places: [TokenBlock.Place] = []
    var targets: [Int32] = []

    var count: Int { places.count }

    /// The row of the dump that a row of the block is.
    func row(_ index: Int) -> Int {
        var left = index
        for run in runs {
            if left < run.count { return run.lowerBound + left }
            left -= run.count
        }
        preconditionFailure("a row of the block")
    }
}

/// Divides the rows of a dump that count into blocks.
///
/// Block i has rows from i * n to (i + 1) * n - 1 of the dump, so that no two blocks need the same chunk of a file.
struct RowSchedule {
    /// All rows that count.
    let total: Int

    private let plan: TokenPlan
    private let shift: Shift
    private let rowsInBlock: Int
    private var sequence = 0
    private var token = 0

    init(_ plan: TokenPlan, shift: Shift, rowsInBlock: Int) {
        self.plan = plan
        self.shift = shift
        self.rowsInBlock = rowsInBlock
        total = plan.sequences.reduce(0) { sum, sequence in
            guard let counts = plan.counts else { return sum + Self.tokens(of: sequence, plan, shift).count }
            return sum + Self.tokens(of: sequence, plan, shift).count { counts[sequence.tokens.lowerBound + $0] }
        }
        token = plan.sequences.first.map { Self.tokens(of: $0, plan, shift).lowerBound } ?? 0
    }

    /// The tokens of a sequence that there is a row about. Where nothing is known of tokens, the last row is about one behind
    /// the end.
    private static func tokens(of sequence: TokenPlan.Sequence, _ plan: TokenPlan, _ shift: Shift) -> Range<Int> {
        let count = sequence.tokens.count
        switch shift {
        case .none: return 0..<count
        case .next: return count == 0 ? 0..<0 : 1..<(plan.hasColumns ? count : count + 1)
        }
    }

    /// The next rows; nil behind the last.
    mutating func next() -> RowBlock? {
        var block = RowBlock()
        var number: Int?
        while sequence < plan.sequences.count {
            let current = plan.sequences[sequence]
            let tokens = Self.tokens(of: current, plan, shift)
            while token < tokens.upperBound {
                let place = current.tokens.lowerBound + token
                guard plan.counts?[place] ?? true else {
                    token += 1
                    continue
                }
                let row = current.firstRow + token - (shift == .next ? 1 : 0)
                guard row / rowsInBlock == number ?? row / rowsInBlock else { return block }
                number = row / rowsInBlock
                append(row: row, place: place, position: current.firstPosition + token, to: &block)
                token += 1
            }
            sequence += 1
            if sequence < plan.sequences.count {
                token = Self.tokens(of: plan.sequences[sequence], plan, shift).lowerBound
            }
        }
        return block.count > 0 ? block : nil
    }

    private func append(row: Int, place: Int, position: Int, to block: inout RowBlock) {
        if let last = block.runs.last, last.upperBound == row {
            block.runs[block.runs.count - 1] = last.lowerBound..<row + 1
        } else {
            block.runs.append(row..<row + 1)
        }
        // Behind the end of the columns stands a token of which nothing is known.
        let id = plan.tokenIDs?[place]
        block.places.append(
            TokenBlock.Place(
                tokenID: id, position: Int32(clamping: position), sequence: Int32(clamping: sequence),
                segment: plan.segments?[place] ?? .continuation, advantage: plan.advantages?[place] ?? .nan))
        block.targets.append(id ?? -1)
    }
}

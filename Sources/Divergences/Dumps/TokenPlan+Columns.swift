import Checkpoints

/// Puts what is known of the tokens of two dumps together.
///
/// Files that are given come before what lies beside the logits; what is there twice must be the same.
struct TokenColumns {
    private var found: [TokenColumn: TokenNumbers] = [:]
    private let layout: DumpLayout

    init(layout: DumpLayout) {
        self.layout = layout
    }

    /// Adds a column; one that comes later must agree.
    ///
    /// - Throws: `mismatch` at the first row that differs.
    mutating func add(_ numbers: TokenNumbers) throws {
        guard let known = found[numbers.column] else {
            found[numbers.column] = numbers
            return
        }
        guard known.count == numbers.count else {
            throw numbers.refuse(.mismatch, "has \(numbers.count) numbers, and that of \(known.path) \(known.count)")
        }
        let (left, right) = (try known.numbers(), try numbers.numbers())
        guard let row = zip(left, right).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset else {
            return
        }
        let (ours, theirs) = (
            numbers.isWhole ? "\(Int64(right[row]))" : "\(right[row])",
            known.isWhole ? "\(Int64(left[row]))" : "\(left[row])"
        )
        throw numbers.refuse(
            .mismatch, row: row, "\(layout.place(ofRow: row))is \(ours), and \(theirs) in \(known.path)")
    }

    /// Whether a column was added.
    func has(_ column: TokenColumn) -> Bool { found[column] != nil }

    /// The ids of all rows, where they were added.
    func tokenIDs() throws -> [Int32]? {
        try found[.tokenIDs].map { column in
            try column.integers().enumerated().map { row, value in
                // -100 and the like stand where there is no token; a token that counts is looked at again.
                guard let id = Int32(exactly: value) else { throw column.refuse(.mismatch, row: row, "is \(value)") }
                return id
            }
        }
    }

    /// The plan of all tokens; nil where nothing is known.
    func plan() throws -> TokenPlan {
        var plan = TokenPlan(sequences: [])
        plan.sequences = try sequences()
        plan.hasLengths =
            layout.batches ?? 1 == 1 || has(.lengths) || has(.attentionMask) || has(.sequences)
        plan.tokenIDs = try tokenIDs()
        plan.counts = try found[.mask]?.flags()
        if let attention = try found[.attentionMask]?.flags() {
            plan.counts = plan.counts.map { zip($0, attention).map { $0 && $1 } } ?? attention
        }
        plan.segments = try found[.segments].map { column in
            try column.integers().enumerated().map { row, value in
                guard let byte = UInt8(exactly: value), let segment = Segment(rawValue: byte) else {
                    throw column.refuse(.mismatch, row: row, "is \(value), not 0, 1 or 2")
                }
                return segment
            }
        }
        plan.advantages = try found[.advantages].map { try advantages($0, of: plan.sequences) }
        return plan
    }

    private func advantages(_ column: TokenNumbers, of sequences: [TokenPlan.Sequence]) throws -> [Double] {
        let values = try column.numbers()
        // A column of as many numbers as there are rows is one of tokens, also where there are as many sequences.
        if values.count == layout.rowCount { return values }
        guard values.count == sequences.count else {
            throw column.refuse(
                .mismatch, "has \(values.count) numbers, for \(layout.rowCount) rows and \(sequences.count) sequences")
        }
        var all = [Double](repeating: .nan, count: layout.rowCount)
        for (sequence, value) in zip(sequences, values) {
            for row in sequence.tokens { all[row] = value }
        }
        return all
    }

    private func sequences() throws -> [TokenPlan.Sequence] {
        if let numbers = found[.sequences] { return try runs(of: numbers) }
        if let numbers = found[.lengths] { return try stretches(of: numbers) }
        let (batches, length) = (layout.batches ?? 1, layout.length)
        let attention = try found[.attentionMask]?.flags()
        return (0..<batches).map { batch in
            var rows = batch * length..<(batch + 1) * length
            if let attention {
                let first = rows.first { attention[$0] } ?? rows.lowerBound
                let last = rows.last { attention[$0] } ?? first - 1
                rows = first..<last + 1
            }
            return TokenPlan.Sequence(id: "", tokens: rows, firstRow: rows.lowerBound)
        }
    }

    /// Sequences as runs of the same number, which do not go on from one batch to the next.
    private func runs(of column: TokenNumbers) throws -> [TokenPlan.Sequence] {
        let numbers = try column.integers()
        var known: Set<Int64> = []
        var sequences: [TokenPlan.Sequence] = []
        var start = 0
        for row in 1...numbers.count {
            if row < numbers.count, numbers[row] == numbers[start], row % layout.length != 0 { continue }
            defer { start = row }
            // Negative numbers are how padding is told.
            guard numbers[start] >= 0 else { continue }
            guard known.insert(numbers[start]).inserted else {
                throw column.refuse(
                    .mismatch, row: start, "has the sequence \(numbers[start]) at two places; its tokens stand together"
                )
            }
            sequences.append(
                TokenPlan.Sequence(id: "\(numbers[start])", tokens: start..<row, firstRow: start))
        }
        return sequences
    }

    private func stretches(of column: TokenNumbers) throws -> [TokenPlan.Sequence] {
        let lengths = try column.integers()
        let isPadded = (layout.batches ?? 1) > 1
        guard !isPadded || lengths.count == layout.batches else {
            throw column.refuse(.mismatch, "has \(lengths.count) lengths for \(layout.batches ?? 1) sequences")
        }
        var end = 0
        let sequences = try lengths.enumerated().map { index, value in
            let start = isPadded ? index * layout.length : end
            let limit = isPadded ? layout.length : layout.rowCount - start
            guard let length = Int(exactly: value), (0...limit).contains(length) else {
                throw column.refuse(.mismatch, row: index, "is \(value); there are \(limit) rows for it")
            }
            end = start + length
            return TokenPlan.Sequence(id: "", tokens: start..<end, firstRow: start)
        }
        guard isPadded || end == layout.rowCount else {
            throw column.refuse(.mismatch, "adds up to \(end); there are \(layout.rowCount) rows")
        }
        return sequences
    }
}

extension TokenNumbers {
    /// Whether the numbers are whole by their type.
    fileprivate var isWhole: Bool { if case .integers = values { true } else { false } }
}

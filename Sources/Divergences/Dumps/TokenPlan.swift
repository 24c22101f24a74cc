/// The tokens that the rows of a dump are about: which, in which sequence, and whether they count.
///
/// The columns hold all tokens one sequence after the other; between sequences there may be padding that belongs to none.
/// A column that is nil is not known.
public struct TokenPlan: Sendable, Hashable {
    /// Consecutive tokens, and where a dump has their rows.
    public struct Sequence: Sendable, Hashable {
        /// What the input calls it; empty where it has no name.
        public var id: String
        /// Its tokens, as places in the columns.
        public var tokens: Range<Int>
        /// The position of the first of them in its text, from 0.
        public var firstPosition: Int
        /// The row of the dump that stands where the first of them does; the others follow it.
        public var firstRow: Int

        /// Describes a sequence.
        public init(id: String, tokens: Range<Int>, firstPosition: Int = 0, firstRow: Int) {
            self.id = id
            self.tokens = tokens
            self.firstPosition = firstPosition
            self.firstRow = firstRow
        }
    }

    /// The sequences; their tokens and their rows ascend.
    public var sequences: [Sequence]
    /// The id of each token.
    public var tokenIDs: [Int32]?
    /// Whether a token counts: the others are left out of what is compared.
    public var counts: [Bool]?
    /// The part of the sequence that each token belongs to.
    public var segments: [Segment]?
    /// The advantage of each token.
    public var advantages: [Double]?
    /// Whether the lengths of the sequences are known, and not only how many rows there are for each.
    public var hasLengths = true

    /// Describes sequences whose rows follow each other without padding, as for a dump of shape [T, V].
    ///
    /// - Parameters:
    ///   - sequences: the name of each, and how many tokens it has, at least 0.
    ///   - tokenIDs: of all tokens, in order, as the other columns.
    public init(
        sequences: [(id: String, count: Int)], tokenIDs: [Int32]? = nil, counts: [Bool]? = nil,
        segments: [Segment]? = nil, advantages: [Double]? = nil
    ) {
        var end = 0
        self.sequences = sequences.map { id, count in
            precondition(count >= 0, "a sequence has a length")
            defer { end += count }
            return Sequence(id: id, tokens: end..<end + count, firstRow: end)
        }
        for count in [tokenIDs?.count, counts?.count, segments?.count, advantages?.count] {
            precondition(count == nil || count == end, "each token has its number in each column")
        }
        self.tokenIDs = tokenIDs
        self.counts = counts
        self.segments = segments
        self.advantages = advantages
    }

    /// Whether anything is known of single tokens.
    var hasColumns: Bool { tokenIDs != nil || counts != nil || segments != nil || advantages != nil }

    /// Moves the sequences to where a dump has them: one after the other, or one in each batch.
    ///
    /// - Throws: `mismatch` where the rows of the dump are not those of the tokens.
    func placed(in layout: DumpLayout, path: String) throws -> TokenPlan {
        var plan = self
        if let batches = layout.batches, batches > 1 || sequences.count == 1 {
            guard batches == sequences.count else {
                throw DivergenceError(
                    .mismatch, path: path, "has \(batches) sequences; the tokens have \(sequences.count)")
            }
            for index in plan.sequences.indices {
                let count = plan.sequences[index].tokens.count
                guard count <= layout.length else {
                    throw DivergenceError(
                        .mismatch, path: path,
                        "has \(layout.length) rows for sequence \(index), which has \(count) tokens")
                }
                plan.sequences[index].firstRow = index * layout.length
            }
            return plan
        }
        let count = sequences.reduce(0) { $0 + $1.tokens.count }
        guard count == layout.rowCount else {
            throw DivergenceError(.mismatch, path: path, "has \(layout.rowCount) rows for \(count) tokens")
        }
        var row = 0
        for index in plan.sequences.indices {
            plan.sequences[index].firstRow = row
            row += plan.sequences[index].tokens.count
        }
        return plan
    }
}

/// Which token a row is about.
public enum Shift: String, Sendable, Hashable, CaseIterable {
    /// Row t is what is said of token t + 1, as models give it; the last row of a sequence is about no token.
    case next
    /// Row t is about token t.
    case none
}

/// How the rows of a dump are arranged.
public struct DumpLayout: Sendable, Hashable {
    /// B of the shape [B, T, V]; nil for [T, V].
    public let batches: Int?
    /// T.
    public let length: Int

    /// All rows.
    public var rowCount: Int { (batches ?? 1) * length }

    /// Whether both have the same rows; [1, T, V] is as [T, V].
    func agrees(with other: DumpLayout) -> Bool {
        length == other.length && (batches ?? 1) == (other.batches ?? 1)
    }

    /// The shape without columns, for people.
    var text: String { batches.map { "\($0) x \(length)" } ?? "\(length)" }

    /// Where a row stands, for people: nothing to add where its number says it.
    func place(ofRow row: Int) -> String {
        guard batches != nil, length > 0 else { return "" }
        return "batch \(row / length), position \(row % length): "
    }
}

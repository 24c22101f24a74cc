import HDF5

extension PrefixDataset {
    /// A row as part of a block of rows, whose memory it shares.
    public struct BlockRow: Sendable {
        /// Its number in the dataset.
        public var number: Int
        /// The prompt's tokens, then the expert's.
        public var tokens: ArraySlice<Int32>
        /// How many of them are the prompt's.
        public var promptLength: Int
        /// For each ratio, how many expert tokens the prefix holds.
        public var prefixEnds: ArraySlice<Int32>
        /// The number of the prompt among all rows read.
        public var promptIndex: Int32
        /// The number of the trace among its prompt's.
        public var traceIndex: Int32
        /// What the input calls the row.
        public var id: String
        /// The expected answer.
        public var answer: String
        /// The problem's text.
        public var problem: String
        /// Where the row comes from.
        public var source: String

        /// The prompt's tokens.
        public var prompt: ArraySlice<Int32> { tokens.prefix(promptLength) }
        /// The expert's tokens, EOS included.
        public var expert: ArraySlice<Int32> { tokens.dropFirst(promptLength) }
    }

    /// Reads consecutive rows: at least one, and no more than fit into the limits.
    ///
    /// - Parameters:
    ///   - start: the first of them, from 0.
    ///   - maxRows: how many rows at most.
    ///   - maxTokens: how many tokens at most, unless the first row has more.
    ///   - readsStrings: whether ids, answers, problems and sources are read; else they are empty.
    /// - Throws: ``DatasetError/noSuchRow(path:row:count:)``; ``DatasetError/contractBroken(path:violations:)`` when places
    ///   or lengths of rows contradict each other; `HDF5Error` for data that cannot be read or for strings of one row that
    ///   exceed 256 MiB.
    /// - Complexity: reads the chunks that the rows touch.
    public func rows(
        from start: Int, maxRows: Int = 1024, maxTokens: Int = 1 << 20, readsStrings: Bool = true
    ) throws -> [BlockRow] {
        guard start >= 0, start < rowCount else {
            throw DatasetError.noSuchRow(path: path, row: start, count: rowCount)
        }
        let candidates = start..<start + min(max(1, maxRows), rowCount - start)
        let offsets = try columns.offsets.read(
            Int64.self, rows: candidates.lowerBound..<(candidates.upperBound + 1))
        // What ascends and stays below the number of tokens cannot overflow in a difference.
        guard offsets.allSatisfy({ $0 >= 0 && $0 <= Int64(tokenCount) }),
            zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw contradiction(in: candidates) }
        let fitting = offsets.dropFirst().prefix { $0 - offsets[0] <= Int64(maxTokens) }.count
        let rows = start..<start + max(1, fitting)
        let numbers = try NumberBlock(self, rows, offsets: Array(offsets[...rows.count]))
        guard numbers.isConsistent else { throw contradiction(in: rows) }
        guard readsStrings else { return numbers.rows(StringBlock(empty: rows.count)) }
        // Strings may be as large as the rows of trace files: fewer rows then.
        var count = rows.count
        while true {
            do {
                return numbers.rows(try StringBlock(self, start..<start + count))
            } catch let error as HDF5Error where error.code == .limitExceeded && count > 1 {
                count = (count + 1) / 2
            }
        }
    }

    private func contradiction(in rows: Range<Int>) -> DatasetError {
        .contractBroken(
            path: path,
            violations: [
                "rows \(rows.lowerBound) to \(rows.upperBound - 1) have offsets or lengths that contradict each other"
            ])
    }
}

/// The numbers of some rows.
private struct NumberBlock {
    private let first: Int
    private let ratios: Int
    private let offsets: [Int64]
    private let tokens: [Int32]
    private let prompts: [Int32]
    private let experts: [Int32]
    private let ends: [Int32]
    private let promptIndices: [Int32]
    private let traceIndices: [Int32]

    init(_ dataset: borrowing PrefixDataset, _ rows: Range<Int>, offsets: [Int64]) throws {
        first = rows.lowerBound
        ratios = dataset.prefixRatios.count
        self.offsets = offsets
        let range = Int(offsets[0])..<Int(offsets[rows.count])
        tokens = try dataset.columns.tokens.read(Int32.self, rows: range, limit: PrefixDataset.rowByteLimit)
        prompts = try dataset.columns.promptLengths.read(Int32.self, rows: rows)
        experts = try dataset.columns.expertLengths.read(Int32.self, rows: rows)
        ends = try dataset.columns.prefixEnds.read(Int32.self, rows: rows)
        promptIndices = try dataset.columns.promptIndices.read(Int32.self, rows: rows)
        traceIndices = try dataset.columns.traceIndices.read(Int32.self, rows: rows)
    }

    /// Whether lengths are those that the offsets leave room for, and prefixes end inside of their traces.
    var isConsistent: Bool {
        prompts.indices.allSatisfy { row in
            prompts[row] >= 0 && experts[row] >= 1
                && Int64(prompts[row]) + Int64(experts[row]) == offsets[row + 1] - offsets[row]
                && ends[(row * ratios)..<((row + 1) * ratios)].allSatisfy { $0 >= 0 && $0 <= experts[row] }
        }
    }

    /// The rows for which there are strings.
    func rows(_ strings: StringBlock) -> [PrefixDataset.BlockRow] {
        strings.ids.indices.map { row in
            PrefixDataset.BlockRow(
                number: first + row,
                tokens: tokens[Int(offsets[row] - offsets[0])..<Int(offsets[row + 1] - offsets[0])],
                promptLength: Int(prompts[row]), prefixEnds: ends[(row * ratios)..<((row + 1) * ratios)],
                promptIndex: promptIndices[row],
                traceIndex: traceIndices[row], id: strings.ids[row], answer: strings.answers[row],
                problem: strings.problems[row], source: strings.sources[row])
        }
    }
}

/// The strings of some rows.
private struct StringBlock {
    let ids: [String]
    let answers: [String]
    let problems: [String]
    let sources: [String]

    /// The bytes that each of the four columns may take for a block, unless one row needs more.
    private static let bytes = 32 << 20

    init(empty count: Int) {
        ids = Array(repeating: "", count: count)
        (answers, problems, sources) = (ids, ids, ids)
    }

    init(_ dataset: borrowing PrefixDataset, _ rows: Range<Int>) throws {
        let limit = rows.count == 1 ? PrefixDataset.rowByteLimit : Self.bytes
        ids = try dataset.file.openDataset("ids").readStrings(rows: rows, limit: limit)
        answers = try dataset.file.openDataset("answers").readStrings(rows: rows, limit: limit)
        problems = try dataset.file.openDataset("problems").readStrings(rows: rows, limit: limit)
        sources = try dataset.file.openDataset("sources").readStrings(rows: rows, limit: limit)
    }
}

import HDF5

extension PrefixDataset {
    /// Lengths of the rows of a dataset.
    public struct Statistics: Sendable {
        /// Tokens of the prompts.
        public var prompts = LengthStatistics()
        /// Tokens of the expert traces, EOS included.
        public var experts = LengthStatistics()
        /// For each ratio, tokens of the prefixes.
        public var prefixes: [LengthStatistics] = []
        /// How many different prompts there are.
        public var promptCount = 0

        /// Adds the lengths of other rows, of other prompts, with the same ratios.
        mutating func add(_ other: Statistics) {
            prompts.add(other.prompts)
            experts.add(other.experts)
            for index in prefixes.indices where index < other.prefixes.count { prefixes[index].add(other.prefixes[index]) }
            promptCount += other.promptCount
        }
    }

    /// How many rows are read at a time where a whole column is walked.
    private static let blockRows = 65_536

    /// Walks the columns of lengths once, in bounded memory.
    ///
    /// - Throws: `HDF5Error`; ``DatasetError/contractBroken(path:violations:)`` for a negative length.
    public func statistics() throws -> Statistics {
        var prompts: [Int: Int] = [:]
        var experts: [Int: Int] = [:]
        var prefixes = [[Int: Int]](repeating: [:], count: prefixRatios.count)
        var promptCount = 0
        var lastPrompt: Int32 = -1
        var start = 0
        while start < rowCount {
            let rows = start..<min(rowCount, start + Self.blockRows)
            for length in try columns.promptLengths.read(Int32.self, rows: rows) {
                prompts[try counted(length), default: 0] += 1
            }
            for length in try columns.expertLengths.read(Int32.self, rows: rows) {
                experts[try counted(length), default: 0] += 1
            }
            for (index, end) in try columns.prefixEnds.read(Int32.self, rows: rows).enumerated() {
                prefixes[index % prefixRatios.count][try counted(end), default: 0] += 1
            }
            for prompt in try columns.promptIndices.read(Int32.self, rows: rows) where prompt != lastPrompt {
                promptCount += 1
                lastPrompt = prompt
            }
            start = rows.upperBound
        }
        return Statistics(
            prompts: LengthStatistics(prompts), experts: LengthStatistics(experts),
            prefixes: prefixes.map(LengthStatistics.init), promptCount: promptCount)
    }

    private func counted(_ length: Int32) throws -> Int {
        guard length >= 0 else {
            throw DatasetError.contractBroken(path: path, violations: ["holds a negative length"])
        }
        return Int(length)
    }
}

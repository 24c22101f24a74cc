import HDF5
import JSON
public import Tokenization

extension PrefixDataset {
    /// Reads every array and checks what the contract says about their values.
    ///
    /// - Parameters:
    ///   - tokenizer: checks the tokens and the prefix ends against it too, or nil.
    ///   - allowsNoRows: whether a dataset without rows is sound: one shard of many may have none.
    ///   - progress: called with rows done and rows in all.
    /// - Returns: how many rows were checked.
    /// - Throws: ``DatasetError/contractBroken(path:violations:)`` naming rows; `HDF5Error` for data that cannot be read;
    ///   `CancellationError`.
    /// - Complexity: linear in the file; memory bounded by the longest row.
    @discardableResult
    public func verify(
        against tokenizer: Tokenizer? = nil, allowsNoRows: Bool = false, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Int {
        var checker = RowChecker(ratios: prefixRatios.count, tokenCount: Int64(tokenCount))
        if let tokenizer {
            checker.idLimit = Int32(clamping: tokenizer.idLimit)
            checker.rule = try prefixRule(tokenizer)
            if case .string(let token)? = settings["eos"] { checker.endOfSequence = tokenizer.id(of: token) }
        }
        if rowCount == 0, !allowsNoRows { checker.add("holds no rows") }
        checkWhole(&checker)
        var start = 0
        while start < rowCount, !checker.hasSeenEnough {
            let rows = start..<min(rowCount, start + 4096)
            let block = try RowBlock(self, rows)
            for index in 0..<rows.count where !checker.hasSeenEnough {
                try Task.checkCancellation()
                guard let range = checker.tokenRange(of: index, in: block) else { break }
                let tokens = try columns.tokens.read(
                    Int32.self, rows: Int(range.lowerBound)..<Int(range.upperBound), limit: Self.rowByteLimit)
                checker.check(tokens, of: index, in: block)
            }
            start = rows.upperBound
            progress(start, rowCount)
        }
        if !checker.hasSeenEnough, checker.position != Int64(tokenCount) {
            checker.add("its rows hold \(checker.position) tokens of \(tokenCount)")
        }
        guard checker.violations.isEmpty else {
            throw DatasetError.contractBroken(path: path, violations: checker.violations)
        }
        return rowCount
    }

    private func checkWhole(_ checker: inout RowChecker) {
        if case .int(let kept)? = counts["kept"], kept != Int64(rowCount) {
            checker.add("its counts say \(kept) rows, and it holds \(rowCount)")
        }
        if prefixRatios.contains(where: { !($0 >= 0 && $0 <= 1) }) {
            checker.add("has a prefix ratio outside of 0...1")
        }
    }

    private func prefixRule(_ tokenizer: Tokenizer) throws -> PrefixRule {
        guard case .string(let name)? = settings["snap"], let snap = PrefixRule.Snap(rawValue: name) else {
            throw DatasetError.contractBroken(path: path, violations: ["its settings name no snap"])
        }
        return PrefixRule(ratios: prefixRatios, snap: snap, tokenizer: tokenizer)
    }
}

/// The columns of some rows, tokens apart.
private struct RowBlock {
    let rows: Range<Int>
    let offsets: [Int64]
    let prompts: [Int32]
    let experts: [Int32]
    let ends: [Int32]
    let promptIndices: [Int32]
    let traceIndices: [Int32]

    init(_ dataset: borrowing PrefixDataset, _ rows: Range<Int>) throws {
        self.rows = rows
        offsets = try dataset.columns.offsets.read(Int64.self, rows: rows.lowerBound..<(rows.upperBound + 1))
        prompts = try dataset.columns.promptLengths.read(Int32.self, rows: rows)
        experts = try dataset.columns.expertLengths.read(Int32.self, rows: rows)
        ends = try dataset.columns.prefixEnds.read(Int32.self, rows: rows)
        promptIndices = try dataset.columns.promptIndices.read(Int32.self, rows: rows)
        traceIndices = try dataset.columns.traceIndices.read(Int32.self, rows: rows)
        // Reading proves that every string is whole and UTF-8. A string may be as long as a row of a trace file.
        for name in ["ids", "answers", "problems", "sources"] {
            let strings = try dataset.file.openDataset(name)
            for start in stride(from: rows.lowerBound, to: rows.upperBound, by: 64) {
                _ = try strings.readStrings(rows: start..<min(rows.upperBound, start + 64))
            }
        }
    }
}

/// Checks row after row and gathers what is wrong, up to a number that is worth reading.
private struct RowChecker {
    let ratios: Int
    let tokenCount: Int64
    var idLimit = Int32.max
    var rule: PrefixRule?
    var endOfSequence: Int32?

    private(set) var violations: [String] = []
    private(set) var position: Int64 = 0
    private var lastPrompt: Int32 = 0
    private var hasLostPlace = false

    init(ratios: Int, tokenCount: Int64) {
        self.ratios = ratios
        self.tokenCount = tokenCount
    }

    /// No further rows need reading.
    var hasSeenEnough: Bool { hasLostPlace || violations.count >= 20 }

    mutating func add(_ violation: String) {
        if violations.count < 20 { violations.append(violation) }
    }

    /// Where the tokens of a row lie; nil when its offsets and lengths contradict each other, which ends the check.
    mutating func tokenRange(of index: Int, in block: RowBlock) -> Range<Int64>? {
        let length = Int64(block.prompts[index]) + Int64(block.experts[index])
        guard block.prompts[index] >= 0, block.experts[index] >= 1, block.offsets[index] == position,
            block.offsets[index + 1] == position + length, position + length <= tokenCount
        else {
            let row = block.rows.lowerBound + index
            add("row \(row): offsets \(block.offsets[index]) to \(block.offsets[index + 1]) do not hold its lengths")
            hasLostPlace = true
            return nil
        }
        defer { position += length }
        return position..<(position + length)
    }

    mutating func check(_ tokens: [Int32], of index: Int, in block: RowBlock) {
        let row = block.rows.lowerBound + index
        let ends = block.ends[(index * ratios)..<((index + 1) * ratios)]
        if ends.contains(where: { $0 < 0 || $0 > block.experts[index] }) {
            add("row \(row): a prefix ends outside of its trace")
        }
        if block.promptIndices[index] < lastPrompt || block.traceIndices[index] < 0 {
            add("row \(row): its prompt index descends or its trace index is negative")
        }
        lastPrompt = block.promptIndices[index]
        if tokens.contains(where: { $0 < 0 || $0 >= idLimit }) {
            add("row \(row): holds an id that no token has")
        }
        if let endOfSequence, tokens.last != endOfSequence {
            add("row \(row): does not end in the end-of-sequence token")
        }
        if let rule, rule.ends(in: tokens[Int(block.prompts[index])...]) != Array(ends) {
            add("row \(row): its prefix ends are not those of the rule")
        }
    }
}

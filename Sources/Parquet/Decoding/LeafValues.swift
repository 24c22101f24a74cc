import JSON

/// Values of a leaf that are decoded but not yet part of a batch: levels, and the values that are not null.
struct LeafValues: Sendable {
    /// One a slot or empty list; empty where the leaf lies in no list.
    var repetition: [UInt8] = []
    /// As many; empty where nothing can be null.
    var definition: [UInt8] = []
    /// Values of at most eight bytes.
    var words: [UInt64] = []
    /// Byte arrays, end to end.
    var bytes = ByteStore()
    /// Where each byte array ends; 0 stands in front.
    var ends: [Int] = [0]
    /// The byte arrays, from 0, that are not UTF-8, in order.
    var notText: [Int] = []
    /// Rows that are whole.
    var rowCount = 0
    /// For each row, whole or not, the number of the first level; empty where the leaf lies in no list.
    var rowStarts: [Int] = []
    /// For each whole row, what it and those before take in a batch; only for byte arrays.
    var rowCosts: [Int] = []
    /// Levels in all; the length of the two lists of them where there is one.
    var levelCount = 0

    /// What a value takes in a batch, without the bytes of a byte array.
    static let valueCost = 8
    private static let maximumReserve = 8 << 20

    /// Marks the byte arrays from number `first` on that are not UTF-8: all as one piece, and where that fails each by itself.
    mutating func findText(from first: Int) {
        let start = ends[first]
        bytes.withBytes(start..<bytes.count) { text in
            let isWhole =
                JSONParser.isUTF8(text)
                && ends[first...].allSatisfy { $0 - start == text.count || text[$0 - start] & 0xC0 != 0x80 }
            guard !isWhole else { return }
            for index in first..<(ends.count - 1) {
                let value = UnsafeBufferPointer(rebasing: text[(ends[index] - start)..<(ends[index + 1] - start)])
                if !JSONParser.isUTF8(value) { notText.append(index) }
            }
        }
    }

    /// What the first `rows` rows take in a batch.
    func cost(ofRows rows: Int) -> Int {
        guard rows > 0 else { return 0 }
        if !rowCosts.isEmpty { return rowCosts[rows - 1] }
        return LeafValues.valueCost * levels(inRows: rows)
    }

    private func levels(inRows rows: Int) -> Int {
        guard !rowStarts.isEmpty else { return rows }
        return rows < rowStarts.count ? rowStarts[rows] : levelCount
    }

    /// Takes the first `rows` rows, which are whole, and leaves the others.
    mutating func take(rows: Int, of leaf: LeafSchema, pool: BufferPool?) throws(ParquetFailure) -> LeafValues {
        guard rows < rowCount || levels(inRows: rows) < levelCount else {
            let all = self
            self = LeafValues()
            return all
        }
        let levels = levels(inRows: rows)
        let values =
            leaf.maximumDefinition == 0
            ? levels : definition[..<levels].reduce(0) { $0 + ($1 == leaf.maximumDefinition ? 1 : 0) }
        var rest = LeafValues()
        rest.rowCount = rowCount - rows
        rest.levelCount = levelCount - levels
        if leaf.isInList {
            rest.repetition = Array(repetition[levels...])
            rest.rowStarts = rowStarts[rows...].map { $0 - levels }
            rowStarts.removeLast(rowStarts.count - rows)
        }
        if leaf.maximumDefinition > 0 { rest.definition = Array(definition[levels...]) }
        if leaf.type.isWord {
            rest.words = Array(words[values...])
        } else {
            let (end, cost) = (ends[values], cost(ofRows: rows))
            // The next batch is likely to be as large.
            try rest.bytes.reserve(
                max(bytes.count - end, min(end + end / 8, LeafValues.maximumReserve)), pool: pool)
            bytes.withBytes(end..<bytes.count) { rest.bytes.append($0) }
            rest.ends = ends[values...].map { $0 - end }
            rest.notText = notText.filter { $0 >= values }.map { $0 - values }
            rest.rowCosts = rowCosts[rows...].map { $0 - cost }
            bytes.truncate(to: end)
            ends.removeLast(ends.count - 1 - values)
            notText.removeAll { $0 >= values }
            rowCosts.removeLast(rowCosts.count - rows)
        }
        if leaf.isInList { repetition.removeLast(rest.repetition.count) }
        definition.removeLast(rest.definition.count)
        words.removeLast(rest.words.count)
        rowCount = rows
        levelCount = levels
        let head = self
        self = rest
        return head
    }
}

/// A leaf as its decoder needs it.
struct LeafSchema: Sendable {
    let field: StoredField
    /// The names that lead to it, joined by dots.
    let path: String
    let type: PhysicalType
    let maximumDefinition: Int
    let maximumRepetition: Int
    /// Whether its byte arrays may be text.
    let mayBeText: Bool

    var isInList: Bool { maximumRepetition > 0 }

    init(_ field: StoredField, path: String) {
        self.field = field
        self.path = path
        maximumDefinition = field.levels.value
        maximumRepetition = field.levels.repetition
        switch field.kind {
        case .value(let type, let logical):
            self.type = type
            mayBeText =
                type != .int96
                && (logical == nil || logical == .text || logical == .json || logical == .enumeration)
        default:
            type = .boolean
            mayBeText = false
        }
    }
}

/// A column of a batch, or a field inside one: as in Arrow, validity, places and values in arrays of their own.
final class Column: Sendable {
    enum Content: Sendable {
        case words([UInt64])
        /// Byte arrays end to end; slot i is `ends[i] ..< ends[i + 1]`; those in `notText` are not UTF-8.
        case bytes(ByteStore, ends: [Int], notText: [Int])
        /// Slot i has the elements `starts[i] ..< starts[i + 1]`.
        case list(starts: [Int], Column)
        /// Slot i has the entries `starts[i] ..< starts[i + 1]`, which are structures of key and value.
        case map(starts: [Int], Column)
        case structure([Column])
    }

    let field: StoredField
    /// How values are shown.
    let form: ValueForm
    let count: Int
    /// Whether each slot has a value; nil where all have.
    let isValid: [Bool]?
    let content: Content

    init(_ field: StoredField, count: Int, isValid: [Bool]?, content: Content) {
        self.field = field
        form = ValueForm(field)
        self.count = count
        self.isValid = isValid
        self.content = content
    }

    func isNull(_ slot: Int) -> Bool {
        form == .null || isValid.map { !$0[slot] } ?? false
    }

    /// The numbers of the elements of a slot; empty where it is no list or map.
    func elementRange(_ slot: Int) -> Range<Int> {
        switch content {
        case .list(let starts, _), .map(let starts, _): starts[slot]..<starts[slot + 1]
        default: 0..<0
        }
    }

    func isText(_ slot: Int) -> Bool {
        guard case .bytes(_, _, let notText) = content, !notText.isEmpty else { return true }
        var (low, high) = (0, notText.count)
        while low < high {
            let middle = (low + high) / 2
            if notText[middle] < slot { low = middle + 1 } else { high = middle }
        }
        return low == notText.count || notText[low] != slot
    }
}

/// How the stored values of a field are shown.
enum ValueForm: Hashable, Sendable {
    case null
    case bool
    case signed
    case unsigned32
    case unsigned64
    case float
    case double
    case half
    /// Byte arrays: text where they are UTF-8.
    case text
    /// Byte arrays that are never text.
    case bytes
    case decimal(scale: Int)
    case date
    case time(TimeUnit)
    case timestamp(TimeUnit, isUTC: Bool)
    case legacyTimestamp
    case uuid
    case interval
    case list
    case map
    case structure

    init(_ field: StoredField) {
        switch field.kind {
        case .list: self = .list
        case .map: self = .map
        case .structure: self = .structure
        case .value(let type, nil):
            switch type {
            case .boolean: self = .bool
            case .int32, .int64: self = .signed
            case .int96: self = .legacyTimestamp
            case .float: self = .float
            case .double: self = .double
            case .byteArray, .fixedLengthByteArray: self = .text
            }
        case .value(_, let logical?):
            switch logical {
            case .text, .json, .enumeration: self = .text
            case .bson: self = .bytes
            case .integer(let bits, let isSigned): self = isSigned ? .signed : bits == 64 ? .unsigned64 : .unsigned32
            case .decimal(_, let scale): self = .decimal(scale: scale)
            case .date: self = .date
            case .time(let unit): self = .time(unit)
            case .timestamp(let unit, let isUTC): self = .timestamp(unit, isUTC: isUTC)
            case .interval: self = .interval
            case .uuid: self = .uuid
            case .float16: self = .half
            case .null: self = .null
            }
        }
    }
}

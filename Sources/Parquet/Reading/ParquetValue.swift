/// A value in a row of a Parquet file, shaped like a value of JSON. Copies are cheap; each keeps its column alive.
///
/// Dates, times, time stamps, decimals, UUIDs and intervals are strings here, see ``string``.
public struct ParquetValue: Sendable {
    /// What a value is.
    public enum Kind: Hashable, Sendable {
        /// Null
        case null
        /// True or false
        case bool
        /// An integer
        case integer
        /// A floating-point number
        case double
        /// Text
        case string
        /// Bytes that are not text
        case bytes
        /// A list, or a map whose keys are not all text
        case array
        /// A structure, or a map whose keys are all text
        case object
    }

    let column: Column
    let slot: Int

    /// What the value is. Constant time, apart from maps, whose keys may all be looked at.
    public var kind: Kind {
        guard !isNull else { return .null }
        switch column.form {
        case .null: return .null
        case .bool: return .bool
        case .signed, .unsigned32, .unsigned64: return .integer
        case .float, .double, .half: return .double
        case .text: return column.isText(slot) ? .string : .bytes
        case .bytes: return .bytes
        case .decimal: return isShortDecimal ? .string : .bytes
        case .date, .time, .timestamp, .legacyTimestamp, .uuid, .interval: return .string
        case .list: return .array
        case .map: return isTextMap ? .object : .array
        case .structure: return .object
        }
    }

    /// Whether the value is null.
    public var isNull: Bool { column.isNull(slot) }

    private var word: UInt64? {
        guard !isNull, case .words(let words) = column.content else { return nil }
        return words[slot]
    }

    /// The truth value; nil for other kinds.
    public var bool: Bool? {
        guard column.form == .bool else { return nil }
        return word.map { $0 != 0 }
    }

    /// The integer; nil for other kinds and above `Int64.max`.
    public var int64: Int64? {
        guard let word else { return nil }
        switch column.form {
        case .signed: return Int64(bitPattern: word)
        case .unsigned32: return Int64(UInt32(truncatingIfNeeded: word))
        case .unsigned64: return Int64(exactly: word)
        default: return nil
        }
    }

    /// The integer; nil for other kinds and outside the range of `Int`.
    public var int: Int? { int64.flatMap { Int(exactly: $0) } }

    /// The integer; nil for other kinds and below 0.
    public var uint64: UInt64? {
        column.form == .unsigned64 ? word : int64.flatMap { UInt64(exactly: $0) }
    }

    /// The number, integers rounded to the nearest double; nil for other kinds.
    public var double: Double? {
        switch column.form {
        case .double: return word.map { Double(bitPattern: $0) }
        case .float: return word.map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
        case .half: return withStoredBytes { ValueText.half($0) } ?? nil
        case .unsigned64: return word.map { Double($0) }
        default: return int64.map { Double($0) }
        }
    }

    /// The text; nil for other kinds. Linear in its length.
    ///
    /// Dates are such as `2024-02-29`, times `23:59:59.000001`, time stamps `2024-02-29T23:59:59.000001Z`, the `Z` only
    /// where the file says UTC; the digits behind the point are those of the unit. Decimals have all digits of their scale.
    public var string: String? {
        guard !isNull else { return nil }
        switch column.form {
        case .text:
            guard column.isText(slot) else { return nil }
            // The column knows which of its values are UTF-8.
            return withStoredBytes { String(copying: UTF8Span(unchecked: $0.span)) }
        case .date: return word.map { ValueText.date(Int64(bitPattern: $0)) }
        case .time(let unit): return word.map { ValueText.time(Int64(bitPattern: $0), unit) }
        case .timestamp(let unit, let isUTC):
            return word.map { ValueText.timestamp(Int64(bitPattern: $0), unit, isUTC: isUTC) }
        case .decimal(let scale):
            if let word { return ValueText.decimal(Int64(bitPattern: word), scale: scale) }
            return isShortDecimal ? withStoredBytes { ValueText.decimal($0, scale: scale) } : nil
        case .legacyTimestamp: return withStoredBytes { ValueText.legacyTimestamp($0) }
        case .uuid: return withStoredBytes { ValueText.uuid($0) }
        case .interval: return withStoredBytes { ValueText.interval($0) }
        default: return nil
        }
    }

    /// Gives the UTF-8 bytes of the text, as a rule without copying them; returns nil for other kinds.
    ///
    /// The bytes must not be used after `body` returns.
    public func withUTF8<Result, Failure>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        if column.form == .text { return column.isText(slot) ? try withStoredBytes(body) : nil }
        guard let text = string else { return nil }
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in try body(bytes) }
    }

    /// Gives the bytes of a byte array as they are stored, be they text or not; returns nil for other values.
    ///
    /// The bytes must not be used after `body` returns.
    public func withStoredBytes<Result, Failure>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard !isNull, case .bytes(let bytes, let ends, _) = column.content else { return nil }
        let range = ends[slot]..<ends[slot + 1]
        return try bytes.withBytes(range, body)
    }

    /// Whether the value is text with exactly these UTF-8 bytes; canonical equivalence does not count.
    public func isString(_ text: String) -> Bool {
        withUTF8 { $0.elementsEqual(text.utf8) } ?? false
    }

    /// The number of elements or members; 0 for other kinds. Constant time.
    public var count: Int {
        guard !isNull else { return 0 }
        if case .structure(let fields) = column.content { return fields.count }
        return column.elementRange(slot).count
    }

    /// The elements of an array in order; empty for other kinds. A map that is an array has objects with `key` and `value`.
    public var elements: ParquetElements {
        guard !isNull else { return ParquetElements(column: column, range: 0..<0) }
        switch column.content {
        case .list(_, let elements): return ParquetElements(column: elements, range: column.elementRange(slot))
        case .map(_, let entries) where !isTextMap:
            return ParquetElements(column: entries, range: column.elementRange(slot))
        default: return ParquetElements(column: column, range: 0..<0)
        }
    }

    /// The members of an object in order, duplicates included; empty for other kinds.
    public var members: ParquetMembers {
        guard !isNull else { return ParquetMembers(source: .fields([], slot), position: 0, end: 0) }
        switch column.content {
        case .structure(let fields):
            return ParquetMembers(source: .fields(fields, slot), position: 0, end: fields.count)
        case .map(_, let entries):
            guard isTextMap, case .structure(let pair) = entries.content, pair.count == 2 else { break }
            let range = column.elementRange(slot)
            return ParquetMembers(source: .entries(pair[0], pair[1]), position: range.lowerBound, end: range.upperBound)
        default: break
        }
        return ParquetMembers(source: .fields([], slot), position: 0, end: 0)
    }

    /// The member with this key, compared byte by byte; nil where there is none and for other kinds.
    ///
    /// Of several members with the same key the last one counts. Linear in the number of members.
    public subscript(key: String) -> ParquetValue? {
        guard !isNull else { return nil }
        if case .structure(let fields) = column.content {
            return fields.last { $0.field.name.utf8.elementsEqual(key.utf8) }.map {
                ParquetValue(column: $0, slot: slot)
            }
        }
        var found: ParquetValue?
        for member in members where member.name?.isString(key) == true { found = member.value }
        return found
    }

    /// The element at a position from 0; nil outside the array and for other kinds. Constant time.
    public subscript(position: Int) -> ParquetValue? {
        let elements = elements
        guard position >= 0, position < elements.count else { return nil }
        return ParquetValue(column: elements.column, slot: elements.range.lowerBound + position)
    }

    /// Decimals are shown as digits up to the size that writers use.
    private var isShortDecimal: Bool {
        guard case .bytes(_, let ends, _) = column.content else { return true }
        return (1...40).contains(ends[slot + 1] - ends[slot])
    }

    private var isTextMap: Bool {
        guard case .map(_, let entries) = column.content, case .structure(let pair) = entries.content,
            let keys = pair.first, keys.form == .text
        else { return false }
        if keys.isValid == nil, case .bytes(_, _, let notText) = keys.content, notText.isEmpty { return true }
        return column.elementRange(slot).allSatisfy { !keys.isNull($0) && keys.isText($0) }
    }
}

/// The elements of an array in order.
public struct ParquetElements: Sequence, IteratorProtocol, Sendable {
    let column: Column
    private(set) var range: Range<Int>

    init(column: Column, range: Range<Int>) {
        self.column = column
        self.range = range
    }

    /// How many are left.
    public var count: Int { range.count }
    /// The same, since the number is known.
    public var underestimatedCount: Int { range.count }

    /// The next element; constant time.
    public mutating func next() -> ParquetValue? {
        guard let slot = range.first else { return nil }
        range.removeFirst()
        return ParquetValue(column: column, slot: slot)
    }
}

/// The members of an object in order.
public struct ParquetMembers: Sequence, IteratorProtocol, Sendable {
    /// One member of an object.
    public struct Member: Sendable {
        /// The key.
        public let key: String
        /// The key of a map's entry, whose bytes can be had without a copy; nil for a field of a structure.
        public let name: ParquetValue?
        /// The value.
        public let value: ParquetValue
    }

    enum Source: Sendable {
        case fields([Column], Int)
        case entries(Column, Column)
    }

    let source: Source
    var position: Int
    let end: Int

    /// The next member.
    public mutating func next() -> Member? {
        guard position < end else { return nil }
        defer { position += 1 }
        switch source {
        case .fields(let columns, let slot):
            return Member(
                key: columns[position].field.name, name: nil, value: ParquetValue(column: columns[position], slot: slot)
            )
        case .entries(let keys, let values):
            let name = ParquetValue(column: keys, slot: position)
            return Member(key: name.string ?? "", name: name, value: ParquetValue(column: values, slot: position))
        }
    }
}

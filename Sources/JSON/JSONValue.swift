/// A value in a parsed document. Copies are cheap; each keeps the whole document alive.
public struct JSONValue {
    /// What a value is.
    public enum Kind: Hashable, Sendable {
        /// `null`
        case null
        /// `true` or `false`
        case bool
        /// A number without fraction and exponent
        case integer
        /// Any other number
        case double
        /// A string
        case string
        /// An array
        case array
        /// An object
        case object
    }

    let document: JSONDocument
    let index: Int

    private var word: UInt64 { document.word(index) }
    private var tag: UInt8 { UInt8(word >> 56) }
    private var payload: Int { Int(word & 0x00FF_FFFF_FFFF_FFFF) }

    /// What the value is. Constant time.
    public var kind: Kind {
        switch tag {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "l"), UInt8(ascii: "u"): .integer
        case UInt8(ascii: "d"): .double
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        default: .null
        }
    }

    /// Whether the value is `null`.
    public var isNull: Bool { kind == .null }

    /// The truth value; nil for other kinds.
    public var bool: Bool? {
        switch tag {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The integer; nil for other kinds and above `Int64.max`.
    public var int64: Int64? {
        tag == UInt8(ascii: "l") ? Int64(bitPattern: document.word(index + 1)) : nil
    }

    /// The integer; nil for other kinds and outside the range of `Int`.
    public var int: Int? { int64.flatMap { Int(exactly: $0) } }

    /// The integer; nil for other kinds and below 0.
    public var uint64: UInt64? {
        tag == UInt8(ascii: "u") ? document.word(index + 1) : int64.flatMap { UInt64(exactly: $0) }
    }

    /// The number, integers rounded to the nearest double; nil for other kinds.
    public var double: Double? {
        switch tag {
        case UInt8(ascii: "d"): Double(bitPattern: document.word(index + 1))
        case UInt8(ascii: "l"): Double(Int64(bitPattern: document.word(index + 1)))
        case UInt8(ascii: "u"): Double(document.word(index + 1))
        default: nil
        }
    }

    /// The string; nil for other kinds. Linear in its length.
    public var string: String? {
        // The parser has seen that the text is UTF-8.
        withUTF8 { String(copying: UTF8Span(unchecked: $0.span)) }
    }

    /// Gives the UTF-8 bytes of the string without copying them; returns nil for other kinds.
    ///
    /// The bytes must not be used after `body` returns.
    public func withUTF8<Result, Failure>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard tag == UInt8(ascii: "\"") else { return nil }
        defer { withExtendedLifetime(document) {} }
        return try body(document.string(at: payload))
    }

    /// Whether the value is the string with exactly these UTF-8 bytes; canonical equivalence does not count.
    public func isString(_ text: String) -> Bool {
        withUTF8 { $0.elementsEqual(text.utf8) } ?? false
    }

    /// The number of elements or members, duplicates included; 0 for other kinds.
    ///
    /// Constant time up to 16,777,214; linear above.
    public var count: Int {
        guard tag == UInt8(ascii: "[") || tag == UInt8(ascii: "{") else { return 0 }
        let stored = payload >> 32
        guard stored == 0xFF_FFFF else { return stored }
        return tag == UInt8(ascii: "[")
            ? elements.reduce(0) { sum, _ in sum + 1 } : members.reduce(0) { sum, _ in sum + 1 }
    }

    /// The elements of an array in order; empty for other kinds.
    public var elements: JSONElements { JSONElements(cursor: cursor(over: UInt8(ascii: "["))) }

    /// The members of an object in order, duplicates included; empty for other kinds.
    public var members: JSONMembers { JSONMembers(cursor: cursor(over: UInt8(ascii: "{"))) }

    /// The member with this key, compared byte by byte; nil where there is none and for other kinds.
    ///
    /// Of several members with the same key the last one counts, as in Python. Linear in the number of members.
    public subscript(key: String) -> JSONValue? {
        var key = key
        return key.withUTF8 { wanted in
            var found: JSONValue?
            var cursor = cursor(over: UInt8(ascii: "{"))
            while let name = cursor.next(), let value = cursor.next() {
                if name.withUTF8({ $0.elementsEqual(wanted) }) == true { found = value }
            }
            return found
        }
    }

    /// The element at a position from 0; nil outside the array and for other kinds. Linear in the position.
    public subscript(position: Int) -> JSONValue? {
        guard position >= 0 else { return nil }
        return elements.dropFirst(position).first { _ in true }
    }

    /// The index on the tape of what follows the value.
    fileprivate var end: Int {
        switch tag {
        case UInt8(ascii: "["), UInt8(ascii: "{"): payload & 0xFFFF_FFFF
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
        default: index + 1
        }
    }

    private func cursor(over wanted: UInt8) -> JSONCursor {
        guard tag == wanted else { return JSONCursor(document: document, index: index, end: index) }
        return JSONCursor(document: document, index: index + 1, end: end - 1)
    }
}

/// A walk over the values that lie side by side on the tape.
struct JSONCursor {
    let document: JSONDocument
    var index: Int
    let end: Int

    mutating func next() -> JSONValue? {
        guard index < end else { return nil }
        let value = JSONValue(document: document, index: index)
        index = value.end
        return value
    }
}

/// The elements of an array in order.
public struct JSONElements: Sequence, IteratorProtocol {
    var cursor: JSONCursor

    /// The next element; constant time.
    public mutating func next() -> JSONValue? { cursor.next() }
}

/// The members of an object in order.
public struct JSONMembers: Sequence, IteratorProtocol {
    /// One member of an object.
    public struct Member {
        /// The key, always a string value; its bytes can be had without a copy.
        public let name: JSONValue
        /// The value.
        public let value: JSONValue

        /// The key. Linear in its length.
        public var key: String { name.string ?? "" }
    }

    var cursor: JSONCursor

    /// The next member; constant time.
    public mutating func next() -> Member? {
        guard let name = cursor.next(), let value = cursor.next() else { return nil }
        return Member(name: name, value: value)
    }
}

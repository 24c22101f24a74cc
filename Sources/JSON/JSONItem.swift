/// A value of a document that somebody else keeps alive, see ``JSONValue/withItem(_:)``.
///
/// A ``JSONValue`` counts a reference to its document. Where there are hundreds of thousands of values, as in the tables of
/// a tokenizer, the counting takes longer than the reading.
///
/// Unchecked, for it points into the document, which does not change while ``JSONValue/withItem(_:)`` runs.
public struct JSONItem: @unchecked Sendable {
    private let tape: UnsafeBufferPointer<UInt64>
    private let strings: UnsafeBufferPointer<UInt8>
    fileprivate let index: Int
    private let word: UInt64

    init(_ tape: UnsafeBufferPointer<UInt64>, _ strings: UnsafeBufferPointer<UInt8>, index: Int) {
        // Here and below: a place outside is an error of this module, never of the text.
        precondition(index >= 0 && index < tape.count, "an index outside the tape")
        self.tape = tape
        self.strings = strings
        self.index = index
        word = tape[index]
    }

    fileprivate func item(at index: Int) -> JSONItem {
        JSONItem(tape, strings, index: index)
    }

    private var tag: UInt8 { UInt8(word >> 56) }
    private var payload: Int { Int(word & 0x00FF_FFFF_FFFF_FFFF) }

    /// The UTF-8 of the string; nil for other kinds. Constant time.
    public var utf8: UnsafeBufferPointer<UInt8>? {
        guard tag == UInt8(ascii: "\"") else { return nil }
        // simdjson has written the length in front of the bytes.
        let offset = payload
        precondition(offset <= strings.count - 4, "an offset outside the string buffer")
        let length = Int(UnsafeRawBufferPointer(strings).loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        precondition(length <= strings.count - 4 - offset, "a string outside the string buffer")
        return UnsafeBufferPointer(rebasing: strings[(offset + 4)..<(offset + 4 + length)])
    }

    /// The integer; nil for other kinds and outside the range of `Int`.
    public var int: Int? {
        guard tag == UInt8(ascii: "l"), index + 1 < tape.count else { return nil }
        return Int(exactly: Int64(bitPattern: tape[index + 1]))
    }

    /// The number, integers rounded to the nearest double; nil for other kinds.
    public var double: Double? {
        guard index + 1 < tape.count else { return nil }
        return switch tag {
        case UInt8(ascii: "d"): Double(bitPattern: tape[index + 1])
        case UInt8(ascii: "l"): Double(Int64(bitPattern: tape[index + 1]))
        case UInt8(ascii: "u"): Double(tape[index + 1])
        default: nil
        }
    }

    /// The truth value; nil for other kinds.
    public var bool: Bool? {
        switch tag {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The elements of an array in order; nil for other kinds.
    public var elements: JSONItems? {
        tag == UInt8(ascii: "[") ? JSONItems(first: item(at: index + 1), end: end - 1) : nil
    }

    /// The members of an object in order, duplicates included: each has its key in front of its value; nil for other kinds.
    public var members: JSONItems? {
        tag == UInt8(ascii: "{") ? JSONItems(first: item(at: index + 1), end: end - 1) : nil
    }

    /// The index on the tape of what follows the value.
    fileprivate var end: Int {
        switch tag {
        case UInt8(ascii: "["), UInt8(ascii: "{"): payload & 0xFFFF_FFFF
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
        default: index + 1
        }
    }
}

/// A walk over values that lie side by side.
public struct JSONItems: Sequence, IteratorProtocol, Sendable {
    private var following: JSONItem
    private let end: Int

    fileprivate init(first: JSONItem, end: Int) {
        following = first
        self.end = end
    }

    /// The next value; constant time.
    public mutating func next() -> JSONItem? {
        guard following.index < end else { return nil }
        defer { following = following.item(at: following.end) }
        return following
    }

    /// Takes the next `count` values away and returns them: fewer at the end. Linear in `count`.
    public mutating func split(after count: Int) -> JSONItems {
        let first = following
        for _ in 0..<Swift.max(0, count) {
            guard next() != nil else { break }
        }
        return JSONItems(first: first, end: following.index)
    }
}

extension JSONValue {
    /// Gives the value in a form that holds no reference to the document.
    ///
    /// The item, and what is got from it, must not be used after `body` returns.
    public func withItem<Result, Failure>(_ body: (JSONItem) throws(Failure) -> Result) throws(Failure) -> Result {
        defer { withExtendedLifetime(document) {} }
        return try body(document.item(at: index))
    }
}

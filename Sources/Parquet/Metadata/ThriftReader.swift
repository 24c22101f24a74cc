/// Reads Thrift's compact protocol.
///
/// Nothing is trusted: a string or list is never taken to be longer than the bytes that are left, and structures nest only
/// so deep.
struct ThriftReader {
    /// The wire types of the compact protocol.
    enum WireType: UInt8 {
        case stop = 0
        case yes = 1
        case no = 2
        case byte = 3
        case int16 = 4
        case int32 = 5
        case int64 = 6
        case double = 7
        case binary = 8
        case list = 9
        case set = 10
        case map = 11
        case structure = 12
        case uuid = 13
    }

    struct Field {
        let id: Int16
        let type: WireType
    }

    /// Thrift found the bytes to end early: more of them may help.
    struct Failure: Error {
        let isTruncated: Bool
        let message: String
        let position: Int
    }

    static let maximumDepth = 32

    private let bytes: ByteSlice
    /// Where the next byte is read.
    private(set) var position: Int

    init(_ bytes: ByteSlice, from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    private func failure(_ message: String) -> Failure {
        Failure(isTruncated: false, message: message, position: position)
    }

    mutating func byte() throws(Failure) -> UInt8 {
        guard let byte = bytes.byte(at: position) else {
            throw Failure(isTruncated: true, message: "it ends early", position: position)
        }
        position += 1
        return byte
    }

    private mutating func varint() throws(Failure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw failure("it holds an integer of more than 64 bits")
    }

    private mutating func zigzag() throws(Failure) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// The next field of a structure; nil at its end.
    mutating func field(after last: Int16) throws(Failure) -> Field? {
        let head = try byte()
        guard let type = WireType(rawValue: head & 15) else { throw failure("it has a field of an unknown type") }
        guard type != .stop else { return nil }
        if head >> 4 > 0 {
            let (id, isTooLarge) = last.addingReportingOverflow(Int16(head >> 4))
            guard !isTooLarge else { throw failure("it has a field number out of range") }
            return Field(id: id, type: type)
        }
        guard let id = Int16(exactly: try zigzag()) else { throw failure("it has a field number out of range") }
        return Field(id: id, type: type)
    }

    /// Reads a structure: `body` takes or skips the value of each field.
    mutating func structure(
        _ body: (inout ThriftReader, Field) throws(Failure) -> Void
    ) throws(Failure) {
        var last: Int16 = 0
        while let field = try field(after: last) {
            last = field.id
            try body(&self, field)
        }
    }

    mutating func integer(_ field: Field) throws(Failure) -> Int64 {
        switch field.type {
        case .byte: return Int64(Int8(bitPattern: try byte()))
        case .int16, .int32, .int64: return try zigzag()
        default: throw failure("field \(field.id) is not an integer")
        }
    }

    mutating func int32(_ field: Field) throws(Failure) -> Int32 {
        guard let value = Int32(exactly: try integer(field)) else {
            throw failure("field \(field.id) does not fit into 32 bits")
        }
        return value
    }

    func bool(_ field: Field) throws(Failure) -> Bool {
        guard field.type == .yes || field.type == .no else { throw failure("field \(field.id) is no truth value") }
        return field.type == .yes
    }

    private mutating func length() throws(Failure) -> Int {
        let length = try varint()
        guard length <= UInt64(bytes.count - position) else {
            throw Failure(
                isTruncated: true, message: "it holds a string or list longer than itself", position: position)
        }
        return Int(length)
    }

    mutating func string(_ field: Field) throws(Failure) -> String {
        guard field.type == .binary else { throw failure("field \(field.id) is not a string") }
        let length = try length()
        guard let part = bytes.part(at: position, count: length) else { throw failure("it ends early") }
        position += length
        return part.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a string field is there and not empty; skips it.
    mutating func isNonEmptyString(_ field: Field) throws(Failure) -> Bool {
        guard field.type == .binary else { throw failure("field \(field.id) is not a string") }
        let length = try length()
        position += length
        return length > 0
    }

    /// The head of a list, whose elements each take at least one byte.
    private mutating func listHead() throws(Failure) -> (type: WireType, count: Int) {
        let head = try byte()
        guard let type = WireType(rawValue: head & 15) else { throw failure("it has a list of an unknown type") }
        guard head >> 4 == 15 else {
            guard Int(head >> 4) <= bytes.count - position else {
                throw Failure(isTruncated: true, message: "it holds a list longer than itself", position: position)
            }
            return (type, Int(head >> 4))
        }
        return (type, try length())
    }

    /// Reads a list of structures; `body` reads one whole structure.
    mutating func structures(
        _ field: Field, _ body: (inout ThriftReader) throws(Failure) -> Void
    ) throws(Failure) {
        guard field.type == .list else { throw failure("field \(field.id) is not a list") }
        let (type, count) = try listHead()
        guard type == .structure || count == 0 else { throw failure("field \(field.id) is not a list of structures") }
        for _ in 0..<count { try body(&self) }
    }

    /// Passes over the value of a field.
    mutating func skip(_ field: Field) throws(Failure) {
        try skip(field.type, isElement: false, depth: 0)
    }

    private mutating func skip(_ type: WireType, isElement: Bool, depth: Int) throws(Failure) {
        guard depth < ThriftReader.maximumDepth else { throw failure("it nests too deep") }
        switch type {
        case .stop: throw failure("it has a value without a type")
        case .yes, .no: if isElement { _ = try byte() }
        case .byte: _ = try byte()
        case .int16, .int32, .int64: _ = try varint()
        case .double: try skip(bytes: 8)
        case .uuid: try skip(bytes: 16)
        case .binary: try skip(bytes: try length())
        case .list, .set:
            let (type, count) = try listHead()
            for _ in 0..<count { try skip(type, isElement: true, depth: depth + 1) }
        case .map:
            let count = try length()
            guard count > 0 else { return }
            let types = try byte()
            guard let key = WireType(rawValue: types >> 4), let value = WireType(rawValue: types & 15) else {
                throw failure("it has a map of unknown types")
            }
            for _ in 0..<count {
                try skip(key, isElement: true, depth: depth + 1)
                try skip(value, isElement: true, depth: depth + 1)
            }
        case .structure:
            var last: Int16 = 0
            while let field = try field(after: last) {
                last = field.id
                try skip(field.type, isElement: false, depth: depth + 1)
            }
        }
    }

    private mutating func skip(bytes count: Int) throws(Failure) {
        guard count <= bytes.count - position else {
            throw Failure(isTruncated: true, message: "it ends early", position: position)
        }
        position += count
    }
}

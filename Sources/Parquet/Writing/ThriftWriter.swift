/// Writes structures in Thrift's compact protocol, which page headers and the footer are in.
struct ThriftWriter {
    /// The types of the elements of a list.
    enum ElementType: UInt8 {
        case int32 = 5
        case binary = 8
        case structure = 12
    }

    private enum FieldType: UInt8 {
        case isTrue = 1
        case isFalse = 2
        case int16 = 4
        case int32 = 5
        case int64 = 6
        case binary = 8
        case list = 9
        case structure = 12
    }

    /// What is written so far.
    private(set) var bytes: [UInt8] = []
    private var lastField: Int16 = 0

    /// Writes a whole top-level structure.
    static func encoded(_ body: (inout ThriftWriter) -> Void) -> [UInt8] {
        var writer = ThriftWriter()
        body(&writer)
        writer.bytes.append(0)
        return writer.bytes
    }

    /// A field of each type; fields come in ascending order.
    mutating func field(_ id: Int16, _ value: Bool) {
        header(id, value ? .isTrue : .isFalse)
    }

    mutating func field(_ id: Int16, _ value: Int16) {
        header(id, .int16)
        zigzag(Int64(value))
    }

    mutating func field(_ id: Int16, _ value: Int32) {
        header(id, .int32)
        zigzag(Int64(value))
    }

    mutating func field(_ id: Int16, _ value: Int64) {
        header(id, .int64)
        zigzag(value)
    }

    mutating func field(_ id: Int16, _ text: String) {
        header(id, .binary)
        element(text)
    }

    mutating func field(_ id: Int16, binary: [UInt8]) {
        header(id, .binary)
        varint(UInt64(binary.count))
        bytes += binary
    }

    mutating func field(_ id: Int16, _ body: (inout ThriftWriter) -> Void) {
        header(id, .structure)
        element(body)
    }

    /// A field that is a list; `body` writes one element.
    mutating func list<Element>(
        _ id: Int16, of type: ElementType, _ elements: [Element], _ body: (inout ThriftWriter, Element) -> Void
    ) {
        header(id, .list)
        if elements.count < 15 {
            bytes.append(UInt8(elements.count) << 4 | type.rawValue)
        } else {
            bytes.append(0xF0 | type.rawValue)
            varint(UInt64(elements.count))
        }
        for element in elements { body(&self, element) }
    }

    /// Elements of lists.
    mutating func element(_ value: Int32) {
        zigzag(Int64(value))
    }

    mutating func element(_ text: String) {
        varint(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    mutating func element(_ body: (inout ThriftWriter) -> Void) {
        let outer = lastField
        lastField = 0
        body(&self)
        bytes.append(0)
        lastField = outer
    }

    private mutating func header(_ id: Int16, _ type: FieldType) {
        let step = id - lastField
        if (1...15).contains(step) {
            bytes.append(UInt8(step) << 4 | type.rawValue)
        } else {
            bytes.append(type.rawValue)
            zigzag(Int64(id))
        }
        lastField = id
    }

    private mutating func zigzag(_ value: Int64) {
        varint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    private mutating func varint(_ value: UInt64) {
        bytes.appendVarint(value)
    }
}

extension [UInt8] {
    /// Seven bits a byte, the low ones first.
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// The bytes of an integer, the low ones first.
    mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        var rest = value.littleEndian
        Swift.withUnsafeBytes(of: &rest) { append(contentsOf: $0) }
    }
}

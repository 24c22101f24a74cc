/// A value of Thrift's compact protocol.
enum Thrift {
    case int32(Int)
    case int64(Int)
    case bool(Bool)
    case string(String)
    case structs([[ThriftField]])
    case numbers([Int])
    case structure([ThriftField])

    static func varint(_ value: UInt64) -> [UInt8] {
        var (value, bytes) = (value, [UInt8]())
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7F) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    private static func zigzag(_ value: Int) -> [UInt8] {
        varint(UInt64(bitPattern: Int64(value << 1 ^ value >> 63)))
    }

    private var type: UInt8 {
        switch self {
        case .bool(let value): value ? 1 : 2
        case .int32: 5
        case .int64: 6
        case .string: 8
        case .structs, .numbers: 9
        case .structure: 12
        }
    }

    private var bytes: [UInt8] {
        switch self {
        case .bool: []
        case .int32(let value), .int64(let value): Thrift.zigzag(value)
        case .string(let text): Thrift.varint(UInt64(text.utf8.count)) + Array(text.utf8)
        case .structs(let elements):
            [0xFC] + Thrift.varint(UInt64(elements.count)) + elements.flatMap { Thrift.encode($0) }
        case .numbers(let numbers): [0xF5] + Thrift.varint(UInt64(numbers.count)) + numbers.flatMap(Thrift.zigzag)
        case .structure(let fields): Thrift.encode(fields)
        }
    }

    static func encode(_ fields: [ThriftField]) -> [UInt8] {
        fields.flatMap { [$0.value.type] + zigzag($0.id) + $0.value.bytes } + [0]
    }
}

/// A field of a structure.
struct ThriftField {
    let id: Int
    let value: Thrift

    init(_ id: Int, _ value: Thrift) {
        self.id = id
        self.value = value
    }
}

/// A Parquet file of one column, made by hand, every part of which can be spoiled.
struct HandMadeFile {
    var schema: [[ThriftField]] = [
        [ThriftField(4, .string("schema")), ThriftField(5, .int32(1))],
        [ThriftField(1, .int32(1)), ThriftField(3, .int32(0)), ThriftField(4, .string("a"))],
    ]
    var type = 1
    var codec = 0
    var rows = 3
    var rowsInGroup: Int?
    var values: Int?
    var pages: [[UInt8]] = []
    var start = 4
    var size: Int?
    var moreOfFooter: [ThriftField] = []
    var moreOfChunk: [ThriftField] = []
    var magic = "PAR1"

    /// A page of version 1.
    static func page(
        _ body: [UInt8], values: Int, encoding: Int = 0, levels: Int = 3, uncompressed: Int? = nil,
        compressed: Int? = nil,
        checksum: Int? = nil
    ) -> [UInt8] {
        let content: [ThriftField] = [
            ThriftField(1, .int32(values)), ThriftField(2, .int32(encoding)), ThriftField(3, .int32(levels)),
            ThriftField(4, .int32(levels)),
        ]
        return Thrift.encode(
            [
                ThriftField(1, .int32(0)), ThriftField(2, .int32(uncompressed ?? body.count)),
                ThriftField(3, .int32(compressed ?? body.count)),
            ]
                + (checksum.map { [ThriftField(4, .int32($0))] } ?? []) + [ThriftField(5, .structure(content))]) + body
    }

    static func dictionary(
        _ body: [UInt8], values: Int, encoding: Int = 0, uncompressed: Int? = nil
    ) -> [UInt8] {
        Thrift.encode([
            ThriftField(1, .int32(2)), ThriftField(2, .int32(uncompressed ?? body.count)),
            ThriftField(3, .int32(body.count)),
            ThriftField(7, .structure([ThriftField(1, .int32(values)), ThriftField(2, .int32(encoding))])),
        ]) + body
    }

    var bytes: [UInt8] {
        let body = pages.flatMap { $0 }
        let metadata: [ThriftField] = [
            ThriftField(1, .int32(type)), ThriftField(2, .numbers([0])), ThriftField(4, .int32(codec)),
            ThriftField(5, .int64(values ?? rows)),
            ThriftField(6, .int64(body.count)), ThriftField(7, .int64(size ?? body.count)),
            ThriftField(9, .int64(start)),
        ]
        let group: [ThriftField] = [
            ThriftField(
                1, .structs([[ThriftField(2, .int64(4)), ThriftField(3, .structure(metadata))] + moreOfChunk])),
            ThriftField(2, .int64(body.count)),
            ThriftField(3, .int64(rowsInGroup ?? rows)),
        ]
        let footer = Thrift.encode(
            [
                ThriftField(1, .int32(1)), ThriftField(2, .structs(schema)), ThriftField(3, .int64(rows)),
                ThriftField(4, .structs([group])),
            ] + moreOfFooter)
        return Array("PAR1".utf8) + body + footer + littleEndian(UInt32(footer.count)) + Array(magic.utf8)
    }
}

func littleEndian<Word: FixedWidthInteger>(_ value: Word) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

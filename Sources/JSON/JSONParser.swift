import CSimdjson

/// Parses texts one after the other, reusing its memory.
///
/// The memory of a document is taken again for the next one only when nothing refers to it any more, so that values
/// which are kept stay valid. One parser serves one thread at a time.
public struct JSONParser: ~Copyable {
    /// How deep arrays and objects may be nested.
    public static var maximumDepth: Int { 512 }

    /// The longest text, in bytes: simdjson counts with 32 bits.
    private static let maximumBytes = Int(UInt32.max) - 4096

    private let handle: OpaquePointer
    private let padding = csimdjson_padding()
    private var text: UnsafeMutableRawBufferPointer
    private var spare: JSONDocument?

    /// Makes a parser without memory of its own yet.
    ///
    /// - Throws: ``JSONError`` with code `outOfMemory`.
    public init() throws(JSONError) {
        guard let handle = csimdjson_parser_create(JSONParser.maximumDepth) else { throw .outOfMemory }
        self.handle = handle
        text = .allocate(byteCount: 0, alignment: 64)
    }

    deinit {
        csimdjson_parser_destroy(handle)
        text.deallocate()
    }

    /// Parses one JSON text, UTF-8 with or without a byte order mark. Linear in its length.
    ///
    /// - Throws: ``JSONError`` with the place of the first error.
    public mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONDocument {
        guard bytes.count <= JSONParser.maximumBytes else { throw .tooLarge(bytes.count) }
        if text.count < bytes.count + padding {
            text.deallocate()
            // A quarter more than asked: rows that grow slowly must not reallocate each time.
            text = .allocate(byteCount: bytes.count + bytes.count / 4 + padding, alignment: 64)
        }
        text.copyMemory(from: bytes)
        UnsafeMutableRawBufferPointer(rebasing: text[bytes.count..<(bytes.count + padding)])
            .initializeMemory(as: UInt8.self, repeating: 0x20)
        return try parse(padded: UnsafeRawBufferPointer(rebasing: text[..<bytes.count]))
    }

    /// Parses a text behind which as many bytes more can be read as simdjson wants, without copying it.
    mutating func parse(padded bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONDocument {
        guard bytes.count <= JSONParser.maximumBytes else { throw .tooLarge(bytes.count) }
        let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let body = UnsafeRawBufferPointer(rebasing: bytes[mark...])
        if !isKnownUniquelyReferenced(&spare) { spare = nil }
        let document: JSONDocument
        if let spare {
            document = spare
        } else {
            document = try JSONDocument()
            spare = document
        }
        let status = document.parse(body.baseAddress?.assumingMemoryBound(to: UInt8.self), body.count, handle)
        guard status == 0 else {
            throw JSONValidator.firstError(in: bytes)
                ?? JSONError(code: .refused, message: String(cString: csimdjson_message(status)))
        }
        return document
    }

    /// Parses one JSON text, UTF-8 with or without a byte order mark. Linear in its length.
    ///
    /// - Throws: ``JSONError`` with the place of the first error.
    public mutating func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONDocument {
        try bytes.span.bytes.withUnsafeBytes { (buffer) throws(JSONError) in try parse(buffer) }
    }

    /// Parses one record of a batch. Linear in its length.
    ///
    /// - Throws: ``JSONError`` with the place of the first error, counted from the start of the record.
    public mutating func parse(_ record: RecordBatch.Record, of batch: RecordBatch) throws(JSONError) -> JSONDocument {
        try batch.withBytes(of: record) { (buffer) throws(JSONError) in try parse(buffer) }
    }
}

extension JSONError {
    fileprivate static func tooLarge(_ count: Int) -> JSONError {
        JSONError(code: .tooLarge, message: "the text has \(count) bytes, 4 GB is the most")
    }

    static var outOfMemory: JSONError { JSONError(code: .outOfMemory, message: "memory ran out while parsing JSON") }
}

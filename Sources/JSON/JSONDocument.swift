import CSimdjson
import Files

/// A parsed JSON text. Its values hold on to it; it does not hold on to the text.
public final class JSONDocument {
    private let handle: OpaquePointer
    // Behind a pointer: reading a variable of a class costs a check for exclusive access, hundreds of thousands of times.
    private let view: UnsafeMutablePointer<csimdjson_view>

    init() throws(JSONError) {
        guard let handle = csimdjson_document_create() else { throw .outOfMemory }
        self.handle = handle
        view = .allocate(capacity: 1)
        view.initialize(to: csimdjson_view())
    }

    deinit {
        view.deallocate()
        csimdjson_document_destroy(handle)
    }

    /// Parses one JSON text, UTF-8 with or without a byte order mark. Linear in its length.
    ///
    /// - Throws: ``JSONError`` with the place of the first error.
    public static func parsing(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONDocument {
        var parser = try JSONParser()
        return try parser.parse(bytes)
    }

    /// Parses one JSON text, UTF-8 with or without a byte order mark. Linear in its length.
    ///
    /// - Throws: ``JSONError`` with the place of the first error.
    public static func parsing(_ bytes: [UInt8]) throws(JSONError) -> JSONDocument {
        var parser = try JSONParser()
        return try parser.parse(bytes)
    }

    /// Parses one JSON text. Linear in its length.
    ///
    /// - Throws: ``JSONError`` with the place of the first error.
    public static func parsing(_ text: String) throws(JSONError) -> JSONDocument {
        try parsing(Array(text.utf8))
    }

    /// Parses a file, which is not decompressed. Linear in its size; holds the text in memory while it parses.
    ///
    /// - Parameters:
    ///   - limit: the largest size in bytes that is read.
    ///   - roundsLargeIntegers: whether integers beyond 64 bits are read as numbers of double precision, up to 16 of them:
    ///     transformers writes 10^30 for a `model_max_length` that nobody has set.
    /// - Throws: ``JSONError``, with code `unreadable` where the file itself is the matter.
    public static func contents(
        ofFileAt path: String, limit: Int = 1 << 30, roundsLargeIntegers: Bool = false
    ) throws(JSONError) -> JSONDocument {
        let padding = csimdjson_padding()
        var bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileSystem.readFile(at: path, limit: limit, spareCapacity: padding)
        } catch {
            throw JSONError(path: path, code: .unreadable(error), message: error.description)
        }
        do throws(JSONError) {
            let count = bytes.count
            bytes.append(contentsOf: repeatElement(0x20, count: padding))
            if roundsLargeIntegers { return try rounding(Array(bytes[..<count])) }
            var parser = try JSONParser()
            return try bytes.span.bytes.withUnsafeBytes { (all) throws(JSONError) in
                try parser.parse(padded: UnsafeRawBufferPointer(rebasing: all[..<count]))
            }
        } catch {
            throw error.inFile(path)
        }
    }

    /// Parses a text in which integers that do not fit get a fraction.
    private static func rounding(_ bytes: [UInt8]) throws(JSONError) -> JSONDocument {
        var bytes = bytes
        var parser = try JSONParser()
        for _ in 0..<16 {
            do throws(JSONError) {
                return try parser.parse(bytes)
            } catch {
                guard error.code == .numberOutOfRange, error.byte < bytes.count else { throw error }
                var end = error.byte
                while end < bytes.count, bytes[end] == UInt8(ascii: "-") || (48...57).contains(bytes[end]) { end += 1 }
                guard
                    end == bytes.count
                        || ![UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[end])
                else { throw error }
                bytes.insert(contentsOf: ".0".utf8, at: end)
            }
        }
        return try parser.parse(bytes)
    }

    /// The outermost value.
    public var root: JSONValue { JSONValue(document: self, index: 1) }

    /// Only for the parser, and only while no value refers to the document.
    func parse(_ text: UnsafePointer<UInt8>?, _ count: Int, _ parser: OpaquePointer) -> CInt {
        view.pointee = csimdjson_view()
        return csimdjson_parse(parser, handle, text, count, view)
    }

    /// A word of the tape. An index outside it is an error of this module, never of the text, and traps.
    func word(_ index: Int) -> UInt64 {
        precondition(index >= 0 && index < view.pointee.tape_count, "an index outside the tape")
        return view.pointee.tape[index]
    }

    /// A value as it lies on the tape. Valid while the document is.
    func item(at index: Int) -> JSONItem {
        let view = view.pointee
        return JSONItem(
            UnsafeBufferPointer(start: view.tape, count: view.tape_count),
            UnsafeBufferPointer(start: view.strings, count: view.strings_count), index: index)
    }

    /// The bytes of the string whose offset in the string buffer a tape word gives. Valid while the document is.
    func string(at offset: Int) -> UnsafeBufferPointer<UInt8> {
        let view = view.pointee
        precondition(offset >= 0 && offset <= view.strings_count - 4, "an offset outside the string buffer")
        let length = Int(UnsafeRawPointer(view.strings + offset).loadUnaligned(as: UInt32.self))
        precondition(length <= view.strings_count - 4 - offset, "a string outside the string buffer")
        return UnsafeBufferPointer(start: view.strings + offset + 4, count: length)
    }
}

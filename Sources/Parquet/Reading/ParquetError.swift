public import Files

/// Why a Parquet file cannot be read.
///
/// The description is one line: the path, the row group and column where there is one, what is wrong and how to mend it.
public struct ParquetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The invariant that did not hold.
    public enum Code: Hashable, Sendable {
        /// The file cannot be opened or read.
        case unreadable(FileError)
        /// The file does not begin and end as Parquet files do.
        case notParquet
        /// The file, its footer or a column is encrypted.
        case encrypted
        /// The file ends before what its footer says, or became shorter while it was read.
        case truncated
        /// The footer or a page header breaks Thrift's compact protocol, or lacks something that it must have.
        case invalidMetadata
        /// The schema is no tree, or a list or map in it is not built as lists and maps are.
        case invalidSchema
        /// There is no such column or row group.
        case notFound
        /// Pages are compressed in a way that is not read.
        case unsupportedCodec
        /// Values are encoded in a way that is not read, or that does not go with their type.
        case unsupportedEncoding
        /// A page does not decompress to what its header says.
        case corruptPage
        /// A page differs from its checksum.
        case checksumMismatch
        /// Values are not encoded as their encoding asks, or are fewer than the page says.
        case corruptValues
        /// A value refers to the dictionary where there is none, or beyond its end.
        case invalidDictionaryIndex
        /// Repetition and definition levels do not describe rows.
        case invalidLevels
        /// Columns, row groups and the file do not agree about how many values or rows there are.
        case countMismatch
        /// Two columns of one list, map or structure disagree about its shape.
        case inconsistentColumns
        /// A row, page or footer exceeds a limit.
        case limitExceeded
        /// There is no memory left.
        case outOfMemory
    }

    /// The broken invariant.
    public let code: Code
    /// The file's path as the caller gave it.
    public let path: String
    /// The row group from 0, where the error is tied to one.
    public let rowGroup: Int?
    /// The column, with dots between the names that lead to it.
    public let column: String?
    /// The offset in the file, in bytes, of the page or structure that is wrong.
    public let byte: Int?
    /// What is wrong, without the place.
    public let message: String

    init(
        _ code: Code, path: String, rowGroup: Int? = nil, column: String? = nil, byte: Int? = nil, _ message: String
    ) {
        self.code = code
        self.path = path
        self.rowGroup = rowGroup
        self.column = column
        self.byte = byte
        self.message = message
    }

    init(_ error: FileError) {
        self.init(.unreadable(error), path: error.path, byte: error.byte, error.message)
    }

    init(_ failure: ParquetFailure, path: String, rowGroup: Int? = nil, column: String? = nil, byte: Int? = nil) {
        self.init(
            failure.code, path: path, rowGroup: rowGroup, column: column, byte: failure.byte ?? byte, failure.message)
    }

    /// The error on one line.
    public var description: String {
        var place: [String] = []
        if let rowGroup { place.append("row group \(rowGroup)") }
        if let column { place.append("column '\(column)'") }
        if let byte { place.append("byte \(byte)") }
        let line = path + ": " + place.joined(separator: ", ") + (place.isEmpty ? "" : ": ") + message
        return line.escapingControls
    }
}

/// What a decoder found wrong; the reader adds file, row group and column.
struct ParquetFailure: Error {
    let code: ParquetError.Code
    let message: String
    /// The offset in the file where it is known better than by the page.
    var byte: Int?

    init(_ code: ParquetError.Code, _ message: String, byte: Int? = nil) {
        self.code = code
        self.message = message
        self.byte = byte
    }

    static let outOfMemory = ParquetFailure(.outOfMemory, "there is not enough memory to read it")
}

extension String {
    /// Names and messages may come from a hostile file: an error stays one line.
    fileprivate var escapingControls: String {
        func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
            scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar.value != 0x2028
                && scalar.value != 0x2029
        }
        guard !unicodeScalars.allSatisfy(isHarmless) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if isHarmless(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += scalar.escaped(asASCII: true)
            }
        }
    }
}

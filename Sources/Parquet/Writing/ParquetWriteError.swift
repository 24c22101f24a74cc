public import Files

/// Why a Parquet file cannot be written.
public enum ParquetWriteError: Error, Equatable, Sendable {
    /// A schema without columns, a structure without fields, or two fields of the same name.
    case schema(path: String, column: String, reason: String)
    /// A value that is not of its column's type; `row` counts from 0.
    case wrongCell(path: String, column: String, row: Int, expected: String, found: String)
    /// A row whose values in one column exceed what a page can hold.
    case rowTooLarge(path: String, column: String, row: Int, bytes: Int)
    /// A compressor failed.
    case compression(path: String, column: String, reason: String)
    /// The writer was used after it had thrown.
    case unfinished(path: String)
    /// The file system refused.
    case file(FileError)
}

extension ParquetWriteError: CustomStringConvertible {
    /// One line: what, and where.
    public var description: String {
        switch self {
        case .schema(let path, let column, let reason):
            "\(path): its schema cannot be written: \(column.isEmpty ? "it" : "column '\(column)'") \(reason)"
        case .wrongCell(let path, let column, let row, let expected, let found):
            "\(path): row \(row), column '\(column)': wants \(expected), was given \(found)"
        case .rowTooLarge(let path, let column, let row, let bytes):
            "\(path): row \(row), column '\(column)': has \(bytes) bytes in one row; a Parquet page holds at most "
                + "\(ColumnWriter.maximumPageBytes)"
        case .compression(let path, let column, let reason):
            "\(path): column '\(column)' cannot be compressed: \(reason)"
        case .unfinished(let path):
            "\(path): cannot be finished after an error while writing it"
        case .file(let error):
            error.description
        }
    }
}

public import JSON
import Parquet

/// The rows of a trace file one after the other.
public enum TraceFileRows {
    /// Gives the rows in a range to `body`; those behind the end are not missed.
    ///
    /// Of Parquet only the row groups that hold the range are read, of JSON everything up to its end. Memory is a few
    /// megabytes or the longest row.
    ///
    /// - Parameter range: rows, from 0.
    /// - Throws: ``DatasetError/noSuchRow(path:row:count:)`` when the file ends before the range begins;
    ///   `ParquetError`, `RecordError` or ``DatasetError/badRow(path:row:byte:reason:)`` for a file that cannot be read;
    ///   `CancellationError`; what `body` throws.
    public static func forEach(
        of path: String, in range: Range<Int>, _ body: (_ row: Int, JSONNode) throws -> Void
    ) throws {
        let count = TraceFiles.isParquet(path) ? try parquet(path, range, body) : try records(path, range, body)
        guard let count, range.lowerBound > 0, range.lowerBound >= count else { return }
        throw DatasetError.noSuchRow(path: path, row: range.lowerBound, count: count)
    }

    /// Returns the number of rows of the file.
    private static func parquet(
        _ path: String, _ range: Range<Int>, _ body: (Int, JSONNode) throws -> Void
    ) throws -> Int? {
        let file = try ParquetFile(path: path)
        let groups = file.rowGroups
        var first = 0
        var start = 0
        while first < groups.count, start + groups[first].rowCount <= range.lowerBound {
            start += groups[first].rowCount
            first += 1
        }
        let end = min(range.upperBound, file.rowCount)
        var reader = try ParquetReader(file, rowGroups: first..<groups.count)
        while reader.nextRow < end, let batch = try reader.nextBatch(maxRows: min(1 << 16, end - reader.nextRow)) {
            try Task.checkCancellation()
            for (index, row) in batch.rows.enumerated() where batch.firstRow + index >= range.lowerBound {
                try body(batch.firstRow + index, JSONNode(row))
            }
        }
        return file.rowCount
    }

    /// Returns the number of rows of the file where it came to its end.
    private static func records(
        _ path: String, _ range: Range<Int>, _ body: (Int, JSONNode) throws -> Void
    ) throws -> Int? {
        var reader = try RecordReader(path: path, recordLimit: DatasetBuilder.maximumRowBytes)
        var parser = try JSONParser()
        while let batch = try reader.nextBatch() {
            try Task.checkCancellation()
            for record in batch.records where record.row > range.lowerBound {
                guard record.row <= range.upperBound else { return nil }
                try body(record.row - 1, JSONNode(try parser.row(record, of: batch, path: path)))
            }
        }
        return reader.rows
    }
}

import JSON
import Parquet

/// A row that cannot be used.
struct BadRow: Error, Sendable {
    /// Where it lies.
    var place: RowPlace
    var reason: String
}

/// Where a row lies.
struct RowPlace: Sendable {
    /// Which of the parts that are read it is in.
    var part: Int
    /// Its number among the rows of its part, from 0.
    var row: Int
    /// Where it lies in the decompressed file, in bytes; nil where the format has no such place.
    var byte: Int?
}

/// What can be read from a row of a trace file.
protocol RowContent {
    /// - Throws: ``TraceRowError`` when the row is not of the shape.
    init(_ row: some RowValue, _ shape: TraceShape, _ columns: ColumnMapping) throws(TraceRowError)
}

extension TraceRow: RowContent {
    init(_ row: some RowValue, _ shape: TraceShape, _ columns: ColumnMapping) throws(TraceRowError) {
        self = try shape.row(row, columns)
    }
}

/// The problem of a row without its traces, for which some formats need not read these.
struct Problem: RowContent {
    var text: String
    var answer: String

    init(_ row: some RowValue, _ shape: TraceShape, _ columns: ColumnMapping) throws(TraceRowError) {
        (text, answer) = try shape.problem(of: row, columns)
    }
}

/// Reads the rows of batches one by one. It belongs to one thread at a time.
struct RowParser: ~Copyable {
    private let columns: ColumnMapping
    private var parser: JSONParser

    init(_ columns: ColumnMapping) throws {
        let parser = try JSONParser()
        self.columns = columns
        self.parser = parser
    }

    /// Calls `body` with every row of the batch, or with what is wrong with it; without a shape all of them are bad.
    ///
    /// - Throws: `CancellationError`, and what `body` throws.
    mutating func forEach<Content: RowContent>(
        _ batch: TraceBatch, _ body: (Result<Content, BadRow>, RowPlace) throws -> Void
    ) throws {
        for index in 0..<batch.count {
            try Task.checkCancellation()
            var place = RowPlace(part: batch.partIndex, row: batch.firstRow + index)
            let content: Result<Content, BadRow>
            do {
                switch batch.rows {
                case .records(let records):
                    let record = records.records[index]
                    place.byte = record.byteOffset
                    content = .success(try read(try parser.parse(record, of: records).root, batch.shape))
                case .parquet(let rows):
                    content = .success(try read(rows.rows[index], batch.shape))
                }
            } catch let error as JSONError {
                place.byte = (place.byte ?? 0) + error.byte
                content = .failure(BadRow(place: place, reason: "is not valid JSON: \(error.message)"))
            } catch let error as TraceRowError {
                content = .failure(BadRow(place: place, reason: error.reason))
            }
            try body(content, place)
        }
    }

    private func read<Content: RowContent>(
        _ value: some RowValue, _ shape: TraceShape?
    ) throws(TraceRowError) -> Content {
        guard let shape else { throw .noShape(value) }
        return try Content(value, shape, columns)
    }
}

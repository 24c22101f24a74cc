import JSON
import Parquet

/// Some consecutive rows of one trace file, to be worked on by any thread.
struct TraceBatch: Sendable {
    enum Rows: Sendable {
        case records(RecordBatch)
        case parquet(ParquetBatch)
    }

    let rows: Rows
    /// The shape of the file's rows; nil where no row has shown one yet.
    let shape: TraceShape?
    /// The part of a file that the rows are from.
    let part: InputPart
    /// Its place among the parts that are read.
    let partIndex: Int
    /// The number of the first row among the rows of its part, from 0.
    let firstRow: Int
    /// How many rows the parts before it hold.
    let rowsBefore: Int

    /// The number of a row in its file, from 1, as messages name it; nil where the rows before it were not counted.
    func number(of place: RowPlace) -> Int? {
        part.knownRowsBefore.map { $0 + place.row + 1 }
    }

    var count: Int {
        switch rows {
        case .records(let batch): batch.records.count
        case .parquet(let batch): batch.count
        }
    }

    /// What the rows take in memory, about.
    var bytes: Int {
        switch rows {
        case .records(let batch): batch.bytes.count
        case .parquet(let batch): batch.byteCount
        }
    }
}

import Checkpoints
import Files
import Tensors

/// Rows of numbers in a file, read in any order, from any thread.
protocol LogitSource: AnyObject, Sendable {
    /// Reads of so many rows that begin at multiples of it do no work twice.
    var granularity: Int { get }
    /// Fills `target` with rows of the dump's type and columns.
    ///
    /// - Returns: the rounding step of each row, where the file rounds each row to a step of its own.
    func read(rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws -> [Double]?
}

/// The rows of a tensor of a checkpoint.
final class TensorRows: LogitSource {
    let granularity: Int
    private let reader: any TensorReader
    private let rowByteCount: Int

    init(_ reader: any TensorReader, rowByteCount: Int) {
        self.reader = reader
        self.rowByteCount = rowByteCount
        granularity = (reader.granularity + rowByteCount - 1) / rowByteCount
    }

    func read(rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws -> [Double]? {
        try reader.read(at: rows.lowerBound * rowByteCount, into: target)
        return nil
    }
}

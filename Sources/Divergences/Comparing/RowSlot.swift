import Kernels
import Tensors

/// Memory for a block of rows of one or two dumps.
///
/// One thread at a time fills it, and none while it is measured.
final class RowSlot: @unchecked Sendable {
    /// The rounding steps of the rows of each dump; empty where rows have none of their own.
    private(set) var steps: [[Double]]
    private let dumps: [LogitDump]
    private let buffers: [LogitBuffer]

    init(_ dumps: [LogitDump], rows: Int) {
        self.dumps = dumps
        buffers = dumps.map { LogitBuffer(type: $0.type, rows: rows, columns: $0.columns) }
        steps = dumps.map { _ in [] }
    }

    /// How many rows a block has: so many bytes of each dump, or of what is found where rows are narrow, and whole chunks of
    /// the files where these are small enough.
    static func rows(for dumps: [LogitDump], _ settings: DumpComparison.Settings) -> Int {
        // A row's statistics, before and after they are sorted into columns, and both its lists of tokens.
        let found = 1024 + 16 * settings.topWidth
        let rows = max(1, settings.blockBytes / max(found, dumps.map(\.rowByteCount).max() ?? 1))
        let chunk = dumps.map(\.source.granularity).max() ?? 1
        return chunk <= rows ? rows / chunk * chunk : rows
    }

    /// Reads the rows of a block of each dump.
    func load(_ block: RowBlock) throws {
        for (index, dump) in dumps.enumerated() {
            steps[index].removeAll(keepingCapacity: true)
            try buffers[index].withBytes(rows: block.count) { (target: UnsafeMutableRawBufferPointer) throws -> Void in
                var offset = 0
                for run in block.runs {
                    try Task.checkCancellation()
                    let end = offset + run.count * dump.rowByteCount
                    let part = UnsafeMutableRawBufferPointer(rebasing: target[offset..<end])
                    if let found = try dump.source.read(rows: run, into: part) { steps[index] += found }
                    offset = end
                }
            }
        }
    }

    /// The rows of a dump, as they were read.
    func logits(_ dump: Int, rows: Int) -> LogitRows { LogitRows(buffers[dump], rows: 0..<rows) }

    /// The numbers in some columns of a row.
    func numbers(_ dump: Int, row: Int, columns: [Int]) -> [Double] {
        let (type, width) = (dumps[dump].type, dumps[dump].type.bitWidth / 8)
        return buffers[dump].withBytes(rows: row + 1) { bytes in
            let start = row * dumps[dump].rowByteCount
            return columns.map {
                precondition($0 >= 0 && $0 < dumps[dump].columns, "the column is the dump's")
                return TokenNumbers.number(UnsafeRawBufferPointer(bytes), at: start + $0 * width, type)
            }
        }
    }
}

public import Tensors

/// Memory for rows of logits of one type, [rows, columns] row by row without gaps, that it owns; zero at first.
///
/// Threads may read it at the same time; who writes meanwhile is at fault, as with any shared memory.
public final class LogitBuffer: @unchecked Sendable {
    /// `float16`, `bfloat16`, `float32` or `float64`.
    public let type: TensorType
    /// How many rows there is room for.
    public let rowCapacity: Int
    /// Numbers in a row.
    public let columns: Int
    private let memory: UnsafeMutablePointer<UInt8>
    private let byteCount: Int

    /// Zeros. Pages that are never written take no memory.
    ///
    /// - Parameters:
    ///   - type: `float16`, `bfloat16`, `float32` or `float64`; any other is a programmer's error.
    ///   - rows: How many there is room for.
    ///   - columns: Numbers in a row.
    public init(type: TensorType, rows: Int, columns: Int) {
        precondition(type.logitType != nil, "logits are floats of 16 bits or more")
        precondition(rows >= 0 && columns >= 0, "a buffer has a size")
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        precondition(!overflow && count < 1 << 48, "a buffer has a size")
        self.type = type
        rowCapacity = rows
        self.columns = columns
        byteCount = count * (type.bitWidth / 8)
        memory = LargeMemory.zeros(UInt8.self, count: byteCount)
    }

    deinit {
        LargeMemory.free(memory, count: byteCount)
    }

    /// Calls with the bytes of the first rows, little-endian, to be filled.
    ///
    /// - Parameter rows: At most ``rowCapacity``.
    public func withBytes<Result, Failure: Error>(
        rows: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(rows >= 0 && rows <= rowCapacity, "the rows are the buffer's")
        return try body(
            UnsafeMutableRawBufferPointer(start: memory, count: rows * columns * (type.bitWidth / 8)))
    }

    /// The first byte.
    var address: UnsafeRawPointer { UnsafeRawPointer(memory) }
}

/// Rows of logits in memory, of a ``LogitBuffer`` or of a ``Matrix``: a view, with which that memory lives.
public struct LogitRows: @unchecked Sendable {
    /// How many rows there are.
    public let rows: Int
    /// Numbers in a row.
    public let columns: Int
    /// The type of the numbers.
    public let type: TensorType
    private let base: UnsafeRawPointer
    private let stride: Int
    private let owner: AnyObject

    /// Some rows of a buffer.
    public init(_ buffer: LogitBuffer, rows: Range<Int>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= buffer.rowCapacity, "the rows are the buffer's")
        self.rows = rows.count
        columns = buffer.columns
        type = buffer.type
        stride = buffer.columns * (buffer.type.bitWidth / 8)
        base = buffer.address + rows.lowerBound * stride
        owner = buffer
    }

    /// All rows of a matrix.
    public init(_ matrix: Matrix) {
        rows = matrix.rows
        columns = matrix.columns
        type = .float32
        base = UnsafeRawPointer(matrix.base)
        stride = matrix.stride * 4
        owner = matrix.owner
    }

    /// The first byte of a row.
    func address(of row: Int) -> UnsafeRawPointer {
        precondition(row >= 0 && row < rows, "the row is there")
        return base + row * stride
    }
}

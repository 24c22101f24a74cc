public import Tensors

/// The weights of a layer, [outputs, inputs] row by row without gaps, in binary32 or bfloat16, in memory that it owns.
///
/// A vector (a bias, a norm's scale) is a matrix of one row. Numbers in bfloat16 are read by the products themselves; nothing
/// ever widens a whole matrix.
public final class WeightMatrix: @unchecked Sendable {
    /// Rows: the outputs of the layer.
    public let rows: Int
    /// Columns: the inputs of the layer.
    public let columns: Int
    /// `float32` or `bfloat16`.
    public let type: ElementType
    private let halves: UnsafeMutablePointer<UInt16>

    /// Zeros.
    ///
    /// - Parameter type: `float32` or `bfloat16`.
    public init(rows: Int, columns: Int, type: ElementType) {
        precondition(
            rows >= 0 && columns >= 0 && (type == .float32 || type == .bfloat16), "weights have a size and a type")
        let (size, overflow) = rows.multipliedReportingOverflow(by: columns)
        precondition(!overflow && size < 1 << 48, "weights have a size")
        self.rows = rows
        self.columns = columns
        self.type = type
        halves = LargeMemory.zeros(UInt16.self, count: type == .float32 ? size * 2 : size)
    }

    deinit {
        LargeMemory.free(halves, count: byteCount / 2)
    }

    /// How many numbers there are.
    public var count: Int { rows * columns }
    /// Bytes of all numbers.
    public var byteCount: Int { count * (type == .float32 ? 4 : 2) }

    /// Calls with the bytes of all numbers, little-endian, for loading, saving and the optimiser.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeMutableRawBufferPointer(start: halves, count: byteCount))
    }

    /// The first byte.
    var address: UnsafeRawPointer { UnsafeRawPointer(halves) }

    var float32: UnsafeMutablePointer<Float> {
        precondition(type == .float32, "the weights are binary32")
        return UnsafeMutableRawPointer(halves).assumingMemoryBound(to: Float.self)
    }

    var bfloat16: UnsafeMutablePointer<UInt16> {
        precondition(type == .bfloat16, "the weights are bfloat16")
        return halves
    }
}

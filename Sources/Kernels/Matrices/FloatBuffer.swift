/// Numbers of binary32 in memory that it owns, zero at first, at an address that is a multiple of 64.
///
/// Threads may use disjoint parts at the same time; who lets them overlap is at fault, as with any shared memory.
public final class FloatBuffer: @unchecked Sendable {
    /// How many numbers there are.
    public let count: Int
    private let memory: UnsafeMutablePointer<Float>

    /// Zeros. Pages that are never written take no memory.
    public init(count: Int) {
        precondition(count >= 0, "a buffer has a size")
        self.count = count
        // Whole pages from the system are zero already, and are only there once they are touched.
        memory = LargeMemory.zeros(Float.self, count: count)
    }

    deinit {
        LargeMemory.free(memory, count: count)
    }

    /// A matrix of the numbers from `offset` on, row by row without gaps.
    public func matrix(rows: Int, columns: Int, at offset: Int = 0) -> Matrix {
        precondition(rows >= 0 && columns >= 0 && offset >= 0, "a matrix has a size")
        let (size, overflow) = rows.multipliedReportingOverflow(by: columns)
        precondition(!overflow && size <= count && offset <= count - size, "the matrix lies inside the buffer")
        return Matrix(base: memory + offset, rows: rows, columns: columns, stride: columns, owner: self)
    }

    /// All numbers as one row.
    public var row: Matrix { matrix(rows: 1, columns: count) }
}

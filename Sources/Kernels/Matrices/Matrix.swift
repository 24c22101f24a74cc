/// A matrix of binary32 inside a ``FloatBuffer``, row by row; rows may be further apart than they are long.
///
/// It is a view: copies of it are the same numbers, and the buffer lives as long as any of them. Threads may write disjoint
/// views at the same time.
public struct Matrix: @unchecked Sendable {
    /// The first number.
    let base: UnsafeMutablePointer<Float>
    /// Rows.
    public let rows: Int
    /// Numbers in a row.
    public let columns: Int
    /// From the start of a row to that of the next, in numbers; at least ``columns``.
    public let stride: Int
    let owner: FloatBuffer

    init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int, owner: FloatBuffer) {
        self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride
        self.owner = owner
    }

    /// Some of the rows.
    public func rows(_ range: Range<Int>) -> Matrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "the rows are the matrix's")
        return Matrix(
            base: base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride, owner: owner)
    }

    /// Some of the columns.
    public func columns(_ range: Range<Int>) -> Matrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "the columns are the matrix's")
        return Matrix(base: base + range.lowerBound, rows: rows, columns: range.count, stride: stride, owner: owner)
    }

    /// All numbers of a matrix without gaps between its rows, as one row.
    public var asRow: Matrix {
        precondition(stride == columns || rows <= 1, "there are no gaps")
        return Matrix(base: base, rows: 1, columns: rows * columns, stride: rows * columns, owner: owner)
    }

    /// The number in a row and a column.
    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "the number is in the matrix")
            return base[row * stride + column]
        }
        nonmutating set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "the number is in the matrix")
            base[row * stride + column] = newValue
        }
    }

    /// Sets every number.
    public func fill(_ value: Float) {
        for row in 0..<rows { (base + row * stride).update(repeating: value, count: columns) }
    }

    /// Copies the numbers of a matrix of the same shape.
    public func copy(_ other: Matrix) {
        precondition(other.rows == rows && other.columns == columns, "the shapes agree")
        for row in 0..<rows { (base + row * stride).update(from: other.base + row * other.stride, count: columns) }
    }

    /// The numbers of one row.
    public func array(row: Int) -> [Float] {
        precondition(row >= 0 && row < rows, "the row is in the matrix")
        return Array(UnsafeBufferPointer(start: base + row * stride, count: columns))
    }

    /// Sets one row.
    public func set(row: Int, _ values: [Float]) {
        precondition(row >= 0 && row < rows && values.count == columns, "the row is in the matrix")
        for (column, value) in values.enumerated() { base[row * stride + column] = value }
    }

    /// Calls with the bytes of a row, for reading from and writing to files.
    public func withBytes<Result, Failure: Error>(
        ofRow row: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(row >= 0 && row < rows, "the row is in the matrix")
        return try body(UnsafeMutableRawBufferPointer(start: base + row * stride, count: columns * 4))
    }
}

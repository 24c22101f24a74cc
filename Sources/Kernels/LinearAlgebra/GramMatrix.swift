import COpenBLAS

/// A'A of a tall matrix A, or AA' of a wide one, collected from blocks of A; its eigenvalues are the squares of A's
/// singular values.
///
/// Squaring halves the digits: singular values below ``resolution`` times the largest are lost in rounding. In exchange A
/// is never held: memory is order² numbers.
public struct GramMatrix: ~Copyable {
    /// The numbers that the sums are kept in.
    public enum Precision: Sendable, Hashable {
        case float32, float64

        /// Bytes of a number.
        public var byteWidth: Int { self == .float64 ? 8 : 4 }
        /// The distance from 1 to the next number.
        var epsilon: Double { self == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne) }
    }

    /// Rows, and columns, of the matrix.
    public let order: Int
    /// The numbers that the sums are kept in.
    public let precision: Precision
    private let memory: UnsafeMutableRawBufferPointer

    /// The matrix of zeros.
    ///
    /// - Parameter order: from 1 to 32,768.
    public init(order: Int, precision: Precision) {
        precondition((1...32768).contains(order), "the order is in range")
        self.order = order
        self.precision = precision
        memory = .allocate(byteCount: order * order * precision.byteWidth, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        memory.deallocate()
    }

    /// The share of the largest singular value below which others are not to be trusted: the root of order times epsilon.
    public var resolution: Double { (Double(order) * precision.epsilon).squareRoot() }

    /// Adds B'B for a block of whole rows of A, which has `order` columns.
    ///
    /// - Parameter block: row by row, without gaps; as many numbers as `order` times its rows.
    public mutating func add(rows block: UnsafeBufferPointer<Double>) {
        update(block.baseAddress, transposed: false, inner: block.count / order)
    }

    /// Adds BB' for a block of whole columns of A, which has `order` rows.
    ///
    /// - Parameter block: row by row, without gaps; as many numbers as `order` times its columns.
    public mutating func add(columns block: UnsafeBufferPointer<Double>) {
        update(block.baseAddress, transposed: true, inner: block.count / order)
    }

    /// As ``add(rows:)-(UnsafeBufferPointer<Double>)``, for sums in binary32.
    public mutating func add(rows block: UnsafeBufferPointer<Float>) {
        update(block.baseAddress, transposed: false, inner: block.count / order)
    }

    /// As ``add(columns:)-(UnsafeBufferPointer<Double>)``, for sums in binary32.
    public mutating func add(columns block: UnsafeBufferPointer<Float>) {
        update(block.baseAddress, transposed: true, inner: block.count / order)
    }

    // A row-major block is its own transpose to Fortran.
    private mutating func update(_ block: UnsafePointer<Double>?, transposed: Bool, inner: Int) {
        precondition(precision == .float64, "the block has the precision of the sums")
        guard let block, inner > 0 else { return }
        var (n, k, one) = (Int32(order), Int32(inner), 1.0)
        var stride = transposed ? k : n
        dsyrk_("L", transposed ? "T" : "N", &n, &k, &one, block, &stride, &one, numbers(Double.self), &n, 1, 1)
    }

    private mutating func update(_ block: UnsafePointer<Float>?, transposed: Bool, inner: Int) {
        precondition(precision == .float32, "the block has the precision of the sums")
        guard let block, inner > 0 else { return }
        var (n, k, one) = (Int32(order), Int32(inner), Float(1))
        var stride = transposed ? k : n
        ssyrk_("L", transposed ? "T" : "N", &n, &k, &one, block, &stride, &one, numbers(Float.self), &n, 1, 1)
    }

    private func numbers<Number>(_ type: Number.Type) -> UnsafeMutablePointer<Number>? {
        memory.bindMemory(to: type).baseAddress
    }

    /// The eigenvalues, descending; what rounding made negative is 0. Nil where a sum is not finite, or the iteration does
    /// not converge.
    ///
    /// - Complexity: 4/3 order³ operations.
    public consuming func eigenvalues() -> [Double]? {
        guard isFinite else { return nil }
        var (n, info) = (Int32(order), Int32(0))
        var (workSize, integerWorkSize) = (Int32(max(2 * order + 1, 64 * order)), Int32(1))
        var integerWork = [Int32](repeating: 0, count: 1)
        let values: [Double]
        switch precision {
        case .float64:
            var found = [Double](repeating: 0, count: order)
            var work = [Double](repeating: 0, count: Int(workSize))
            dsyevd_(
                "N", "L", &n, numbers(Double.self), &n, &found, &work, &workSize, &integerWork, &integerWorkSize,
                &info, 1, 1)
            values = found
        case .float32:
            var found = [Float](repeating: 0, count: order)
            var work = [Float](repeating: 0, count: Int(workSize))
            ssyevd_(
                "N", "L", &n, numbers(Float.self), &n, &found, &work, &workSize, &integerWork, &integerWorkSize,
                &info, 1, 1)
            values = found.map(Double.init)
        }
        guard info == 0, values.allSatisfy(\.isFinite) else { return nil }
        return values.reversed().map { max(0, $0) }
    }

    private var isFinite: Bool {
        // What went beyond the largest number also did so on the diagonal, which bounds the rest.
        switch precision {
        case .float64:
            guard let numbers = numbers(Double.self) else { return true }
            return (0..<order).allSatisfy { numbers[$0 * (order + 1)].isFinite }
        case .float32:
            guard let numbers = numbers(Float.self) else { return true }
            return (0..<order).allSatisfy { numbers[$0 * (order + 1)].isFinite }
        }
    }

    /// Sets how many threads work on all matrices of this process from now on.
    public static func use(threads: Int) {
        openblas_set_num_threads(Int32(clamping: max(1, threads)))
    }
}

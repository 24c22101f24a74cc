import Kernels
import Testing

@Suite struct GramMatrixTests {
    /// 4 x 3 with singular values 6, 3 and 1: scaled columns of an orthogonal matrix.
    private static let tall = [
        3.0, 1.5, 0.5, 3, -1.5, 0.5, 3, 1.5, -0.5, 3, -1.5, -0.5,
    ]

    @Test(arguments: [GramMatrix.Precision.float64, .float32], [1, 2, 4])
    func eigenvaluesAreSquaresOfSingularValues(_ precision: GramMatrix.Precision, _ step: Int) throws {
        var gram = GramMatrix(order: 3, precision: precision)
        for start in stride(from: 0, to: 4, by: step) {
            let block = Array(Self.tall[start * 3..<(start + step) * 3])
            if precision == .float64 {
                block.withUnsafeBufferPointer { gram.add(rows: $0) }
            } else {
                block.map { Float($0) }.withUnsafeBufferPointer { gram.add(rows: $0) }
            }
        }
        let eigenvalues = gram.eigenvalues()
        let found = try #require(eigenvalues)
        for (value, expected) in zip(found, [36.0, 9, 1]) { #expect((value - expected).magnitude < 1e-5) }
    }

    @Test func columnsOfAWideMatrix() throws {
        // The transpose, in two blocks of two columns.
        var gram = GramMatrix(order: 3, precision: .float64)
        for start in [0, 2] {
            let block = (0..<3).flatMap { row in (start..<start + 2).map { Self.tall[$0 * 3 + row] } }
            block.withUnsafeBufferPointer { gram.add(columns: $0) }
        }
        let eigenvalues = gram.eigenvalues()
        let found = try #require(eigenvalues)
        for (value, expected) in zip(found, [36.0, 9, 1]) { #expect((value - expected).magnitude < 1e-12) }
    }

    @Test func whatIsNotFiniteHasNoEigenvalues() {
        for bad in [Double.nan, .infinity, 1e200] {
            var gram = GramMatrix(order: 2, precision: .float64)
            [1, bad].withUnsafeBufferPointer { gram.add(rows: $0) }
            let eigenvalues = gram.eigenvalues()
            #expect(eigenvalues == nil)
        }
    }
}

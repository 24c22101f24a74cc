import Checkpoints
import Kernels

extension LoRAAdapter {
    /// Adds scale B A to the weights of the projections.
    ///
    /// Sums are in binary32 and rounded once to the type of the weights.
    ///
    /// - Throws: `invalidRequest` where the adapter is that of a model of other shapes; `CancellationError`, with which the
    ///   weights are of no use any more.
    /// - Complexity: rank times the number of weights.
    public func merge(into weights: TransformerWeights, threads: Int = 2) throws {
        try add(to: weights, factor: scale, threads: threads)
    }

    /// Takes scale B A away from the weights again: what ``merge(into:threads:)`` made becomes what was there before, but for
    /// the rounding of two sums. Keep a copy of weights that have to be the same bits.
    ///
    /// - Throws: as ``merge(into:threads:)``.
    public func unmerge(from weights: TransformerWeights, threads: Int = 2) throws {
        try add(to: weights, factor: -scale, threads: threads)
    }

    private func add(to weights: TransformerWeights, factor: Float, threads: Int) throws {
        for (index, place) in places.enumerated() {
            guard let matrix = weights.matrix(place.role, layer: place.layer), matrix.rows == place.outputs,
                matrix.columns == place.inputs
            else {
                throw TransformerError(
                    .invalidRequest, path: configuration.baseModel ?? "adapter", subject: place.module,
                    "has other shapes in the adapter than in the model; the adapter belongs to another one")
            }
            let (a, b) = (a(index), b(index))
            let factors = (0..<a.rows).map { a.array(row: $0) }
            let rows = 64
            try Workers.run(jobs: (matrix.rows + rows - 1) / rows, threads: threads) { job in
                for row in job * rows..<min((job + 1) * rows, matrix.rows) {
                    Self.add(b.array(row: row), times: factors, factor: factor, to: matrix, row: row)
                }
            }
        }
    }

    private static func add(
        _ coefficients: [Float], times factors: [[Float]], factor: Float, to matrix: WeightMatrix, row: Int
    ) {
        var change = [Float](repeating: 0, count: matrix.columns)
        var sum = TransformerWeights.numbers(of: matrix, at: row * matrix.columns, count: matrix.columns)
        change.withUnsafeMutableBufferPointer { change in
            for (coefficient, values) in zip(coefficients, factors) {
                values.withUnsafeBufferPointer { VectorKernels.accumulate(change, adding: $0, times: coefficient) }
            }
            sum.withUnsafeMutableBufferPointer {
                VectorKernels.accumulate($0, adding: UnsafeBufferPointer(change), times: factor)
            }
        }
        TransformerWeights.store(sum, in: matrix, at: row * matrix.columns)
    }
}

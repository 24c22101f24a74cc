import Kernels

/// Singular values of matrices that are never held: A'A or AA' of the smaller side is collected from blocks.
enum SpectrumScan {
    /// The largest side of A'A or AA' in binary64: 256 MiB.
    static let largestExact = 5792
    /// The largest one in binary32: 256 MiB too.
    static let largest = 8192
    /// Numbers in a block.
    private static let blockSize = 1 << 20

    /// The spectrum of a matrix, or why there is none.
    ///
    /// - Throws: what reading throws, `CancellationError`.
    /// - Complexity: rows times columns times the smaller of both, and its cube. Memory: its square.
    static func spectrum(of matrix: some MatrixBlocks) throws -> SpectrumResult {
        let (rows, columns) = (matrix.rowCount, matrix.columnCount)
        guard min(rows, columns) >= 2 else { return .skipped(reason: "one dimension is below 2") }
        // Columns of what can only be read in order would be read over and over.
        let isWide = rows < columns && matrix.isRandomAccess
        let order = isWide ? rows : columns
        guard order <= largest else {
            return .skipped(
                reason: rows < columns && !isWide
                    ? "its data lies compressed and it has more than \(largest) columns"
                    : "its smaller dimension is above \(largest)")
        }
        var gram = GramMatrix(order: order, precision: order <= largestExact ? .float64 : .float32)
        try collect(matrix, isWide: isWide, into: &gram)
        let resolution = gram.resolution
        guard let eigenvalues = gram.eigenvalues() else {
            return .skipped(reason: "it holds NaN, infinities or numbers whose squares overflow")
        }
        let values = eigenvalues.prefix(min(rows, columns)).map { $0.squareRoot() }
        guard let spectrum = TensorSpectrum(singularValues: values, resolution: resolution) else {
            return .skipped(reason: "it is empty")
        }
        return .measured(spectrum)
    }

    private static func collect(
        _ matrix: some MatrixBlocks, isWide: Bool, into gram: inout GramMatrix
    ) throws {
        let (rows, columns) = (matrix.rowCount, matrix.columnCount)
        let (order, length) = isWide ? (rows, columns) : (columns, rows)
        let step = min(length, max(16, blockSize / order))
        let block = UnsafeMutableBufferPointer<Double>.allocate(capacity: step * order)
        defer { block.deallocate() }
        let narrow = UnsafeMutableBufferPointer<Float>.allocate(
            capacity: gram.precision == .float32 ? step * order : 0)
        defer { narrow.deallocate() }
        for start in stride(from: 0, to: length, by: step) {
            try Task.checkCancellation()
            let part = start..<min(length, start + step)
            let filled = UnsafeMutableBufferPointer(rebasing: block[..<(part.count * order)])
            try matrix.fill(filled, rows: isWide ? 0..<rows : part, columns: isWide ? part : 0..<columns)
            if gram.precision == .float64 {
                let numbers = UnsafeBufferPointer(filled)
                if isWide { gram.add(columns: numbers) } else { gram.add(rows: numbers) }
            } else {
                let numbers = UnsafeMutableBufferPointer(rebasing: narrow[..<filled.count])
                for index in filled.indices { numbers[index] = Float(filled[index]) }
                let singles = UnsafeBufferPointer(numbers)
                if isWide { gram.add(columns: singles) } else { gram.add(rows: singles) }
            }
        }
    }
}

extension SpectrumScan {
    /// Sets how many threads work on one matrix from now on.
    static func use(threads: Int) {
        GramMatrix.use(threads: threads)
    }
}

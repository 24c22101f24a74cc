import HDF5

extension PrefixDataset {
    /// The first token whose id is not below a limit, or is below 0, and the row that it is in; nil where there is none.
    ///
    /// - Throws: `HDF5Error`; `CancellationError`.
    /// - Complexity: reads every token once, 16 MiB at a time.
    public func firstToken(outside limit: Int) throws -> (row: Int, id: Int32)? {
        let size = 4 << 20
        var start = 0
        while start < tokenCount {
            try Task.checkCancellation()
            let tokens = try columns.tokens.read(Int32.self, rows: start..<min(start + size, tokenCount))
            // As unsigned numbers those below 0 are the largest.
            if tokens.reduce(UInt32(0), { max($0, UInt32(bitPattern: $1)) }) >= limit {
                for (index, id) in tokens.enumerated() where id < 0 || Int(id) >= limit {
                    return (try row(ofToken: start + index), id)
                }
            }
            start += tokens.count
        }
        return nil
    }

    /// The row that a token is in, by bisection.
    private func row(ofToken token: Int) throws -> Int {
        var (low, high) = (0, max(rowCount - 1, 0))
        while low < high {
            let middle = low + (high - low + 1) / 2
            if Int(try columns.offsets.read(Int64.self, rows: middle..<middle + 1)[0]) <= token {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return low
    }
}

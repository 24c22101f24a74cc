import HDF5

extension PrefixDataset {
    /// For each row the number of its prompt among all rows read.
    ///
    /// - Throws: `HDF5Error`.
    /// - Complexity: linear in the number of rows; the tokens are not read.
    public func promptIndices() throws -> [Int32] {
        try columns.promptIndices.read(Int32.self, rows: 0..<rowCount)
    }
}

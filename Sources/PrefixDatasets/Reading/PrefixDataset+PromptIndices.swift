import HDF5

extension PrefixDataset {
    /// For each row the number of its prompt among all rows read.
    ///
    /// - Throws: `HDF5Error`.
    /// - Complexity: linear in the number of rows; the tokens are not read.
    public func promptIndices() throws -> [Int32] {
        try columns.promptIndices.read(Int32.self, rows: 0..<rowCount)
    }

    /// For each row the tokens of its prompt and of its expert.
    ///
    /// - Throws: ``DatasetError/contractBroken(path:violations:)`` for a length below 0; `HDF5Error`.
    /// - Complexity: linear in the number of rows; the tokens are not read.
    public func lengths() throws -> [(prompt: Int, expert: Int)] {
        let prompts = try columns.promptLengths.read(Int32.self, rows: 0..<rowCount)
        let experts = try columns.expertLengths.read(Int32.self, rows: 0..<rowCount)
        guard prompts.allSatisfy({ $0 >= 0 }), experts.allSatisfy({ $0 >= 0 }) else {
            throw DatasetError.contractBroken(path: path, violations: ["there are lengths below 0"])
        }
        return zip(prompts, experts).map { (Int($0), Int($1)) }
    }
}

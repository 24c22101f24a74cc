extension ParquetFile {
    /// The rows in which a column of ``schema`` is null.
    ///
    /// By the footer where it says so; otherwise the smallest leaf of the column is read, in bounded memory.
    ///
    /// - Throws: ``ParquetError`` when the column is read and cannot be.
    public func nullCount(of column: StoredField) throws(ParquetError) -> Int {
        guard column.isNullable, let first = column.leaves.first, column.leaves.upperBound <= metadata.leaves.count
        else {
            return 0
        }
        if column.leaves.count == 1 {
            let counts = metadata.rowGroups.map { RowGroup.nullCount(of: $0.chunks[first]) }
            let isSingle = if case .value = column.kind { true } else { false }
            // In lists, what is counted besides nulls are empty lists; only where there are none do the counts say all.
            if !counts.contains(nil), isSingle || counts.allSatisfy({ $0 == 0 }) {
                return counts.reduce(0) { $0 + ($1 ?? 0) }
            }
        }
        func bytes(_ leaf: Int) -> Double {
            metadata.rowGroups.reduce(0) { $0 + Double($1.chunks[leaf].compressedSize) }
        }
        let smallest = column.leaves.min { bytes($0) < bytes($1) } ?? first
        var reader = try ParquetReader(self, leaf: smallest)
        var count = 0
        while let batch = try reader.nextBatch() {
            guard case .structure(let columns) = batch.root.content, let column = columns.first else { return count }
            for slot in 0..<column.count where column.isNull(slot) { count += 1 }
        }
        return count
    }
}

/// Consecutive rows of a Parquet file, held by columns. Used from any thread.
public struct ParquetBatch: Sendable {
    /// The number of the first row in the file, from 0.
    public let firstRow: Int
    let root: Column

    /// The number of rows.
    public var count: Int { root.count }

    /// The rows, each an object with a member for every projected column.
    public var rows: Rows { Rows(root: root) }

    /// The rows of a batch.
    public struct Rows: RandomAccessCollection, Sendable {
        let root: Column

        /// 0
        public var startIndex: Int { 0 }
        /// The number of rows.
        public var endIndex: Int { root.count }

        /// A row, from 0 within the batch. Constant time.
        public subscript(position: Int) -> ParquetValue {
            precondition(position >= 0 && position < root.count, "a row outside the batch")
            return ParquetValue(column: root, slot: position)
        }
    }
}

/// Some consecutive records of a trace file, with one buffer for all of them, to be parsed on any thread.
public struct RecordBatch: Sendable {
    /// Where a record lies.
    public struct Record: Hashable, Sendable {
        /// The record's bytes in ``RecordBatch/bytes``, without blanks around them.
        public let range: Range<Int>
        /// The number of the record in the file, from 1; blank lines do not count.
        public let row: Int
        /// The line on which the record starts, from 1.
        public let line: Int
        /// The offset of the record in the decompressed file, in bytes.
        public let byteOffset: Int
    }

    /// The bytes of the records and what lies between them.
    public let bytes: [UInt8]
    /// The records in the order of the file; at least one.
    public let records: [Record]

    /// A copy of the bytes of a record.
    ///
    /// - Precondition: the record is of this batch.
    public func copy(of record: Record) -> [UInt8] { Array(bytes[record.range]) }

    /// Gives the bytes of a record without copying them; they must not be used after `body` returns.
    ///
    /// - Precondition: the record is of this batch.
    public func withBytes<Result, Failure>(
        of record: Record, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(record.range.upperBound <= bytes.count, "a record of another batch")
        return try bytes.span.bytes.withUnsafeBytes { (all) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: all[record.range]))
        }
    }
}

import Files
import JSON
import Parquet

/// How the rows of trace files are divided over shards: by the files and the size wanted alone, never by how many
/// processes there are, so that any number of them makes the same shards.
///
/// Parquet files are cut between row groups, uncompressed files of JSON lines between lines; other files stay whole.
struct ShardPlan: Equatable, Sendable {
    /// What is read, in order.
    private(set) var parts: [InputPart] = []
    /// For each shard, which of the parts.
    private(set) var shards: [Range<Int>] = []

    /// The most shards: their names have room for five digits.
    static let maximumShards = 99_999

    private let size: Int
    private var filled = 0

    /// Divides the files into shards that each take the next stretch of at least `size` bytes of uncompressed input.
    ///
    /// - Throws: `FileError` or `ParquetError` when a file cannot be read; ``DatasetError/tooManyShards(size:)``.
    init(_ files: [String], size: Int) throws {
        self.size = size
        for path in files {
            if TraceFiles.isParquet(path) {
                try addRowGroups(of: path)
            } else if let bytes = try RecordReader.sizeOfLines(inFileAt: path) {
                try addLines(of: path, bytes)
            } else {
                try add(.whole, of: path, bytes: try FileSystem.size(ofFileAt: path))
            }
        }
        if filled > 0 { closeShard() }
    }

    /// Leaves out what is behind the first `count` parts, but never everything.
    mutating func truncate(toParts count: Int) {
        shards = shards.filter { $0.lowerBound < max(1, count) }
    }

    /// The bytes on disk that a shard is made from.
    func bytes(ofShard shard: Int) throws -> Int {
        try parts[shards[shard]].reduce(0) { try $0 + $1.byteRange().count }
    }

    private mutating func addRowGroups(of path: String) throws {
        let groups = try ParquetFile(path: path).rowGroups
        guard !groups.isEmpty else { throw DatasetError.emptyFile(path: path) }
        var start = 0
        var rowsBefore = 0
        while start < groups.count {
            var end = start
            var bytes = 0
            repeat {
                bytes = bytes.adding(groups[end].uncompressedBytes)
                end += 1
            } while end < groups.count && filled.adding(bytes) < size
            let isWhole = start == 0 && end == groups.count
            let range = Self.byteRange(of: groups[start..<end])
            try add(
                isWhole ? .whole : .rowGroups(start..<end, bytes: range), of: path, bytes: max(1, bytes),
                rowsBefore: rowsBefore)
            rowsBefore = groups[start..<end].reduce(rowsBefore) { $0.adding($1.rowCount) }
            start = end
        }
    }

    /// From the first byte of any of the row groups to behind the last: they may lie in any order, and some may be empty.
    private static func byteRange(of groups: ArraySlice<ParquetFile.RowGroup>) -> Range<Int> {
        let ranges = groups.map(\.byteRange).filter { !$0.isEmpty }
        guard let start = ranges.map(\.lowerBound).min(), let end = ranges.map(\.upperBound).max() else { return 0..<0 }
        return start..<end
    }

    private mutating func addLines(of path: String, _ bytes: Int) throws {
        var start = 0
        while start < bytes {
            let wanted = start + max(1, size - filled)
            let end = wanted >= bytes ? bytes : try RecordReader.lineStart(inFileAt: path, from: wanted)
            try add(start == 0 && end == bytes ? .whole : .bytes(start..<end), of: path, bytes: end - start)
            start = end
        }
        if bytes == 0 { throw DatasetError.emptyFile(path: path) }
    }

    private mutating func add(
        _ extent: InputPart.Extent, of path: String, bytes: Int, rowsBefore: Int? = nil
    ) throws {
        parts.append(InputPart(path: path, extent: extent, rowsBefore: rowsBefore))
        filled = filled.adding(bytes)
        if filled >= size { closeShard() }
        guard shards.count <= Self.maximumShards else { throw DatasetError.tooManyShards(size: size) }
    }

    private mutating func closeShard() {
        shards.append((shards.last?.upperBound ?? 0)..<parts.count)
        filled = 0
    }
}

extension Int {
    /// The sum, or the largest number there is: sizes are what a file says of itself.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}

import Files
import JSON
import Parquet

/// A stretch of a trace file that is read from front to back.
struct InputPart: Equatable, Sendable {
    /// Which of the file's rows.
    enum Extent: Equatable, Sendable {
        /// All of them.
        case whole
        /// The lines in a range of bytes, which begins and ends where lines do.
        case bytes(Range<Int>)
        /// Row groups of a Parquet file.
        case rowGroups(Range<Int>, bytes: Range<Int>)
    }

    let path: String
    let extent: Extent

    /// The bytes of the file on disk that hold the rows.
    func byteRange() throws -> Range<Int> {
        switch extent {
        case .whole: 0..<(try FileSystem.size(ofFileAt: path))
        case .bytes(let range), .rowGroups(_, let range): range
        }
    }

    /// What the provenance records: the file, and which bytes of it where they are not all.
    func provenance(digest: String) throws -> JSONNode {
        var members: [(key: String, value: JSONNode)] = [
            ("path", .string(path)), ("bytes", .int(Int64(try FileSystem.size(ofFileAt: path)))),
        ]
        if extent != .whole {
            let range = try byteRange()
            members.append(("range", [.int(Int64(range.lowerBound)), .int(Int64(range.upperBound))]))
        }
        members.append(("sha256", .string(digest)))
        return .object(members)
    }

    /// How many rows of the file come before those of the part; reads what is before it, which only an error is worth.
    func precedingRows() throws -> Int {
        switch extent {
        case .whole:
            return 0
        case .rowGroups(let groups, _):
            return try ParquetFile(path: path).rowGroups.prefix(groups.lowerBound).reduce(0) { $0 + $1.rowCount }
        case .bytes(let range):
            var reader = try RecordReader(
                path: path, layout: .lines, range: 0..<range.lowerBound, recordLimit: DatasetBuilder.maximumRowBytes)
            while try reader.nextBatch() != nil {}
            return reader.rows
        }
    }
}

import Files
import JSON

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
    /// How many rows of the file come before those of the part; nil where they would have to be read for it.
    let knownRowsBefore: Int?

    init(path: String, extent: Extent, rowsBefore: Int? = nil) {
        self.path = path
        self.extent = extent
        knownRowsBefore = extent == .whole ? 0 : rowsBefore
    }

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

    /// How many rows of the file come before those of the part; reads what is before it where that is not known, which
    /// only an error is worth.
    func rowsBefore() throws -> Int {
        if let knownRowsBefore { return knownRowsBefore }
        var reader = try RecordReader(
            path: path, layout: .lines, range: 0..<(try byteRange().lowerBound),
            recordLimit: DatasetBuilder.maximumRowBytes)
        while try reader.nextBatch() != nil {}
        return reader.rows
    }
}

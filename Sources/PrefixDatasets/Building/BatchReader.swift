import Files
import JSON

/// Some rows of one trace file, to be tokenised.
struct TraceBatch: Sendable {
    let records: RecordBatch
    /// The shape of the file's rows; nil where no row has shown one yet.
    let shape: TraceShape?
    /// The file.
    let path: String
    /// How many rows the files before it hold.
    let firstPrompt: Int
}

/// Reads the batches of several trace files, one after the other.
struct BatchReader: ~Copyable {
    /// The files that are done, as the provenance records them.
    private(set) var inputs: [JSONNode] = []

    /// Bytes read so far, as they lie on disk.
    private(set) var bytesRead = 0

    private let files: [String]
    private let settings: DatasetSettings
    private var reader: RecordReader?
    private var shape: TraceShape?
    private var rowsBefore = 0
    private var bytesBefore = 0

    init(_ files: [String], _ settings: DatasetSettings) {
        self.files = files
        self.settings = settings
    }

    /// The next batch of at most about `maxBytes`, or nil behind the last file.
    ///
    /// - Throws: `RecordError` or `FileError` when a file cannot be read; ``DatasetError/emptyFile(path:)``.
    mutating func next(maxBytes: Int) throws -> TraceBatch? {
        while inputs.count < files.count {
            let path = files[inputs.count]
            if reader == nil {
                reader = try RecordReader(path: path, recordLimit: DatasetBuilder.maximumRowBytes, hashing: true)
                shape = nil
            }
            let records = try reader?.nextBatch(maxBytes: maxBytes)
            bytesRead = bytesBefore + (reader?.consumed ?? 0)
            if let records {
                shape = try shape ?? recognizeShape(of: records)
                return TraceBatch(records: records, shape: shape, path: path, firstPrompt: rowsBefore)
            }
            try finish(path)
        }
        return nil
    }

    private mutating func finish(_ path: String) throws {
        let rows = reader?.rows ?? 0
        guard rows > 0 else { throw DatasetError.emptyFile(path: path) }
        let digest = try reader?.digest()
        let size = try FileSystem.size(ofFileAt: path)
        inputs.append(
            .object([
                ("path", .string(path)), ("bytes", .int(Int64(size))), ("sha256", digest.map(JSONNode.string) ?? .null),
            ]))
        rowsBefore += rows
        bytesBefore += size
        reader = nil
    }

    /// The shape of a file by its first row that has one, as far as bad rows are tolerated; nil when none has.
    private func recognizeShape(of batch: RecordBatch) throws -> TraceShape? {
        var parser = try JSONParser()
        for record in batch.records.prefix(settings.toleratedBadRows + 1) {
            // What is wrong with a row is said when it is tokenised.
            guard let document = try? parser.parse(record, of: batch) else { continue }
            if let shape = TraceShape.recognized(in: document.root, settings.columns) { return shape }
        }
        return nil
    }
}

import Files
import JSON
import Parquet

/// Reads the batches of several parts of trace files, one after the other.
struct BatchReader: ~Copyable {
    /// What it reads.
    let parts: [InputPart]

    /// Bytes read so far, as they lie on disk.
    private(set) var bytesRead = 0
    /// The digests of the parts that are done, some of which may still be computed.
    private(set) var digests: [InputDigest] = []

    private let columns: ColumnMapping
    private let toleratedBadRows: Int
    private let purpose: Purpose
    private var source: Source?
    private var part = 0
    private var shape: TraceShape?
    private var rowsInPart = 0
    private var rowsBefore = 0
    private var bytesBefore = 0

    /// What the rows are read for.
    enum Purpose {
        /// Everything; the bytes read are digested.
        case dataset
        /// Everything.
        case traces
        /// The problems; columns that they do not need are left out where the format can.
        case problems
    }

    private enum Source: ~Copyable, Sendable {
        case records(RecordReader)
        case parquet(ParquetReader)
    }

    /// - Parameter toleratedBadRows: how many rows at the start of a file may show no shape.
    init(_ parts: [InputPart], _ columns: ColumnMapping, for purpose: Purpose, toleratedBadRows: Int = 0) {
        self.parts = parts
        self.columns = columns
        self.purpose = purpose
        self.toleratedBadRows = toleratedBadRows
    }

    /// The next batch of at most about `maxBytes`, or nil behind the last part.
    ///
    /// - Throws: `RecordError`, `ParquetError` or `FileError` when a file cannot be read;
    ///   ``DatasetError/emptyFile(path:)``.
    mutating func next(maxBytes: Int) throws -> TraceBatch? {
        while part < parts.count {
            if source == nil { try open(parts[part]) }
            guard let rows = try nextRows(maxBytes) else {
                try finish(parts[part])
                continue
            }
            shape = try shape ?? recognizeShape(of: rows)
            let batch = TraceBatch(
                rows: rows, shape: shape, part: parts[part], partIndex: part, firstRow: rowsInPart,
                rowsBefore: rowsBefore)
            rowsInPart += batch.count
            return batch
        }
        return nil
    }

    private mutating func open(_ part: InputPart) throws {
        shape = nil
        rowsInPart = 0
        if TraceFiles.isParquet(part.path) {
            let file = try ParquetFile(path: part.path)
            var groups = 0..<file.rowGroups.count
            if case .rowGroups(let range, _) = part.extent { groups = range }
            // The columns of the traces tell the shape of the rows; where they are left out, it is found beforehand.
            if purpose == .problems { shape = try firstShape(of: part) }
            source = .parquet(try ParquetReader(file, columns: columnsToRead(of: file), rowGroups: groups))
            if purpose == .dataset { digests.append(InputDigest(reading: part)) }
        } else {
            var range: Range<Int>?
            if case .bytes(let bytes) = part.extent { range = bytes }
            source = .records(
                try RecordReader(
                    path: part.path, layout: range == nil ? nil : .lines, range: range,
                    recordLimit: DatasetBuilder.maximumRowBytes, hashing: purpose == .dataset))
        }
    }

    private mutating func nextRows(_ maxBytes: Int) throws -> TraceBatch.Rows? {
        switch source.take() {
        case nil:
            return nil
        case .records(var reader):
            let batch = try reader.nextBatch(maxBytes: maxBytes)
            bytesRead = bytesBefore + reader.consumed
            source = .records(reader)
            return batch.map(TraceBatch.Rows.records)
        case .parquet(var reader):
            let batch = try reader.nextBatch(
                maxRows: 4096, maxBytes: maxBytes, rowLimit: DatasetBuilder.maximumRowBytes)
            bytesRead = bytesBefore + reader.consumed
            source = .parquet(reader)
            return batch.map(TraceBatch.Rows.parquet)
        }
    }

    private mutating func finish(_ part: InputPart) throws {
        // A part of a file may well have no rows: blank lines, an empty row group.
        guard rowsInPart > 0 || part.extent != .whole else { throw DatasetError.emptyFile(path: part.path) }
        switch source.take() {
        case .records(var reader):
            if let digest = try reader.digest() { digests.append(InputDigest(of: part, digest)) }
        case .parquet: break
        case nil: break
        }
        rowsBefore += rowsInPart
        bytesBefore += try part.byteRange().count
        bytesRead = bytesBefore
        self.part += 1
    }

    /// The columns of a Parquet file that are looked at: of those that Kedge knows the ones that it has.
    private func columnsToRead(of file: ParquetFile) -> [String] {
        let names = purpose == .problems ? shape?.problemColumns ?? ColumnMapping.names : ColumnMapping.names
        return Set(names.map { columns.path(of: $0).joined(separator: ".") }).sorted().filter(file.hasColumn)
    }

    /// The shape that the first rows of a part show in all their columns.
    private func firstShape(of part: InputPart) throws -> TraceShape? {
        var reader = BatchReader([part], columns, for: .traces, toleratedBadRows: toleratedBadRows)
        return try reader.next(maxBytes: 1)?.shape
    }

    /// The shape of a file by its first row that has one, as far as bad rows are tolerated; nil when none has.
    private func recognizeShape(of rows: TraceBatch.Rows) throws -> TraceShape? {
        switch rows {
        case .records(let batch):
            var parser = try JSONParser()
            for record in batch.records.prefix(toleratedBadRows + 1) {
                // What is wrong with a row is said when it is tokenised.
                guard let document = try? parser.parse(record, of: batch) else { continue }
                if let shape = TraceShape.recognized(in: document.root, columns) { return shape }
            }
        case .parquet(let batch):
            for index in 0..<min(batch.count, toleratedBadRows + 1) {
                if let shape = TraceShape.recognized(in: batch.rows[index], columns) { return shape }
            }
        }
        return nil
    }
}

/// The SHA-256 of what is read of a file.
struct InputDigest: Sendable {
    private enum State: Sendable {
        case done(String)
        case underWay(Task<String, any Error>)
    }

    private let part: InputPart
    private let state: State

    /// A digest that is known.
    init(of part: InputPart, _ digest: String) {
        self.part = part
        state = .done(digest)
    }

    /// Computes it beside the reading: a reader of columns does not see all the bytes.
    init(reading part: InputPart) {
        self.part = part
        state = .underWay(
            Task.detached {
                let range = part.extent == .whole ? nil : try part.byteRange()
                return try SHA256.digest(ofFileAt: part.path, range: range)
            })
    }

    /// What the provenance records of the part.
    func provenance() async throws -> JSONNode {
        switch state {
        case .done(let digest): try part.provenance(digest: digest)
        case .underWay(let task): try part.provenance(digest: try await task.value)
        }
    }
}

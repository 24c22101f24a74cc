import Files
import JSON
import Parquet

/// Reads benchmark files, whose problems must not be trained on.
enum Benchmarks {
    /// The columns that may hold a benchmark's problem, the first that a row has.
    private static let columns = ["problem", "question", "prompt", "Problem", "Question", "input", "text", "messages"]

    /// The n-grams of all problems in the files: `.jsonl`, `.json`, `.parquet`, or text with a problem a line.
    ///
    /// - Throws: ``DatasetError/badBenchmark(path:reason:)`` for a file without problems, or the error of reading one.
    static func index(_ paths: [String], ngram: Int) throws -> ContaminationIndex {
        var index = ContaminationIndex(ngram: ngram)
        for path in paths {
            var row = 0
            var isEmpty = true
            try forEachProblem(in: path) { problem in
                row += 1
                guard let problem else {
                    throw DatasetError.badBenchmark(
                        path: path, reason: "row \(row) has none of the columns \(columns.joined(separator: ", "))")
                }
                let text = ProblemText(problem)
                isEmpty = isEmpty && text.wordCount == 0
                index.add(text, source: path, row: row)
            }
            if isEmpty { throw DatasetError.badBenchmark(path: path, reason: "it holds no problems") }
        }
        return index
    }

    private static func forEachProblem(in path: String, _ body: (String?) throws -> Void) throws {
        if TraceFiles.isParquet(path) {
            let file = try ParquetFile(path: path)
            var reader = try ParquetReader(
                file, columns: columns.filter(file.hasColumn))
            while let batch = try reader.nextBatch(
                maxRows: 4096, maxBytes: 1 << 20, rowLimit: DatasetBuilder.maximumRowBytes)
            {
                for row in 0..<batch.count { try body(problem(in: batch.rows[row])) }
            }
        } else if TraceFiles.isTraceFile(path) {
            var parser = try JSONParser()
            var reader = try RecordReader(path: path, recordLimit: DatasetBuilder.maximumRowBytes)
            while let batch = try reader.nextBatch() {
                for record in batch.records {
                    do {
                        try body(problem(in: try parser.parse(record, of: batch).root))
                    } catch let error as JSONError {
                        throw DatasetError.badBenchmark(
                            path: path, reason: "row \(record.row) is not valid JSON: \(error.message)")
                    }
                }
            }
        } else {
            var lines = try TextLines(path, limit: DatasetBuilder.maximumRowBytes)
            while let line = try lines.next() { try body(line) }
        }
    }

    private static func problem(in row: some RowValue) -> String? {
        if let text = row.string { return text }
        for name in columns {
            guard let value = row[name], !value.isNull else { continue }
            if let text = value.string { return text }
            let mapping = ColumnMapping()
            if let messages = try? ColumnReader(row: row, columns: mapping).messages(name) {
                return messages.last { $0.role == "user" }?.content
            }
        }
        return nil
    }
}

/// The lines of a text file, plain, gzipped or compressed with Zstandard.
private struct TextLines: ~Copyable {
    private let path: String
    private let limit: Int
    private var source: ByteSource
    private var bytes: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    init(_ path: String, limit: Int) throws {
        source = try ByteSource(path: path)
        self.path = path
        self.limit = limit
    }

    mutating func next() throws -> String? {
        while true {
            if let end = bytes[start...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return try text(bytes[start..<end])
            }
            if isAtEnd {
                defer { start = bytes.count }
                return start < bytes.count ? try text(bytes[start...]) : nil
            }
            bytes.removeFirst(start)
            start = 0
            guard bytes.count <= limit else {
                throw DatasetError.badBenchmark(path: path, reason: "it has a line of more than \(limit) bytes")
            }
            isAtEnd = try source.read(appendingTo: &bytes, atMost: 64 << 10) == 0
        }
    }

    /// A file of another kind must not pass for a benchmark that nothing is contaminated by.
    private func text(_ line: ArraySlice<UInt8>) throws -> String {
        guard let text = String(validating: line, as: UTF8.self), !line.contains(0) else {
            throw DatasetError.badBenchmark(path: path, reason: "it is no text in UTF-8")
        }
        return text
    }
}

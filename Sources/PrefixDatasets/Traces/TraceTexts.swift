import JSON
public import Tokenization

/// The texts of traces in memory, for measuring how fast they are encoded.
public enum TraceTexts {
    /// The text of every trace of the files, in order.
    ///
    /// - Throws: as ``DatasetBuilder/build(_:output:overwrite:progress:)``, for the first row that is bad.
    public static func read(_ files: [String]) throws -> [[UInt8]] {
        var texts: [[UInt8]] = []
        var parser = try JSONParser()
        let columns = ColumnMapping()
        for path in files {
            var reader = try RecordReader(path: path, recordLimit: DatasetBuilder.maximumRowBytes)
            while let batch = try reader.nextBatch() {
                for record in batch.records {
                    do {
                        let document = try parser.parse(record, of: batch)
                        guard let shape = TraceShape.recognized(in: document.root, columns) else {
                            throw TraceRowError(reason: "has no columns of a known shape")
                        }
                        texts += try shape.row(document.root, columns).traces.map { Array($0.text.utf8) }
                    } catch let error as TraceRowError {
                        throw DatasetError.badRow(
                            path: path, row: record.row, byte: record.byteOffset, reason: error.reason)
                    } catch let error as JSONError {
                        throw DatasetError.badRow(
                            path: path, row: record.row, byte: record.byteOffset + error.byte,
                            reason: "is not valid JSON: \(error.message)")
                    }
                }
            }
        }
        return texts
    }

    /// Encodes all texts and returns how many tokens they have; each thread has an encoder of its own, with an empty cache.
    public static func encode(_ texts: [[UInt8]], _ tokenizer: Tokenizer, threads: Int) async throws -> Int {
        let next = WorkCounter(texts.count)
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<max(1, threads) {
                group.addTask {
                    let encoder = TokenEncoder(tokenizer)
                    var ids: [Int32] = []
                    var count = 0
                    while let range = next.take(8) {
                        for index in range {
                            ids.removeAll(keepingCapacity: true)
                            try encoder.encode(texts[index], into: &ids)
                            count += ids.count
                        }
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
    }
}

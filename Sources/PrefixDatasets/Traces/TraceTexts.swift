public import Tokenization

/// The texts of traces in memory, for measuring how fast they are encoded.
public enum TraceTexts {
    /// The text of every trace of the files, in order.
    ///
    /// - Throws: as ``DatasetBuilder/build(_:output:dropped:overwrite:progress:)``, for the first row that is bad.
    public static func read(_ files: [String]) throws -> [[UInt8]] {
        var texts: [[UInt8]] = []
        let columns = ColumnMapping()
        var parser = try RowParser(columns)
        var reader = BatchReader(files.map { InputPart(path: $0, extent: .whole) }, columns, for: .traces)
        while let batch = try reader.next(maxBytes: 4 << 20) {
            try parser.forEach(batch) { (row: Result<TraceRow, BadRow>, place) in
                switch row {
                case .success(let row):
                    texts += row.traces.map { Array($0.text.utf8) }
                case .failure(let bad):
                    throw DatasetError.badRow(
                        path: batch.part.path, row: place.row + 1, byte: bad.place.byte, reason: bad.reason)
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

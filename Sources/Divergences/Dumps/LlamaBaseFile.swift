import Files
import Tensors

/// The file that llama.cpp's perplexity tool writes with `--kl-divergence-base`.
///
/// `_logits_`, the numbers n_ctx, n_vocab and n_chunk as int32, n_chunk * n_ctx tokens as int32; then for each chunk
/// n_ctx - 1 - n_ctx / 2 rows of a scale and a least log-probability as float32 and n_vocab words, padded to an even number:
/// log p = scale * word + least. Row i of a chunk stands at position n_ctx / 2 + i and is about the token behind it
/// (tools/perplexity/perplexity.cpp).
final class LlamaBaseFile: LogitSource {
    static let magic = Array("_logits_".utf8)
    private static let headerSize = 20

    let granularity = 1
    let context: Int
    let columns: Int
    let chunks: Int
    /// [chunks, context]
    let tokenIDs: [Int32]
    private let file: RandomAccessFile
    private let dataOffset: Int
    private let rowByteCount: Int

    /// Rows of each chunk.
    var rowsInChunk: Int { context - 1 - firstRow }
    /// The position of a chunk's first row.
    var firstRow: Int { context / 2 }

    static func isOne(_ path: String) throws -> Bool {
        let file = try RandomAccessFile(path: path)
        return try file.bytes(at: 0, count: magic.count) == magic
    }

    init(_ path: String) throws {
        let file = try RandomAccessFile(path: path)
        func malformed(_ message: String) -> DivergenceError { DivergenceError(.malformed, path: path, message) }
        let header = try file.bytes(at: 0, count: Self.headerSize)
        guard header.count == Self.headerSize, header.starts(with: Self.magic) else {
            throw malformed("is truncated: the header of a llama.cpp base file has \(Self.headerSize) bytes")
        }
        let numbers = header[Self.magic.count...].words
        let (context, columns, chunks) = (Int(numbers[0]), Int(numbers[1]), Int(numbers[2]))
        guard context >= 3, columns >= 1, chunks >= 1, columns <= LogitDump.mostColumns else {
            throw malformed("claims \(chunks) chunks of \(context) tokens over a vocabulary of \(columns)")
        }
        // Below 2^62, as each number is below 2^31.
        let tokenCount = chunks * context
        guard tokenCount <= file.size / 4 else {
            throw malformed("is truncated: it claims \(tokenCount) tokens, and has \(file.size) bytes")
        }
        let rowBytes = 2 * (columns + columns % 2) + 8
        let rows = context - 1 - context / 2
        let (data, overflows) = rowBytes.multipliedReportingOverflow(by: chunks * rows)
        let (size, overflowsToo) = data.addingReportingOverflow(Self.headerSize + 4 * tokenCount)
        guard !overflows, !overflowsToo, size <= file.size else {
            let row = max(0, file.size - Self.headerSize - 4 * tokenCount) / rowBytes
            throw DivergenceError(
                .malformed, path: path, row: min(row, chunks * rows),
                "is truncated: \(chunks) chunks of \(rows) rows and \(columns) columns take \(overflows || overflowsToo ? "more than any file" : "\(size)") bytes, \(file.size) are there"
            )
        }
        guard size == file.size else { throw malformed("has \(file.size - size) bytes behind its last row") }
        tokenIDs = try file.bytes(at: Self.headerSize, count: 4 * tokenCount)[...].words
        guard tokenIDs.count == tokenCount else { throw malformed("has become shorter while it was read") }
        (self.context, self.columns, self.chunks) = (context, columns, chunks)
        self.file = file
        dataOffset = Self.headerSize + 4 * tokenCount
        rowByteCount = rowBytes
    }

    /// The tokens that rows are about: those behind the first half of each chunk.
    var plan: TokenPlan {
        var kept: [Int32] = []
        kept.reserveCapacity(chunks * rowsInChunk)
        for chunk in 0..<chunks {
            let end = (chunk + 1) * context
            kept += tokenIDs[(end - rowsInChunk)..<end]
        }
        var plan = TokenPlan(
            sequences: (0..<chunks).map { (id: "chunk \($0)", count: rowsInChunk) }, tokenIDs: kept)
        for index in plan.sequences.indices { plan.sequences[index].firstPosition = firstRow + 1 }
        return plan
    }

    /// Fills `target` with binary64 log-probabilities.
    func read(rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws -> [Double]? {
        var steps: [Double] = []
        steps.reserveCapacity(rows.count)
        let rowsAtOnce = max(1, (1 << 20) / rowByteCount)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
            let count = min(rowsAtOnce, rows.upperBound - start)
            let bytes = try file.bytes(at: dataOffset + start * rowByteCount, count: count * rowByteCount)
            guard bytes.count == count * rowByteCount else {
                throw DivergenceError(
                    .malformed, path: file.path, row: start, "the file has become shorter while it was read")
            }
            try bytes.withUnsafeBytes { bytes in
                for row in 0..<count {
                    let place = (start - rows.lowerBound + row) * columns * 8
                    steps.append(
                        try widen(
                            UnsafeRawBufferPointer(rebasing: bytes[row * rowByteCount..<(row + 1) * rowByteCount]),
                            into: UnsafeMutableRawBufferPointer(rebasing: target[place..<place + columns * 8]),
                            row: start + row))
                }
            }
        }
        return steps
    }

    private func widen(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, row: Int
    ) throws -> Double {
        let scale = Double(Float(bitPattern: UInt32(littleEndian: source.loadUnaligned(as: UInt32.self))))
        let least = Double(
            Float(bitPattern: UInt32(littleEndian: source.loadUnaligned(fromByteOffset: 4, as: UInt32.self))))
        guard scale.isFinite, scale >= 0, least.isFinite else {
            throw DivergenceError(
                .notADistribution, path: file.path, row: row, "has the scale \(scale) and the least value \(least)")
        }
        let words = UnsafeRawBufferPointer(rebasing: source[8...])
        target.withMemoryRebound(to: Double.self) { numbers in
            for column in 0..<columns {
                let word = UInt16(littleEndian: words.loadUnaligned(fromByteOffset: 2 * column, as: UInt16.self))
                // Exact: 24 bits times 16.
                numbers[column] = scale * Double(word) + least
            }
        }
        return scale
    }
}

extension ArraySlice<UInt8> {
    /// Little-endian numbers of 4 bytes.
    fileprivate var words: [Int32] {
        withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self))
            }
        }
    }
}

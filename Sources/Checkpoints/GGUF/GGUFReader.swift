import Files
import Tensors

/// Opens GGUF files of version 2 and 3: tensors of whole elements are read, quantised ones are listed.
enum GGUFReader {
    /// The most that the names of tensors take in all, in bytes.
    private static let mostNameBytes = 64 << 20
    /// ggml has names of up to 64 bytes; others have longer ones.
    private static let longestName = 65_535
    /// The dimensions of ggml.
    private static let mostDimensions: UInt32 = 4
    /// The bytes of the smallest entry of a tensor: an empty name without dimensions.
    private static let smallestEntry = 24
    /// The bytes of the smallest entry of the metadata: an empty key and a byte.
    private static let smallestPair = 13

    /// What a tensor's entry says.
    private struct Entry {
        let name: String
        let shape: [Int]
        let type: GGUFType
        /// From the beginning of the data.
        let offset: Int
    }

    static func open(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        let file = try RandomAccessFile(path: path)
        var cursor = GGUFCursor(file)
        guard try cursor.integer(UInt32.self, "its magic") == 0x4655_4747 else {
            throw CheckpointError(.unknownFormat, path: path, byte: 0, "is no GGUF file: it does not begin with GGUF")
        }
        try checkVersion(try cursor.integer(UInt32.self, "its version"), path: path)
        let tensorCount = try cursor.count("its number of tensors")
        let pairCount = try cursor.count("its number of metadata entries")
        guard tensorCount <= min(Checkpoint.mostTensors, file.size / smallestEntry),
            pairCount <= min(GGUFMetadata.largestCount, file.size / smallestPair)
        else {
            throw CheckpointError(
                .limitExceeded, path: path, byte: 8,
                "claims \(tensorCount) tensors and \(pairCount) metadata entries, more than its \(file.size) bytes hold or are ever read"
            )
        }
        let metadata = try GGUFMetadata(&cursor, count: pairCount)
        var entries: [Entry] = []
        var nameBytes = 0
        for _ in 0..<tensorCount {
            let entry = try entry(&cursor, alignment: metadata.alignment)
            nameBytes += entry.name.utf8.count
            guard nameBytes <= mostNameBytes else {
                throw CheckpointError(
                    .limitExceeded, path: path, byte: cursor.position,
                    "the names of its tensors take over \(mostNameBytes) bytes")
            }
            entries.append(entry)
        }
        let (padded, overflows) = cursor.position.addingReportingOverflow(metadata.alignment - 1)
        guard !overflows else {
            throw CheckpointError(.malformed, path: path, "its alignment \(metadata.alignment) is beyond any file")
        }
        var warnings = metadata.warnings
        let tensors = try place(
            entries, from: padded / metadata.alignment * metadata.alignment, alignment: metadata.alignment, file: file,
            &warnings)
        return try Checkpoint(
            path: path, format: .gguf, files: [file], tensors: tensors, metadata: metadata.entries, warnings: warnings)
    }

    private static func checkVersion(_ version: UInt32, path: String) throws(CheckpointError) {
        guard version != 2, version != 3 else { return }
        let isSwapped = (1...3).contains(version.byteSwapped)
        throw CheckpointError(
            .unsupported, path: path, byte: 4,
            isSwapped
                ? "is a big-endian GGUF file; convert it to little-endian (gguf-py's gguf-convert-endian)"
                : "is a GGUF file of version \(version); versions 2 and 3 are read")
    }

    private static func entry(_ cursor: inout GGUFCursor, alignment: Int) throws -> Entry {
        let name = try cursor.string(limit: longestName, "a tensor's name")
        func bad(_ message: String) -> CheckpointError {
            CheckpointError(.badTensor, path: cursor.file.path, tensor: name, message)
        }
        let dimensions = try cursor.integer(UInt32.self, "the entry of '\(name)'")
        guard dimensions <= mostDimensions else { throw bad("has \(dimensions) dimensions; GGUF has up to 4") }
        var shape: [Int] = []
        for _ in 0..<dimensions { shape.append(try cursor.count("a dimension of '\(name)'")) }
        let type = GGUFType(try cursor.integer(UInt32.self, "the type of '\(name)'"))
        let offset = try cursor.count("the offset of '\(name)'")
        guard offset % alignment == 0 else { throw bad("its offset \(offset) is no multiple of \(alignment)") }
        // The first extent is that of the innermost dimension.
        if let block = type.block, block.elements > 1, (shape.first ?? 1) % block.elements != 0 {
            throw bad("its rows of \(shape.first ?? 1) elements are no whole blocks of \(type.name)")
        }
        return Entry(name: name, shape: shape.reversed(), type: type, offset: offset)
    }

    /// Finds the data of each tensor, and checks that they do not overlap.
    private static func place(
        _ entries: [Entry], from start: Int, alignment: Int, file: RandomAccessFile,
        _ warnings: inout [CheckpointWarning]
    ) throws(CheckpointError) -> [StoredTensor] {
        var tensors: [StoredTensor] = []
        var ranges: [(range: Range<Int>, name: String)] = []
        for entry in entries {
            func bad(_ message: String) -> CheckpointError {
                CheckpointError(.badTensor, path: file.path, tensor: entry.name, message)
            }
            guard let elementCount = TensorType.elementCount(of: entry.shape) else {
                throw bad("its shape \(entry.shape) overflows")
            }
            let (offset, overflows) = start.addingReportingOverflow(entry.offset)
            let (bytes, overflowsToo) = (elementCount / (entry.type.block?.elements ?? 1))
                .multipliedReportingOverflow(by: entry.type.block?.bytes ?? 0)
            let (end, overflowsAtLast) = offset.addingReportingOverflow(bytes)
            guard !overflows, !overflowsToo, !overflowsAtLast else { throw bad("its place overflows") }
            guard end <= file.size || bytes == 0 else {
                throw CheckpointError(
                    .wrongSize, path: file.path, tensor: entry.name, byte: offset,
                    "is truncated: its data ends at byte \(end), the file at \(file.size); fetch it again")
            }
            if bytes > 0 { ranges.append((offset..<end, entry.name)) }
            let description = TensorDescription(
                name: entry.name, type: entry.type.elementType ?? .uint8, shape: entry.shape)
            let tensor =
                entry.type.elementType != nil
                ? StoredTensor(description, storage: .bytes(file: 0, offset: bytes > 0 ? offset : 0))
                : StoredTensor(
                    unread: description, storedTypeName: entry.type.name, byteCount: bytes,
                    reason: entry.type.block == nil
                        ? "\(entry.type.name) is not known" : "\(entry.type.name) is quantised")
            guard let tensor else { throw bad("its shape \(entry.shape) overflows") }
            tensors.append(tensor)
        }
        try checkRanges(ranges, from: start, alignment: alignment, file: file, &warnings)
        return tensors
    }

    private static func checkRanges(
        _ ranges: [(range: Range<Int>, name: String)], from start: Int, alignment: Int, file: RandomAccessFile,
        _ warnings: inout [CheckpointWarning]
    ) throws(CheckpointError) {
        var end = start
        for (range, name) in ranges.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            guard range.lowerBound >= end else {
                throw CheckpointError(
                    .badTensor, path: file.path, tensor: name, byte: range.lowerBound,
                    "its data overlaps that of the tensor before it, which ends at byte \(end)")
            }
            if range.lowerBound - end >= alignment {
                warnings.append(
                    CheckpointWarning(tensor: name, "\(range.lowerBound - end) unused bytes lie before its data"))
            }
            end = range.upperBound
        }
        if !ranges.isEmpty, file.size - end >= alignment {
            warnings.append(CheckpointWarning("\(file.size - end) unused bytes lie behind its last tensor"))
        }
    }
}

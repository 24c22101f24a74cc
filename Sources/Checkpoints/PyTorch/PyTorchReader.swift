import Files
import Tensors

/// Opens PyTorch's zip checkpoints. Their pickles are read, and never run.
enum PyTorchReader {
    /// The largest `data.pkl` that is read.
    static let largestPickle = 128 << 20
    /// The largest that is read where it is compressed; PyTorch never compresses it.
    static let largestDeflatedPickle = 16 << 20

    /// - Parameter path: a `.pt`, `.pth`, `.bin`, or the `.index.json` of shards.
    static func open(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        if path.hasSuffix(".json") {
            return try ShardIndex(path).open(as: .pytorch) { path, number in
                let contents = try PyTorchContents(path, number: number)
                return ShardContents(
                    file: contents.file, tensors: contents.tensors, metadata: contents.metadata,
                    warnings: contents.warnings)
            }
        }
        let contents = try PyTorchContents(path, number: 0)
        return try Checkpoint(
            path: path, format: .pytorch, files: [contents.file], tensors: contents.tensors,
            metadata: contents.metadata, warnings: contents.warnings)
    }

    /// What a file that is no zip archive is instead, if it is something that PyTorch once wrote.
    static func requireArchive(_ file: RandomAccessFile) throws {
        let head = try file.bytes(at: 0, count: min(512, file.size))
        if head.starts(with: [0x50, 0x4B]) { return }
        func refuse(_ message: String) -> CheckpointError {
            CheckpointError(.unsupported, path: file.path, message)
        }
        let mend = "load it with torch.load(..., weights_only=True) and save it again with torch.save"
        if isLegacyStream(head) {
            throw refuse("is a PyTorch file from before version 1.6, which is no zip archive; \(mend)")
        }
        if isTar(head) {
            throw refuse("is a tar archive, as the first versions of PyTorch wrote; \(mend)")
        }
        if isBarePickle(head) {
            throw refuse("is a bare pickle, which is never run; save its tensors as safetensors or with torch.save")
        }
        throw CheckpointError(
            .unknownFormat, path: file.path, "is no zip archive, as PyTorch's checkpoints are; is it of another format?"
        )
    }

    static func isTar(_ head: [UInt8]) -> Bool {
        head.count >= 262 && head[257..<262].elementsEqual(Array("ustar".utf8))
    }

    /// Whether bytes begin as pickles of protocols 2 to 5 do.
    static func isBarePickle(_ head: [UInt8]) -> Bool {
        head.count > 1 && head[0] == 0x80 && (2...5).contains(head[1])
    }

    /// Whether bytes begin with the magic number that PyTorch pickled first before it wrote archives.
    static func isLegacyStream(_ head: [UInt8]) -> Bool {
        guard head.count >= 14, head[0] == 0x80 else { return false }
        return head[2..<14].elementsEqual([0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19])
    }
}

/// One PyTorch archive, checked: its tensors placed in the file.
struct PyTorchContents {
    let file: RandomAccessFile
    var tensors: [StoredTensor] = []
    var metadata: [(key: String, value: String)] = []
    var warnings: [CheckpointWarning] = []

    private let archive: ZipArchive
    /// Such as `archive/`.
    private let prefix: String
    private var entries: [String: Int] = [:]

    /// - Parameter number: the file's position among those of the checkpoint.
    init(_ path: String, number: Int) throws {
        file = try RandomAccessFile(path: path)
        try PyTorchReader.requireArchive(file)
        archive = try ZipArchive(file)
        for (index, entry) in archive.entries.enumerated() { entries[entry.name] = index }
        let roots = archive.entries.filter {
            $0.name == "data.pkl" || ($0.name.hasSuffix("/data.pkl") && $0.name.utf8.count { $0 == 0x2F } == 1)
        }
        guard let root = roots.first, roots.count == 1 else {
            throw CheckpointError(
                .malformed, path: path,
                "has \(roots.count) entries that could be the data.pkl of a PyTorch checkpoint, which has one")
        }
        prefix = String(root.name.dropLast("data.pkl".count))
        let prefix = prefix
        if archive.entries.contains(where: {
            $0.name == prefix + "constants.pkl" || $0.name.hasPrefix(prefix + "code/")
        }) {
            throw CheckpointError(
                .unsupported, path: path,
                "is a TorchScript archive, a program and no checkpoint; save torch.jit.load(...).state_dict() with torch.save"
            )
        }
        let isBigEndian = try readByteOrder()
        let walk = try readPickle(root)
        metadata = walk.metadata
        try place(walk, number: number, isBigEndian: isBigEndian)
        if !walk.unknownGlobals.isEmpty {
            warnings.append(
                CheckpointWarning(
                    "names code that was not run, and its results were left out: "
                        + walk.unknownGlobals.joined(separator: ", ")))
        }
        if walk.otherCount > 0 {
            warnings.append(CheckpointWarning("holds \(walk.otherCount) values that are no tensors; left out"))
        }
    }

    private func entry(_ name: String) -> ZipArchive.Entry? { entries[prefix + name].map { archive.entries[$0] } }

    private func readByteOrder() throws -> Bool {
        guard let entry = entry("byteorder") else { return false }
        switch String(decoding: try archive.content(of: entry, limit: 64), as: UTF8.self) {
        case "little": return false
        case "big": return true
        case let text:
            throw CheckpointError(
                .malformed, path: file.path, byte: entry.data.lowerBound,
                "its byteorder is '\(text)', which is neither little nor big")
        }
    }

    private func readPickle(_ entry: ZipArchive.Entry) throws -> PyTorchWalk {
        let bytes = try archive.content(
            of: entry, limit: entry.isDeflated ? PyTorchReader.largestDeflatedPickle : PyTorchReader.largestPickle)
        let pickle: Pickle
        do throws(PickleParser.Failure) {
            pickle = try PickleParser.parse(bytes)
        } catch {
            throw CheckpointError(
                error.isLimit ? .limitExceeded : .malformed, path: file.path,
                byte: entry.isDeflated ? nil : entry.data.lowerBound + error.byte, "its data.pkl \(error.message)")
        }
        do throws(PyTorchWalk.Failure) {
            return try PyTorchWalk(pickle)
        } catch {
            throw CheckpointError(error.code, path: file.path, tensor: error.tensor, error.message)
        }
    }

    private mutating func place(_ walk: PyTorchWalk, number: Int, isBigEndian: Bool) throws {
        tensors.reserveCapacity(walk.found.count)
        var used: [String: (bytes: Int, size: Int)] = [:]
        for found in walk.found {
            let tensor = found.tensor
            func bad(_ code: CheckpointError.Code, _ message: String) -> CheckpointError {
                CheckpointError(code, path: file.path, tensor: found.name, message)
            }
            guard let storage = entry("data/" + tensor.key) else {
                throw bad(.malformed, "its storage '\(prefix)data/\(tensor.key)' is not in the archive")
            }
            guard tensor.storageSize <= storage.size else {
                throw bad(
                    .wrongSize,
                    "its storage should have \(tensor.storageSize) bytes, its entry has \(storage.size); fetch it again"
                )
            }
            guard let end = tensor.end, end <= tensor.storageSize else {
                throw bad(
                    .badTensor,
                    "its offset \(tensor.offset), shape \(tensor.shape) and strides \(tensor.strides) lead out of its storage of \(tensor.storageSize) bytes"
                )
            }
            let description = TensorDescription(name: found.name, type: tensor.type, shape: tensor.shape)
            guard
                let stored = StoredTensor(
                    description, storage: Self.storage(tensor, storage, file: number), isBigEndian: isBigEndian)
            else { throw bad(.badTensor, "its shape \(tensor.shape) overflows") }
            tensors.append(stored)
            let known = used[tensor.key]?.bytes ?? 0
            used[tensor.key] = (min(storage.size, known &+ min(stored.byteCount, storage.size)), storage.size)
        }
        report(used)
    }

    private static func storage(_ tensor: PyTorchTensor, _ entry: ZipArchive.Entry, file: Int) -> TensorStorage {
        // `end` is known to fit, and the offset is not larger.
        let offset = tensor.offset * (tensor.type.byteWidth ?? 1)
        switch (entry.isDeflated, tensor.isContiguous) {
        case (false, true): return .bytes(file: file, offset: entry.data.lowerBound + offset)
        case (false, false):
            return .strided(
                StridedStorage(file: file, offset: entry.data.lowerBound + offset, strides: tensor.strides))
        case (true, true):
            return .deflated(
                DeflatedStorage(file: file, range: entry.data, headerSize: offset, totalSize: entry.size))
        case (true, false):
            return .unread(reason: "it is compressed and not contiguous; save it again with torch.save")
        }
    }

    /// Says what is in the file for nothing.
    private mutating func report(_ used: [String: (bytes: Int, size: Int)]) {
        let wasted = used.values.reduce((count: 0, bytes: 0)) {
            $1.bytes < $1.size ? ($0.count + 1, $0.bytes + $1.size - $1.bytes) : $0
        }
        if wasted.count > 0 {
            warnings.append(
                CheckpointWarning(
                    "\(wasted.count) storages are larger than the tensors in them, by \(wasted.bytes) bytes in all; .clone() views before saving them"
                ))
        }
        let dataPrefix = prefix + "data/"
        let idle = archive.entries.filter {
            $0.name.hasPrefix(dataPrefix) && $0.size > 0 && used[String($0.name.dropFirst(dataPrefix.count))] == nil
        }
        if !idle.isEmpty {
            let bytes = idle.reduce(0) { $0 &+ $1.size }
            warnings.append(CheckpointWarning("\(idle.count) storages (\(bytes) bytes) belong to no tensor"))
        }
    }
}

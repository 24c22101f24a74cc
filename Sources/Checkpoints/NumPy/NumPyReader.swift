import Files
import Tensors

/// Opens NumPy's files.
enum NumPyReader {
    private static let fileSuffix = ".npy"
    /// Enough for the headers of nearly all arrays.
    private static let likelyHeaderSize = 256

    /// Opens a `.npy`; its tensor is named after the file.
    static func openArray(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        let file = try RandomAccessFile(path: path)
        let last = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
        let name = String(last.hasSuffix(fileSuffix) ? last.dropLast(fileSuffix.count) : last)
        let header = try readHeader(path: path, tensor: name, size: file.size, base: 0) { count in
            try file.bytes(at: 0, count: count)
        }
        var warnings: [CheckpointWarning] = []
        let (type, isBigEndian): (TensorType, Bool)
        switch header.meaning.reading(words: options.readsNumPyVoidsAsWords) {
        case .unsupported(let reason), .words(let reason):
            throw CheckpointError(.unsupported, path: path, tensor: name, reason)
        case .type(let known, let order): (type, isBigEndian) = (known, order)
        case .guess(let likely):
            (type, isBigEndian) = (likely, false)
            warnings.append(Self.guessed(likely, tensor: name))
        }
        let tensor = try place(
            header, TensorDescription(name: name, type: type, shape: header.shape), isBigEndian: isBigEndian,
            file: file,
            offset: 0, size: file.size, &warnings)
        return try Checkpoint(path: path, format: .npy, files: [file], tensors: [tensor], warnings: warnings)
    }

    /// Opens a `.npz`; member `a/b.npy` is tensor `a/b`.
    static func openArchive(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        let archive = try ZipArchive(path: path)
        var tensors: [StoredTensor] = []
        var warnings: [CheckpointWarning] = []
        tensors.reserveCapacity(archive.entries.count)
        for entry in archive.entries {
            guard entry.name.hasSuffix(fileSuffix) else {
                if entry.size > 0 || !entry.name.hasSuffix("/") {
                    warnings.append(CheckpointWarning("the member '\(entry.name)' is no .npy; left out"))
                }
                continue
            }
            let name = String(decoding: Array(entry.name.utf8.dropLast(fileSuffix.utf8.count)), as: UTF8.self)
            let header = try readHeader(path: path, tensor: name, size: entry.size, base: entry.data.lowerBound) {
                try archive.beginning(of: entry, count: $0)
            }
            let (type, isBigEndian): (TensorType, Bool)
            switch header.meaning.reading(words: options.readsNumPyVoidsAsWords) {
            case .unsupported(let reason), .words(let reason):
                warnings.append(CheckpointWarning(tensor: name, "left out: \(reason)"))
                continue
            case .type(let known, let order): (type, isBigEndian) = (known, order)
            case .guess(let likely):
                (type, isBigEndian) = (likely, false)
                warnings.append(Self.guessed(likely, tensor: name))
            }
            let description = TensorDescription(name: name, type: type, shape: header.shape)
            tensors.append(
                entry.isDeflated
                    ? try placeDeflated(header, description, isBigEndian: isBigEndian, entry: entry, path: path)
                    : try place(
                        header, description, isBigEndian: isBigEndian, file: archive.file,
                        offset: entry.data.lowerBound, size: entry.size, &warnings))
        }
        return try Checkpoint(path: path, format: .npz, files: [archive.file], tensors: tensors, warnings: warnings)
    }

    private static func guessed(_ type: TensorType, tensor: String) -> CheckpointWarning {
        CheckpointWarning(
            tensor: tensor, "its dtype is taken for \(type.name), as ml_dtypes saves it; the file does not say so")
    }

    private static func readHeader(
        path: String, tensor: String, size: Int, base: Int, _ beginning: (Int) throws -> [UInt8]
    ) throws -> NumPyHeader {
        var bytes = try beginning(min(size, likelyHeaderSize))
        if let wanted = NumPyHeader.size(bytes), wanted > bytes.count, wanted <= min(size, NumPyHeader.largestSize) {
            bytes = try beginning(wanted)
        }
        do throws(NumPyHeader.Failure) {
            return try NumPyHeader(bytes)
        } catch {
            throw CheckpointError(.malformed, path: path, tensor: tensor, byte: base + error.byte, error.message)
        }
    }

    /// Places an array whose bytes lie in the file as they are.
    private static func place(
        _ header: NumPyHeader, _ description: TensorDescription, isBigEndian: Bool, file: RandomAccessFile, offset: Int,
        size: Int, _ warnings: inout [CheckpointWarning]
    ) throws(CheckpointError) -> StoredTensor {
        let byteCount = try requireSize(header, description, size: size, path: file.path)
        if header.size + byteCount < size {
            warnings.append(
                CheckpointWarning(
                    tensor: description.name, "has \(size - header.size - byteCount) bytes behind its data"))
        }
        let start = offset + header.size
        let storage: TensorStorage =
            if let strides = fortranStrides(header) {
                .strided(StridedStorage(file: 0, offset: start, strides: strides))
            } else {
                .bytes(file: 0, offset: start)
            }
        return try make(description, storage, isBigEndian: isBigEndian, path: file.path)
    }

    private static func placeDeflated(
        _ header: NumPyHeader, _ description: TensorDescription, isBigEndian: Bool, entry: ZipArchive.Entry,
        path: String
    ) throws(CheckpointError) -> StoredTensor {
        _ = try requireSize(header, description, size: entry.size, path: path)
        let storage: TensorStorage =
            if fortranStrides(header) != nil {
                .unread(reason: "it is compressed and in Fortran order; save it again with numpy.savez")
            } else {
                .deflated(
                    DeflatedStorage(file: 0, range: entry.data, headerSize: header.size, totalSize: entry.size))
            }
        return try make(description, storage, isBigEndian: isBigEndian, path: path)
    }

    private static func requireSize(
        _ header: NumPyHeader, _ description: TensorDescription, size: Int, path: String
    ) throws(CheckpointError) -> Int {
        guard let byteCount = description.byteCount else {
            throw CheckpointError(
                .badTensor, path: path, tensor: description.name, "its shape \(description.shape) overflows")
        }
        guard byteCount <= size - header.size else {
            throw CheckpointError(
                .wrongSize, path: path, tensor: description.name,
                "is truncated: its shape takes \(byteCount) bytes, \(size - header.size) are there; fetch it again")
        }
        return byteCount
    }

    private static func make(
        _ description: TensorDescription, _ storage: TensorStorage, isBigEndian: Bool, path: String
    ) throws(CheckpointError) -> StoredTensor {
        guard let tensor = StoredTensor(description, storage: storage, isBigEndian: isBigEndian) else {
            throw CheckpointError(.badTensor, path: path, tensor: description.name, "its size overflows")
        }
        return tensor
    }

    /// The distances in an array whose first index runs fastest; nil where both orders are the same.
    private static func fortranStrides(_ header: NumPyHeader) -> [Int]? {
        guard header.isFortranOrder, !header.shape.contains(0), header.shape.count(where: { $0 > 1 }) > 1 else {
            return nil
        }
        var stride = 1
        // The product is the number of elements, which is known to fit.
        return header.shape.map { extent in
            defer { stride &*= extent }
            return stride
        }
    }
}

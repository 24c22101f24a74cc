import Files
import Tensors

/// Reads the data of one tensor in canonical form: row-major, little-endian, without gaps.
///
/// Reads of one reader may come from any thread. Offsets and sizes count bytes of the canonical form.
public protocol TensorReader: AnyObject, Sendable {
    /// Reads that begin at multiples of this many bytes, and are as long, do no work twice.
    var granularity: Int { get }
    /// Whether data can only be reached by going through what lies before it: reads in order cost no more than one pass,
    /// others start again.
    var isSequential: Bool { get }
    /// Fills `target` with the bytes from `offset` on; the caller keeps inside the tensor.
    ///
    /// - Throws: ``CheckpointError``, `FileError`.
    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws
}

extension Checkpoint {
    /// A reader of one of this checkpoint's tensors.
    ///
    /// - Throws: ``CheckpointError`` with code `unsupported` where its data cannot be read.
    public func reader(of tensor: StoredTensor) throws(CheckpointError) -> any TensorReader {
        let reader: any TensorReader
        switch tensor.storage {
        case .bytes(let file, let offset):
            reader = PlainReader(file: files[file], offset: offset, tensor: tensor.name)
        case .inline(let bytes):
            reader = InlineReader(bytes: bytes)
        case .strided(let place):
            reader = try StridedReader(file: files[place.file], tensor: tensor, place: place)
        case .deflated(let place):
            reader = try DeflatedReader(file: files[place.file], tensor: tensor, place: place)
        case .chunked(let place):
            reader = try ChunkedReader(file: files[place.file], tensor: tensor, place: place)
        case .unread(let reason):
            throw CheckpointError(.unsupported, path: path, tensor: tensor.name, "its data is not read: \(reason)")
        }
        let width = tensor.type.swappedWidth
        return tensor.isBigEndian && width > 1 ? SwappingReader(reader, width: width) : reader
    }
}

extension TensorReader {
    /// Whether what is read comes out of chunks of which only a few are kept: reads far apart decode them again and again.
    var hasLargeChunks: Bool {
        switch self {
        case let reader as ChunkedReader: reader.hasLargeChunks
        case let reader as SwappingReader: reader.base.hasLargeChunks
        default: false
        }
    }
}

/// Data that lies in the file as it is wanted.
final class PlainReader: TensorReader {
    let granularity = 1
    let isSequential = false
    private let file: RandomAccessFile
    private let offset: Int
    private let tensor: String

    init(file: RandomAccessFile, offset: Int, tensor: String) {
        self.file = file
        self.offset = offset
        self.tensor = tensor
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        try file.readFully(at: self.offset + offset, into: target, tensor: tensor)
    }
}

/// Data that came with the header.
final class InlineReader: TensorReader {
    let granularity = 1
    let isSequential = false
    private let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        target.copyBytes(from: bytes[offset..<offset + target.count])
    }
}

/// Data whose numbers have the other byte order.
final class SwappingReader: TensorReader {
    fileprivate let base: any TensorReader
    private let width: Int

    init(_ base: any TensorReader, width: Int) {
        self.base = base
        self.width = width
    }

    var granularity: Int { max(base.granularity, width) }
    var isSequential: Bool { base.isSequential }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        precondition(offset % width == 0 && target.count % width == 0, "numbers are read whole")
        try base.read(at: offset, into: target)
        switch width {
        case 2:
            target.withMemoryRebound(to: UInt16.self) { for index in $0.indices { $0[index] = $0[index].byteSwapped } }
        case 4:
            target.withMemoryRebound(to: UInt32.self) { for index in $0.indices { $0[index] = $0[index].byteSwapped } }
        default:
            target.withMemoryRebound(to: UInt64.self) { for index in $0.indices { $0[index] = $0[index].byteSwapped } }
        }
    }
}

extension RandomAccessFile {
    /// Fills all of `target`.
    ///
    /// - Throws: `wrongSize` where the file has become shorter since it was opened.
    func readFully(at offset: Int, into target: UnsafeMutableRawBufferPointer, tensor: String?) throws {
        let count = try read(at: offset, into: target)
        guard count == target.count else {
            throw CheckpointError(
                .wrongSize, path: path, tensor: tensor, byte: offset + count,
                "the file ends here; it has become shorter while it was read")
        }
    }
}

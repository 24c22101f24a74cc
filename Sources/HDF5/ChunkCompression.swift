import CDeflate
import CPlanes
import Synchronization

/// A chunk as it is stored: what the filters made of it, and which of them were skipped.
struct EncodedChunk: Sendable, Equatable {
    var bytes: [UInt8]
    /// Bit i: filter i of the pipeline was not applied.
    var skippedFilters: UInt32
}

/// The filters of a dataset as a pure function of a chunk's bytes, callable from any thread: libhdf5 has no part in it.
///
/// Equal bytes give equal chunks, whoever encodes them and when.
struct ChunkEncoder: Sendable {
    /// The size of an element in bytes: the stride of the shuffle.
    let elementSize: Int
    let shuffles: Bool
    /// nil: no compression.
    let method: HDF5Compression.Method?

    private let workspaces = WorkspacePool()

    /// Reads a pipeline; nil if it holds anything but shuffle followed by deflate, each optional.
    ///
    /// - Parameter method: how to deflate, where the pipeline does; nil: at its level.
    init?(filters: [HDF5Filter], elementSize: Int, method: HDF5Compression.Method? = nil) {
        self.elementSize = elementSize
        shuffles = filters.first == .shuffle
        let rest = filters.dropFirst(shuffles ? 1 : 0)
        switch rest.first {
        case nil: self.method = nil
        case .deflate(let level) where rest.count == 1 && (1...9).contains(level):
            self.method = method ?? .level(level)
        default: return nil
        }
        if case .level(let level) = self.method, !(1...9).contains(level) { return nil }
    }

    /// - Complexity: linear. Works in memory of about three times the chunk, which is kept for the next.
    func encode(_ chunk: ArraySlice<UInt8>) -> EncodedChunk {
        let stride = shuffles ? elementSize : 1
        guard let method else { return EncodedChunk(bytes: Self.shuffle(chunk, stride), skippedFilters: 0) }
        let deflated = workspaces.withWorkspace(byteCount: chunk.count, elementSize: stride) { workspace in
            switch method {
            case .planes: workspace.deflatePlanes(chunk, elementSize: stride)
            case .level(let level): workspace.deflate(Self.shuffle(chunk, stride), level: level)
            }
        }
        if let deflated { return EncodedChunk(bytes: deflated, skippedFilters: 0) }
        // Deflate is the last filter; a chunk that it would not shrink is stored as it came to it.
        return EncodedChunk(bytes: Self.shuffle(chunk, stride), skippedFilters: shuffles ? 0b10 : 0b01)
    }

    /// First the first bytes of all elements, then their second bytes, and so on; what is left over at the end stays.
    private static func shuffle(_ chunk: ArraySlice<UInt8>, _ elementSize: Int) -> [UInt8] {
        if elementSize == 1 { return Array(chunk) }
        return [UInt8](unsafeUninitializedCapacity: chunk.count) { output, written in
            chunk.withUnsafeBufferPointer { input in
                guard let elements = input.baseAddress, let planes = output.baseAddress else { return }
                cplanes_shuffle(elements, input.count, elementSize, planes)
            }
            written = chunk.count
        }
    }
}

/// The memory that chunks of one size are deflated in. It belongs to one task at a time, as its pool makes sure.
private final class Workspace: @unchecked Sendable {
    let byteCount: Int
    private let output: UnsafeMutableBufferPointer<UInt8>
    private let scratch: UnsafeMutableRawPointer
    private var compressor: OpaquePointer?

    init(byteCount: Int, elementSize: Int) {
        self.byteCount = byteCount
        output = .allocate(capacity: cplanes_bound(byteCount, elementSize))
        scratch = .allocate(byteCount: cplanes_scratch_size(byteCount), alignment: 64)
    }

    deinit {
        output.deallocate()
        scratch.deallocate()
        if let compressor { libdeflate_free_compressor(compressor) }
    }

    /// A zlib stream of the planes that is shorter than the bytes, or nil.
    func deflatePlanes(_ chunk: ArraySlice<UInt8>, elementSize: Int) -> [UInt8]? {
        let length = chunk.withUnsafeBufferPointer { input -> Int in
            guard let elements = input.baseAddress, let target = output.baseAddress else { return 0 }
            return cplanes_deflate(elements, input.count, elementSize, scratch, target)
        }
        return (1..<max(1, chunk.count)).contains(length) ? Array(output[..<length]) : nil
    }

    /// A zlib stream of the bytes that is shorter than they are, or nil.
    ///
    /// - Parameter level: always the same for a workspace.
    func deflate(_ bytes: [UInt8], level: Int) -> [UInt8]? {
        if compressor == nil { compressor = libdeflate_alloc_compressor(Int32(level)) }
        guard bytes.count > 1, let compressor else { return nil }
        let length = bytes.withUnsafeBytes { input in
            libdeflate_zlib_compress(
                compressor, input.baseAddress, input.count, output.baseAddress, min(bytes.count - 1, output.count))
        }
        return length == 0 ? nil : Array(output[..<length])
    }
}

/// Workspaces that wait for work: as many as ever worked at once.
private final class WorkspacePool: Sendable {
    private let idle = Mutex<[Workspace]>([])

    func withWorkspace<Output>(byteCount: Int, elementSize: Int, _ body: (Workspace) -> Output) -> Output {
        let waiting = idle.withLock { $0.popLast() }
        let fitting = waiting.flatMap { $0.byteCount == byteCount ? $0 : nil }
        let workspace = fitting ?? Workspace(byteCount: byteCount, elementSize: elementSize)
        defer { idle.withLock { $0.append(workspace) } }
        return body(workspace)
    }
}

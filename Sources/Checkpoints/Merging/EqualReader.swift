import Glibc

/// A tensor that is taken over where all checkpoints have the same, which is checked while it is read.
final class EqualReader: TensorReader {
    private let sources: [any TensorReader]
    private let others: [String]
    private let path: String
    private let tensor: String
    private let pool: MergeScratchPool

    /// - Parameters:
    ///   - sources: the first is the one that is taken.
    ///   - paths: those of their checkpoints.
    init(_ sources: [any TensorReader], paths: [String], tensor: String, _ pool: MergeScratchPool) {
        self.sources = sources
        others = Array(paths.dropFirst())
        path = paths.first ?? ""
        self.tensor = tensor
        self.pool = pool
    }

    var granularity: Int { sources.map(\.granularity).max() ?? 1 }
    var isSequential: Bool { sources.contains { $0.isSequential } }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        try sources[0].read(at: offset, into: target)
        try pool.withScratch { scratch in
            let bytes = scratch.bytes(0, count: target.count)
            for (source, other) in zip(sources.dropFirst(), others) {
                try source.read(at: offset, into: bytes)
                guard let left = bytes.baseAddress, let right = target.baseAddress else { continue }
                guard memcmp(left, right, target.count) == 0 else {
                    throw CheckpointError(
                        .invalidRequest, path: other, tensor: tensor,
                        "is not the same as in \(path); numbers that cannot be merged must be equal in all checkpoints")
                }
            }
        }
    }
}

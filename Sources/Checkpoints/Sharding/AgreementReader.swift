import Glibc

/// Reads data that several ranks hold, and makes sure that all hold the same.
final class AgreementReader: TensorReader {
    private let copies: [(rank: Int, reader: any TensorReader)]
    private let path: String
    private let tensor: String

    /// - Parameter copies: at least one; the first one's data is what is read.
    init(_ copies: [(rank: Int, reader: any TensorReader)], path: String, tensor: String) {
        self.copies = copies
        self.path = path
        self.tensor = tensor
    }

    var granularity: Int { copies[0].reader.granularity }
    var isSequential: Bool { copies.contains { $0.reader.isSequential } }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        try copies[0].reader.read(at: offset, into: target)
        guard copies.count > 1, let first = target.baseAddress else { return }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: target.count, alignment: 64)
        defer { scratch.deallocate() }
        for copy in copies.dropFirst() {
            try copy.reader.read(at: offset, into: scratch)
            guard let other = scratch.baseAddress, memcmp(first, other, target.count) == 0 else {
                throw CheckpointError(
                    .conflict, path: path, tensor: tensor,
                    "should be the same on all ranks, but rank \(copies[0].rank) and rank \(copy.rank) differ")
            }
        }
    }
}

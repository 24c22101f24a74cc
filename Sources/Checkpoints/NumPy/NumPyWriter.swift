import Files
import Tensors

/// Writes NumPy's files.
enum NumPyWriter {
    /// One array; the name of its tensor is lost.
    ///
    /// - Throws: `invalidRequest` unless there is exactly one tensor of a type that has whole bytes.
    static func makeArraySink(
        _ destination: String, tensors: [TensorDescription], options: WritingOptions
    ) throws -> any CheckpointSink {
        guard tensors.count == 1, let tensor = tensors.first else {
            throw CheckpointError(
                .invalidRequest, path: destination,
                "a .npy holds one tensor, not \(tensors.count); write a .npz, or select one")
        }
        try refuseCompression(destination, options)
        return try NumPyArraySink(
            destination, header: try header(of: tensor, path: destination), byteCount: tensor.byteCount ?? 0,
            options: options)
    }

    /// An archive with the member `NAME.npy` for each tensor, not compressed. It carries no metadata.
    static func makeArchiveSink(
        _ destination: String, tensors: [TensorDescription], options: WritingOptions
    ) throws -> any CheckpointSink {
        try refuseCompression(destination, options)
        var members: [ZipMember] = []
        members.reserveCapacity(tensors.count)
        for (index, tensor) in tensors.enumerated() {
            members.append(
                ZipMember(
                    name: tensor.name + ".npy", preamble: try header(of: tensor, path: destination),
                    tensor: (index, tensor.byteCount ?? 0)))
        }
        return try ZipSink(destination, members: members, tensorCount: tensors.count, options: options)
    }

    private static func refuseCompression(_ path: String, _ options: WritingOptions) throws(CheckpointError) {
        guard !options.isCompressed else {
            throw CheckpointError(
                .invalidRequest, path: path, "NumPy's files are not written compressed; leave the compression out")
        }
    }

    private static func header(of tensor: TensorDescription, path: String) throws(CheckpointError) -> [UInt8] {
        guard let header = NumPyHeader.bytes(of: tensor) else {
            throw CheckpointError(
                .invalidRequest, path: path, tensor: tensor.name,
                "NumPy has no type \(tensor.type.name); convert it with --dtype-rule")
        }
        return header
    }
}

/// Writes one `.npy`.
final class NumPyArraySink: CheckpointSink {
    private let output: PlacedOutput
    private let headerSize: Int
    private let isSynchronized: Bool

    init(_ destination: String, header: [UInt8], byteCount: Int, options: WritingOptions) throws {
        let (size, overflows) = byteCount.addingReportingOverflow(header.count)
        guard !overflows else {
            throw CheckpointError(.limitExceeded, path: destination, "the size of the file overflows")
        }
        output = try PlacedOutput(destination: destination, size: size, overwrite: options.overwrite)
        headerSize = header.count
        isSynchronized = options.isSynchronized
        try output.write(header, at: 0)
    }

    func granularity(of tensor: Int) -> Int { 1 }

    func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws {
        try output.write(bytes, at: headerSize + offset)
    }

    func cancel() {}

    func commit() throws {
        try output.commit(synchronizing: isSynchronized)
    }
}

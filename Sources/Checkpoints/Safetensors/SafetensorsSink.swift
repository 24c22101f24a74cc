import Files
import JSON
import Tensors

/// Writes one safetensors file.
///
/// Tensors lie by descending size of their elements, otherwise in the order given, so that each is aligned to its
/// elements; the header is padded to 8 bytes, and has `{"format": "pt"}` unless the metadata says otherwise, as
/// transformers wants it.
final class SafetensorsSink: CheckpointSink {
    private let output: PlacedOutput
    private let offsets: [Int]
    private let isSynchronized: Bool

    init(_ destination: String, tensors: [TensorDescription], options: WritingOptions) throws {
        let layout = try SafetensorsLayout(tensors, metadata: options.metadata, path: destination)
        output = try PlacedOutput(
            destination: destination, size: layout.fileSize, overwrite: options.overwrite)
        offsets = layout.offsets
        isSynchronized = options.isSynchronized
        try output.write(layout.header, at: 0)
    }

    func granularity(of tensor: Int) -> Int { 1 }

    func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws {
        try output.write(bytes, at: offsets[tensor] + offset)
    }

    func cancel() {}

    func commit() throws {
        try output.commit(synchronizing: isSynchronized)
    }
}

/// Where everything goes in a safetensors file.
struct SafetensorsLayout {
    /// The length, the JSON and its padding.
    let header: [UInt8]
    /// Where each tensor's data begins in the file.
    let offsets: [Int]
    let fileSize: Int

    /// - Throws: ``CheckpointError`` for a type that the format does not have, or sizes that overflow.
    init(
        _ tensors: [TensorDescription], metadata: [(key: String, value: String)], path: String
    ) throws(CheckpointError) {
        var metadata = metadata
        if !metadata.contains(where: { $0.key == "format" }) { metadata.insert(("format", "pt"), at: 0) }
        var members: [(String, JSONNode)] = [
            (SafetensorsHeader.metadataKey, .object(metadata.map { ($0.key, .string($0.value)) }))
        ]
        var relative = [Int](repeating: 0, count: tensors.count)
        var end = 0
        let order = tensors.indices.sorted {
            (-tensors[$0].type.bitWidth, $0) < (-tensors[$1].type.bitWidth, $1)
        }
        for index in order {
            let tensor = tensors[index]
            guard let typeName = tensor.type.safetensorsName else {
                throw CheckpointError(
                    .invalidRequest, path: path, tensor: tensor.name,
                    "safetensors has no type \(tensor.type.name); convert it with --dtype-rule")
            }
            guard tensor.name != SafetensorsHeader.metadataKey else {
                throw CheckpointError(
                    .invalidRequest, path: path, tensor: tensor.name, "the name is reserved; rename it")
            }
            guard let byteCount = tensor.byteCount else {
                throw CheckpointError(.badTensor, path: path, tensor: tensor.name, "its size overflows")
            }
            let (next, overflows) = end.addingReportingOverflow(byteCount)
            guard !overflows, next < Int.max >> 1 else {
                throw CheckpointError(.badTensor, path: path, tensor: tensor.name, "the size of the file overflows")
            }
            relative[index] = end
            members.append(
                (
                    tensor.name,
                    .object([
                        ("dtype", .string(typeName)), ("shape", .array(tensor.shape.map { .int(Int64($0)) })),
                        ("data_offsets", .array([.int(Int64(end)), .int(Int64(next))])),
                    ])
                ))
            end = next
        }
        var text: [UInt8]
        do {
            text = Array(try JSONWriter().string(.object(members)).utf8)
        } catch {
            throw CheckpointError(.malformed, path: path, "its header cannot be written: \(error)")
        }
        text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        guard text.count <= SafetensorsHeader.largestSize else {
            throw CheckpointError(
                .limitExceeded, path: path, "its header takes \(text.count) bytes, above the format's limit; shard it")
        }
        let length = UInt64(text.count)
        header = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + text
        let start = header.count
        offsets = relative.map { $0 + start }
        fileSize = start + end
    }
}

import Files
import JSON
import Tensors

/// A directory that is to be written: files of tensors, files beside them, and the one that ties them together.
struct PlannedDirectory: Sendable {
    /// A file of tensors.
    struct Shard: Sendable {
        let name: String
        let tensors: [PlannedTensor]
        let metadata: [(key: String, value: String)]

        var byteCount: Int { tensors.reduce(0) { $0 &+ $1.source.byteCount } }
    }

    /// A small file.
    struct Companion: Sendable {
        enum Content: Sendable {
            case copy(of: String)
            case bytes([UInt8])
        }

        let name: String
        let content: Content
    }

    var shards: [Shard]
    var companions: [Companion] = []
    /// The index or the layout, which is written last.
    var index: (name: String, bytes: [UInt8])?
    /// Whether a file of this name in a directory that is replaced belongs to what stood there before.
    var isStale: @Sendable (String) -> Bool
    /// What else decides about the bytes of the shards, beside names, types, shapes and sources of tensors.
    var detail = ""

    /// Whether a name is that of weights as either kind of directory has them: shards by size or by rank, and what ties them
    /// together. One that is replaced may have been of the other kind.
    @Sendable static func isOutputName(_ name: String) -> Bool {
        ShardSizes.isShardName(name) || TensorParallelOutput.isRankName(name) || name == CheckpointLayout.fileName
    }

    /// The names of all files, in the order in which they get them.
    var names: [String] { companions.map(\.name) + shards.map(\.name) + (index.map { [$0.name] } ?? []) }

    /// What tells this directory from any other, always in the same bytes: input files with their sizes, times of change
    /// and digests of their ends, and what each shard holds.
    ///
    /// A copy of an input that has another time counts as another input: what was begun from the one is not gone on with from
    /// the other.
    func identity(inputs: [RandomAccessFile]) throws -> [UInt8] {
        var files: [JSONNode] = []
        for file in inputs {
            files.append([
                "name": .string(file.path.split(separator: "/").last.map(String.init) ?? file.path),
                "bytes": .int(Int64(file.size)), "modified_ns": .int(file.modificationTime),
                "sha256_of_ends": .string(try Self.digestOfEnds(file)),
            ])
        }
        let shards = try shards.map { shard -> JSONNode in
            var text: [UInt8] = []
            for tensor in shard.tensors {
                let node: JSONNode = [
                    "name": .string(tensor.description.name), "dtype": .string(tensor.description.type.name),
                    "shape": .array(tensor.description.shape.map { .int(Int64($0)) }),
                    "from": .string(tensor.source.name), "source_dtype": .string(tensor.source.type.name),
                ]
                try JSONWriter().write(node, to: &text)
            }
            for entry in shard.metadata {
                try JSONWriter().write([.string(entry.key), .string(entry.value)], to: &text)
            }
            return ["name": .string(shard.name), "sha256_of_plan": .string(try SHA256.digest(of: text))]
        }
        let node: JSONNode = [
            "format": .string(StagedDirectory.planFormat), "version": 1, "inputs": .array(files),
            "shards": .array(shards),
            "index_sha256": try index.map { .string(try SHA256.digest(of: $0.bytes)) } ?? .null,
            "detail_sha256": .string(try SHA256.digest(of: Array(detail.utf8))),
        ]
        return Array((try JSONWriter(isPretty: true).string(node) + "\n").utf8)
    }

    /// What tells a file from another of the same size at little cost: its first and its last 64 KB.
    private static func digestOfEnds(_ file: RandomAccessFile) throws -> String {
        let length = min(file.size, 64 << 10)
        let first = try file.bytes(at: 0, count: length)
        return try SHA256.digest(of: first + (try file.bytes(at: file.size - length, count: length)))
    }
}

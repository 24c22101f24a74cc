import Files
import JSON
import Tensors

/// Plans a model directory: shards and their index as huggingface_hub writes them, and the files beside them.
struct ModelOutput {
    /// The most bytes of tensors in a shard.
    let shardSize: Int
    /// The type that all tensors of floating-point numbers got, where they did.
    let type: TensorType?

    /// The name of the index.
    static let indexName = "model.safetensors.index.json"

    /// - Throws: `limitExceeded` for more shards than their names have room for.
    func directory(
        _ plan: ConversionPlan, of input: ConversionInput, path: String
    ) throws -> (directory: PlannedDirectory, warnings: [CheckpointWarning]) {
        let sizes = plan.tensors.map { $0.description.byteCount ?? 0 }
        let shards = ShardSizes.split(sizes, limit: shardSize)
        guard shards.count <= ShardSizes.largestCount else {
            throw CheckpointError(
                .limitExceeded, path: path, "would have \(shards.count) shards; use a larger --max-shard-size")
        }
        let metadata = input.metadata(plan)
        let planned = shards.enumerated().map { number, members in
            PlannedDirectory.Shard(
                name: ShardSizes.name(number, of: shards.count), tensors: members.map { plan.tensors[$0] },
                metadata: metadata)
        }
        let (companions, warnings) = try Self.companions(of: input, type: type)
        let directory = PlannedDirectory(
            shards: planned, companions: companions,
            index: shards.count > 1 ? (Self.indexName, try Self.index(planned, size: sizes.reduce(0, &+))) : nil,
            isStale: PlannedDirectory.isOutputName)
        return (directory, warnings)
    }

    /// The index of shards, its keys in order.
    static func index(_ shards: [PlannedDirectory.Shard], size: Int) throws -> [UInt8] {
        var map: [(key: String, value: JSONNode)] = []
        for shard in shards {
            for tensor in shard.tensors { map.append((tensor.description.name, .string(shard.name))) }
        }
        map.sort { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) }
        let node: JSONNode = ["metadata": ["total_size": .int(Int64(size))], "weight_map": .object(map)]
        return Array((try JSONWriter(isPretty: true).string(node) + "\n").utf8)
    }

    /// The files beside the weights; config.json says the new type.
    static func companions(
        of input: ConversionInput, type: TensorType?
    ) throws -> (files: [PlannedDirectory.Companion], warnings: [CheckpointWarning]) {
        guard let directory = input.directory else { return ([], []) }
        var warnings: [CheckpointWarning] = []
        let files = try input.companions.map { name -> PlannedDirectory.Companion in
            let path = "\(directory)/\(name)"
            if name == "config.json", let type {
                if let bytes = try ModelConfiguration.changing(type: type, inFileAt: path) {
                    return PlannedDirectory.Companion(name: name, content: .bytes(bytes))
                }
                warnings.append(
                    CheckpointWarning("config.json does not say the type of the weights; it stays as it is"))
            }
            return PlannedDirectory.Companion(name: name, content: .copy(of: path))
        }
        return (files, warnings)
    }
}

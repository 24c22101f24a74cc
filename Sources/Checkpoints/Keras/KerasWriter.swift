import Files
import JSON

/// Writes Keras 3 weights.
///
/// A tensor whose name is a path of Keras's (`layers/dense/vars/0`) goes there. Any other becomes variable 0 of a group of its
/// own, with its name in an attribute.
enum KerasWriter {
    static func makeSink(
        _ destination: String, tensors: [TensorDescription], options: WritingOptions
    ) throws -> any CheckpointSink {
        let plan = try HDF5Plan(tensors, layout: .keras, metadata: options.metadata, path: destination)
        return try HDF5Writer.makeSink(destination, plan: plan, options: options)
    }
}

/// Keras 3 weights in shards: `X.weights.json` with `X_00000.weights.h5`, `X_00001.weights.h5`, ...
public enum KerasShards {
    /// What the path of an index ends with.
    static let suffix = ".weights.json"

    /// The path of an index without its ending, with which the paths of its shards begin; nil for a path of another kind.
    static func stem(of path: String) -> String? {
        let name = FileSystem.name(of: path)
        return name.hasSuffix(suffix) && name != suffix ? String(path.dropLast(suffix.count)) : nil
    }

    /// Whether a name is that of a shard of the index `stem.weights.json`.
    static func isShardName(_ name: String, stem: String) -> Bool {
        guard name.hasPrefix(stem + "_"), name.hasSuffix(".weights.h5") else { return false }
        let digits = name.utf8.dropFirst(stem.utf8.count + 1).dropLast(".weights.h5".utf8.count)
        return digits.count >= 5 && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Begins to write shards and their index, filling one after the other in the order of the tensors.
    ///
    /// The index is written last: shards without it are not complete.
    ///
    /// - Parameters:
    ///   - destination: the path of the index; ends with `.weights.json`.
    ///   - tensors: all tensors; names are distinct.
    ///   - largestShard: the most bytes of data in one shard; a tensor above it is refused, as Keras does.
    /// - Throws: ``CheckpointError`` where the format cannot hold a tensor, `FileError`.
    public static func makeSink(
        _ destination: String, tensors: [TensorDescription], largestShard: Int, options: WritingOptions
    ) throws -> any CheckpointSink {
        try ShardedKerasSink(destination, tensors: tensors, largestShard: largestShard, options: options)
    }
}

/// Several files, and the index that is written when they are complete.
final class ShardedKerasSink: CheckpointSink {
    private static let suffix = ".weights.json"

    private let destination: String
    private let index: [UInt8]
    private let overwrite: Bool
    private let shards: [any CheckpointSink]
    private let places: [(shard: Int, tensor: Int)]
    private let turnstile = Turnstile()

    init(
        _ destination: String, tensors: [TensorDescription], largestShard: Int, options: WritingOptions
    ) throws {
        guard destination.hasSuffix(Self.suffix) else {
            throw CheckpointError(
                .invalidRequest, path: destination, "the index of Keras's shards ends with \(Self.suffix)")
        }
        var places: [(shard: Int, tensor: Int)] = []
        var parts: [[TensorDescription]] = [[]]
        var (size, total) = (0, 0)
        for tensor in tensors {
            let count = tensor.byteCount ?? 0
            guard count <= largestShard else {
                throw CheckpointError(
                    .invalidRequest, path: destination, tensor: tensor.name,
                    "its \(count) bytes are more than a shard of \(largestShard) holds; make shards larger")
            }
            if size + count > largestShard, !(parts.last?.isEmpty ?? true) {
                parts.append([])
                size = 0
            }
            places.append((parts.count - 1, parts[parts.count - 1].count))
            parts[parts.count - 1].append(tensor)
            size += count
            total += count
        }
        let stem = String(destination.dropLast(Self.suffix.count))
        let name = stem.split(separator: "/", omittingEmptySubsequences: false).last.map { String($0) } ?? stem
        var shards: [any CheckpointSink] = []
        var order: [String] = []
        var files: [String: [String]] = [:]
        for (number, part) in parts.enumerated() {
            let digits = "\(number)"
            let ending = "_" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".weights.h5"
            let plan = try HDF5Plan(part, layout: .keras, metadata: options.metadata, path: stem + ending)
            for dataset in plan.datasets {
                let group = "/" + (KerasPath(dataset.path)?.group ?? "")
                if files[group] == nil { order.append(group) }
                if files[group]?.last != name + ending { files[group, default: []].append(name + ending) }
            }
            shards.append(
                try HDF5Writer.makeSink(stem + ending, plan: plan, options: options, turnstile: turnstile))
        }
        let map = order.map { ($0, JSONNode.array((files[$0] ?? []).map { .string($0) })) }
        let node = JSONNode.object([
            ("metadata", .object([("total_size", .int(Int64(total)))])), ("weight_map", .object(map)),
        ])
        do throws(JSONError) {
            index = Array(try JSONWriter(isPretty: true).string(node).utf8)
        } catch {
            throw CheckpointError(.malformed, path: destination, "its index cannot be written: \(error)")
        }
        self.destination = destination
        self.shards = shards
        self.places = places
        overwrite = options.overwrite
        guard overwrite || !FileSystem.exists(destination) else {
            throw CheckpointError(.invalidRequest, path: destination, "already exists; use --force to replace it")
        }
    }

    func granularity(of tensor: Int) -> Int { shards[places[tensor].shard].granularity(of: places[tensor].tensor) }

    func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws {
        let place = places[tensor]
        try shards[place.shard].write(bytes, tensor: place.tensor, at: offset, turn: turn)
    }

    func cancel() {
        turnstile.close()
        for shard in shards { shard.cancel() }
    }

    /// Gives the shards their names, and then the index: what is there without an index is not complete.
    func commit() throws {
        for shard in shards { try shard.commit() }
        try OutputFile.write(index, to: destination, overwrite: overwrite)
    }
}

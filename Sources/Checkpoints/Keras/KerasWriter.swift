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

    /// What follows the stem in the path of a shard, counted from 0.
    static func ending(_ shard: Int) -> String { "_\(ShardSizes.padded(shard)).weights.h5" }

    /// Divides tensors, in their order.
    ///
    /// - Returns: the positions of the tensors of each shard, at least one.
    /// - Throws: `invalidRequest` for a tensor larger than a shard, `limitExceeded` where the sizes overflow.
    static func split(
        _ tensors: [TensorDescription], largestShard: Int, path: String
    ) throws(CheckpointError) -> [[Int]] {
        var parts: [[Int]] = [[]]
        var (size, total) = (0, 0)
        for (index, tensor) in tensors.enumerated() {
            let count = tensor.byteCount ?? 0
            guard count <= largestShard else {
                throw CheckpointError(
                    .invalidRequest, path: path, tensor: tensor.name,
                    "its \(count) bytes are more than a shard of \(largestShard) holds; make shards larger")
            }
            let (sum, overflows) = total.addingReportingOverflow(count)
            guard !overflows else {
                throw CheckpointError(.limitExceeded, path: path, tensor: tensor.name, "the sum of sizes overflows")
            }
            total = sum
            if size > largestShard - count, !parts[parts.count - 1].isEmpty {
                parts.append([])
                size = 0
            }
            parts[parts.count - 1].append(index)
            size += count
        }
        return parts
    }

    /// The shards that there are of an index, whatever it says.
    static func shards(beside stem: String) throws(FileError) -> [String] {
        let (directory, name) = (FileSystem.parent(of: stem), FileSystem.name(of: stem))
        return try FileSystem.contents(ofDirectory: directory).filter { isShardName($0, stem: name) }
            .map { "\(directory)/\($0)" }
    }

    /// - Throws: `invalidRequest` where a file that is read is a shard of this index, and would be replaced; `FileError`.
    static func requireOther(_ files: [String], stem: String) throws {
        for shard in try shards(beside: stem) where files.contains(where: { FileSystem.isSameFile($0, shard) }) {
            throw CheckpointError(
                .invalidRequest, path: stem + suffix, "its shards would replace the input itself; write to another path"
            )
        }
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
        try CheckpointFormat.requireSound(tensors, path: destination)
        return try ShardedKerasSink(destination, tensors: tensors, largestShard: largestShard, options: options)
    }
}

/// Several files, and the index that is written when they are complete.
final class ShardedKerasSink: CheckpointSink {
    private let destination: String
    private let index: [UInt8]
    private let overwrite: Bool
    private let shards: [any CheckpointSink]
    private let places: [(shard: Int, tensor: Int)]
    private let turnstile = Turnstile()

    init(
        _ destination: String, tensors: [TensorDescription], largestShard: Int, options: WritingOptions
    ) throws {
        guard destination.hasSuffix(KerasShards.suffix) else {
            throw CheckpointError(
                .invalidRequest, path: destination, "the index of Keras's shards ends with \(KerasShards.suffix)")
        }
        let parts = try KerasShards.split(tensors, largestShard: largestShard, path: destination)
        let total = tensors.reduce(0) { $0 &+ ($1.byteCount ?? 0) }
        places = parts.enumerated().flatMap { shard, part in part.indices.map { (shard, $0) } }
        let stem = String(destination.dropLast(KerasShards.suffix.count))
        let name = stem.split(separator: "/", omittingEmptySubsequences: false).last.map { String($0) } ?? stem
        var shards: [any CheckpointSink] = []
        var order: [String] = []
        var files: [String: [String]] = [:]
        for (number, part) in parts.enumerated() {
            let ending = KerasShards.ending(number)
            let plan = try HDF5Plan(
                part.map { tensors[$0] }, layout: .keras, metadata: options.metadata, path: stem + ending)
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
    ///
    /// An index that is replaced goes first, so that it never stands beside shards of two checkpoints; what is left of its
    /// shards goes last.
    func commit() throws {
        if overwrite { try FileSystem.remove(fileAt: destination) }
        for shard in shards { try shard.commit() }
        try OutputFile.write(index, to: destination, overwrite: overwrite)
        if overwrite { try removeStaleShards() }
    }

    private func removeStaleShards() throws {
        guard let stem = KerasShards.stem(of: destination) else { return }
        let current = Set(shards.indices.map { FileSystem.name(of: stem) + KerasShards.ending($0) })
        for file in try KerasShards.shards(beside: stem) where !current.contains(FileSystem.name(of: file)) {
            try FileSystem.remove(fileAt: file)
        }
    }
}

import Files
import JSON

/// The files of a sharded dataset.
///
///     plan.json                   what is made, written before anything else
///     data-00000-of-00012.h5      a shard: a prefix dataset by itself
///     dropped-00000-of-00012.jsonl   what it dropped, where that was asked for
///     completions/00000.json      says that the shard is whole, written after it
///     index.json                  all shards together, written when all are whole
struct ShardDirectory: Sendable {
    let path: String
    /// How many shards there will be.
    let shardCount: Int
    /// The name, without ending, of the files of what was dropped; nil where there are none.
    let droppedName: String?

    var planPath: String { "\(path)/plan.json" }
    var completionsPath: String { "\(path)/completions" }

    func shardName(_ shard: Int) -> String { "data-\(Self.numbered(shard, of: shardCount)).h5" }
    func shardPath(_ shard: Int) -> String { "\(path)/\(shardName(shard))" }
    func droppedPath(_ shard: Int) -> String? {
        droppedName.map { "\(path)/\($0)-\(Self.numbered(shard, of: shardCount)).jsonl" }
    }
    func completionPath(_ shard: Int) -> String { "\(completionsPath)/\(Self.padded(shard)).json" }

    private static func numbered(_ shard: Int, of count: Int) -> String { "\(padded(shard))-of-\(padded(count))" }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// Makes the directories where they are missing.
    func create() throws {
        try FileSystem.createDirectory(at: path)
        try FileSystem.createDirectory(at: completionsPath)
    }

    /// The shard's completion, or nil where the shard was never finished or is not as its completion says.
    func completion(of shard: Int) throws -> ShardCompletion? {
        guard FileSystem.exists(completionPath(shard)), FileSystem.exists(shardPath(shard)) else { return nil }
        guard let completion = try ShardCompletion(readingFrom: completionPath(shard)),
            completion.name == shardName(shard), try FileSystem.size(ofFileAt: shardPath(shard)) == completion.bytes,
            droppedPath(shard).map(FileSystem.exists) ?? true
        else { return nil }
        return completion
    }

    /// Takes away what interrupted writers left, of all shards and of the index.
    func removeTemporaries() throws {
        let names = ["plan.json.", "\(DatasetIndex.fileName).", "data-"] + (droppedName.map { ["\($0)-"] } ?? [])
        try OutputFile.removeTemporaries(inDirectory: path, ofNamesLike: names)
        try OutputFile.removeTemporaries(inDirectory: completionsPath, ofNamesLike: [""])
    }

    /// Takes away all that there is of a shard, its completion first, and what interrupted writers left of it.
    func remove(_ shard: Int) throws {
        for path in [completionPath(shard), shardPath(shard), droppedPath(shard)].compactMap(\.self) {
            try FileSystem.remove(fileAt: path)
            try OutputFile.removeTemporaries(of: path)
        }
    }
}

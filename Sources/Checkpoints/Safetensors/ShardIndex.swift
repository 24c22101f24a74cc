import Files
import JSON

/// What one file of a sharded checkpoint holds.
struct ShardContents {
    let file: RandomAccessFile
    let tensors: [StoredTensor]
    let metadata: [(key: String, value: String)]
    let warnings: [CheckpointWarning]
}

/// The `*.index.json` of sharded safetensors or PyTorch checkpoints, checked: which tensor lies in which file.
struct ShardIndex {
    /// The path of the index.
    let path: String
    /// The names of the shards, sorted; paths inside the directory of the index.
    let shards: [String]
    let warnings: [CheckpointWarning]

    private let directory: String
    private let contained: ContainedFiles
    private let shardOfTensor: [[UInt8]: String]

    /// The most of an index that is read, in bytes.
    static let largestSize = 256 << 20

    /// - Throws: `malformed`, `unsafePath`, `FileError`.
    init(_ path: String) throws {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument.contents(ofFileAt: path, limit: Self.largestSize)
        } catch {
            throw CheckpointError(.malformed, path: path, "cannot be read as an index of shards: \(error)")
        }
        guard let map = document.root["weight_map"], map.kind == .object else {
            throw CheckpointError(
                .malformed, path: path, "has no object 'weight_map'; it is no index of shards as Hugging Face writes it"
            )
        }
        var shardOfTensor: [[UInt8]: String] = [:]
        var warnings: [CheckpointWarning] = []
        var shards = Set<String>()
        for member in map.members {
            let name = member.key
            guard let shard = member.value.string else {
                throw CheckpointError(.malformed, path: path, tensor: name, "its file in 'weight_map' is no string")
            }
            if shards.insert(shard).inserted { try Self.requireInside(shard, path: path) }
            if shardOfTensor.updateValue(shard, forKey: Array(name.utf8)) != nil {
                warnings.append(CheckpointWarning(tensor: name, "occurs twice in the index; the last one counts"))
            }
        }
        self.path = path
        self.shards = Set(shardOfTensor.values).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.warnings = warnings
        self.shardOfTensor = shardOfTensor
        directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
        contained = ContainedFiles(directory.isEmpty ? "/" : directory)
    }

    /// A name in an index must not lead out of its directory.
    static func requireInside(_ shard: String, path: String) throws(CheckpointError) {
        let parts = shard.split(separator: "/", omittingEmptySubsequences: false)
        guard !shard.isEmpty, !shard.utf8.contains(0), shard.utf8.count <= 4096,
            !parts.contains(where: { $0.isEmpty || $0 == ".." || $0 == "." })
        else {
            throw CheckpointError(
                .unsafePath, path: path, "names the file '\(shard)', which is no plain path inside its directory")
        }
    }

    /// The path of a shard.
    ///
    /// - Throws: `unsafePath` where it leads out of the directory of the index.
    func path(of shard: String) throws(CheckpointError) -> String {
        let file = directory.isEmpty ? "/" + shard : directory + "/" + shard
        try contained.require(file, of: path)
        return file
    }

    /// The tensors that the index has in this shard, and the others.
    func partition(_ tensors: [StoredTensor], in shard: String) -> (listed: [StoredTensor], unlisted: [StoredTensor]) {
        var (listed, unlisted): ([StoredTensor], [StoredTensor]) = ([], [])
        for tensor in tensors {
            if shardOfTensor[Array(tensor.name.utf8)] == shard {
                listed.append(tensor)
            } else {
                unlisted.append(tensor)
            }
        }
        return (listed, unlisted)
    }

    /// Opens all shards; the index says which tensor is in which.
    ///
    /// - Parameter shard: opens the file at a path, given its position among those of the checkpoint.
    /// - Throws: as `shard` does; `unsafePath`, `missingTensor`, `limitExceeded`, `conflict`.
    func open(
        as format: CheckpointFormat, shard open: (_ path: String, _ number: Int) throws -> ShardContents
    ) throws -> Checkpoint {
        var files: [RandomAccessFile] = []
        var tensors: [StoredTensor] = []
        var metadata = MetadataEntries()
        var warnings = warnings
        for shard in shards {
            let contents = try open(try self.path(of: shard), files.count)
            files.append(contents.file)
            warnings += contents.warnings
            try metadata.add(contents.metadata, path: path)
            let (listed, unlisted) = partition(contents.tensors, in: shard)
            tensors += listed
            guard tensors.count <= Checkpoint.mostTensors else { throw Checkpoint.tooManyTensors(path: path) }
            for tensor in unlisted { warnings.append(Self.unlisted(tensor, in: shard)) }
        }
        try requireAll(in: tensors)
        return try Checkpoint(
            path: path, format: format, files: files, tensors: tensors, metadata: metadata.entries, warnings: warnings)
    }

    /// What is said of a tensor that is in a shard, and not by the index.
    static func unlisted(_ tensor: StoredTensor, in shard: String) -> CheckpointWarning {
        CheckpointWarning(tensor: tensor.name, "is in \(shard), but not by the index; left out")
    }

    /// - Throws: `missingTensor` for a tensor of the index that was in no shard.
    func requireAll(in tensors: [StoredTensor]) throws(CheckpointError) {
        guard tensors.count < shardOfTensor.count else { return }
        let found = Set(tensors.map { Array($0.name.utf8) })
        let missing = shardOfTensor.filter { !found.contains($0.key) }
            .min { $0.key.lexicographicallyPrecedes($1.key) }
        guard let missing else { return }
        throw CheckpointError(
            .missingTensor, path: path, tensor: String(decoding: missing.key, as: UTF8.self),
            "the index has it in \(missing.value), which does not hold it; fetch that file again")
    }
}

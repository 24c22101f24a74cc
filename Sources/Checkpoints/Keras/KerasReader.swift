import Files
import JSON

/// Opens Keras 3 weights: one `.weights.h5`, or a `.weights.json` with its shards.
enum KerasReader {
    private static let largestIndex = 256 << 20

    static func open(_ path: String, options: ReadingOptions) throws -> Checkpoint {
        guard path.hasSuffix(".json") else { return try HDF5Reader.open(path, format: .keras, options: options) }
        let (groups, shards) = try index(path)
        let directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
        let contained = ContainedFiles(FileSystem.parent(of: path))
        var files: [RandomAccessFile] = []
        var tensors: [StoredTensor] = []
        var metadata = MetadataEntries()
        var warnings: [CheckpointWarning] = []
        var present: [String: Set<String>] = [:]
        for shard in shards {
            try contained.require(directory + shard, of: path)
            let file = try RandomAccessFile(path: directory + shard)
            let listing = try HDF5Reader.list(file.path, options: options)
            tensors += try HDF5Reader.tensors(
                of: listing, format: .keras, file: files.count, path: file.path, warnings: &warnings)
            guard tensors.count <= Checkpoint.mostTensors else { throw Checkpoint.tooManyTensors(path: path) }
            warnings += listing.warnings
            try metadata.add(try HDF5Reader.metadata(of: listing, format: .keras, path: file.path), path: path)
            for dataset in listing.datasets {
                if let group = KerasPath(dataset.path)?.group { present[group, default: []].insert(shard) }
            }
            files.append(file)
        }
        for (group, shard) in groups where !(present[group]?.contains(shard) ?? false) {
            throw CheckpointError(
                .missingTensor, path: path, tensor: group,
                "the index has it in \(shard), which does not hold it; fetch that file again")
        }
        return try Checkpoint(
            path: path, format: .keras, files: files, tensors: tensors, metadata: metadata.entries, warnings: warnings)
    }

    /// The pairs of group and file in an index, and the files by name.
    private static func index(_ path: String) throws -> (groups: [(String, String)], shards: [String]) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument.contents(ofFileAt: path, limit: largestIndex)
        } catch {
            throw CheckpointError(.malformed, path: path, "cannot be read as an index of shards: \(error)")
        }
        guard let map = document.root["weight_map"], map.kind == .object else {
            throw CheckpointError(
                .malformed, path: path, "has no object 'weight_map'; it is no index of shards as Keras writes it")
        }
        var groups: [(String, String)] = []
        var shards = Set<String>()
        for member in map.members {
            let names =
                member.value.kind == .array
                ? member.value.elements.map(\.string) : [member.value.string]
            for name in names {
                guard let name else {
                    throw CheckpointError(
                        .malformed, path: path, tensor: member.key, "its file in 'weight_map' is no string")
                }
                if shards.insert(name).inserted { try ShardIndex.requireInside(name, path: path) }
                let key = member.key
                groups.append((key.utf8.first == UInt8(ascii: "/") ? String(key.dropFirst()) : key, name))
            }
        }
        return (groups, shards.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
}

import Files
import JSON

/// What is known of a shard that is whole. It holds no times and no names of machines: the same shard, the same bytes.
struct ShardCompletion: Equatable, Sendable {
    var name: String
    var bytes: Int
    var sha256: String
    var rows: Int
    var tokens: Int
    /// As the shard's `counts` attribute.
    var counts: JSONNode
    /// As the `inputs` of the shard's `provenance`.
    var inputs: JSONNode

    static let format = "kedge.shard-completion"
    private static let limit = 64 << 20

    init(
        name: String, bytes: Int, sha256: String, rows: Int, tokens: Int, counts: JSONNode,
        inputs: JSONNode
    ) {
        self.name = name
        self.bytes = bytes
        self.sha256 = sha256
        self.rows = rows
        self.tokens = tokens
        self.counts = counts
        self.inputs = inputs
    }

    /// The completion in a file, or nil where what it says is no completion: the shard counts as never finished then.
    ///
    /// - Throws: `FileError` when the file cannot be read.
    init?(readingFrom path: String) throws(FileError) {
        let bytes = try FileSystem.readFile(at: path, limit: Self.limit)
        guard let node = (try? JSONDocument.parsing(bytes)).map({ JSONNode($0.root) }),
            node["format"] == .string(Self.format), node["version"] == .int(1),
            case .string(let name)? = node["name"],
            case .string(let sha256)? = node["sha256"], case .int(let bytes)? = node["bytes"],
            case .int(let rows)? = node["rows"], case .int(let tokens)? = node["tokens"],
            let counts = node["counts"], let inputs = node["inputs"],
            bytes >= 0, rows >= 0, tokens >= 0
        else { return nil }
        self.init(
            name: name, bytes: Int(bytes), sha256: sha256, rows: Int(rows), tokens: Int(tokens),
            counts: counts, inputs: inputs)
    }

    var json: JSONNode {
        [
            "format": .string(Self.format), "version": 1, "name": .string(name), "bytes": .int(Int64(bytes)),
            "sha256": .string(sha256), "rows": .int(Int64(rows)), "tokens": .int(Int64(tokens)),
            "counts": counts, "inputs": inputs,
        ]
    }
}

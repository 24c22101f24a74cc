import Files
public import JSON

/// The index of a sharded dataset: its shards in order, with what they hold.
public struct DatasetIndex: Equatable, Sendable {
    /// One shard.
    public struct Shard: Equatable, Sendable {
        /// The name of its file, in the directory of the index.
        public var name: String
        /// The size of its file in bytes.
        public var bytes: Int
        /// The SHA-256 of its file.
        public var sha256: String
        /// Its rows.
        public var rows: Int
        /// Their tokens.
        public var tokens: Int
    }

    /// The shards in order.
    public var shards: [Shard]
    /// The counts of all shards together.
    public var counts: JSONNode
    /// What the dataset was made with.
    public var settings: JSONNode
    /// SHA-256 of the tokenizer.json that the tokens come from.
    public var tokenizerDigest: String

    /// What the index says it is.
    public static let format = "kedge.prefix-dataset-index"
    /// The version that is written and read.
    public static let version = 1
    /// The name of its file.
    public static let fileName = "index.json"

    /// Rows of all shards.
    public var rowCount: Int { shards.reduce(0) { $0 + $1.rows } }
    /// Tokens of all shards.
    public var tokenCount: Int { shards.reduce(0) { $0 + $1.tokens } }

    /// Reads the index of the dataset in a directory.
    ///
    /// - Throws: ``DatasetError`` when there is none, it has another version or it is not sound; `JSONError` or `FileError`
    ///   when it cannot be read.
    public init(ofDirectory directory: String) throws {
        let path = "\(directory)/\(Self.fileName)"
        guard FileSystem.exists(path) else { throw DatasetError.noIndex(directory: directory) }
        let node = JSONNode(try JSONDocument.contents(ofFileAt: path, limit: 256 << 20).root)
        guard node["format"] == .string(Self.format) else {
            throw DatasetError.badIndex(path: path, reason: "its 'format' does not say \(Self.format)")
        }
        guard node["version"] == .int(Int64(Self.version)) else {
            throw DatasetError.badIndex(path: path, reason: "its version is not \(Self.version)")
        }
        guard case .array(let shards)? = node["shards"], let counts = node["counts"], let settings = node["settings"],
            case .string(let digest)? = node["tokenizer_sha256"]
        else {
            throw DatasetError.badIndex(path: path, reason: "it lacks shards, counts, settings or tokenizer_sha256")
        }
        self.shards = try shards.enumerated().map { number, node in
            guard let shard = Shard(node) else {
                throw DatasetError.badIndex(path: path, reason: "its shard \(number) is not sound")
            }
            return shard
        }
        guard !shards.isEmpty else { throw DatasetError.badIndex(path: path, reason: "it has no shards") }
        self.counts = counts
        self.settings = settings
        tokenizerDigest = digest
        guard hasSoundSums else {
            throw DatasetError.badIndex(path: path, reason: "its shards claim more rows or tokens than can be")
        }
    }

    init(shards: [Shard], counts: JSONNode, settings: JSONNode, tokenizerDigest: String) {
        self.shards = shards
        self.counts = counts
        self.settings = settings
        self.tokenizerDigest = tokenizerDigest
    }

    /// The index as it is written.
    public var json: JSONNode {
        [
            "format": .string(Self.format), "version": .int(Int64(Self.version)), "rows": .int(Int64(rowCount)),
            "tokens": .int(Int64(tokenCount)), "tokenizer_sha256": .string(tokenizerDigest),
            "shards": .array(shards.map(\.json)), "counts": counts, "settings": settings,
        ]
    }

    /// Whether the rows and the tokens of all shards can be added up: what a stranger wrote must not overflow.
    var hasSoundSums: Bool { Self.sumIsSound(shards.map(\.rows)) && Self.sumIsSound(shards.map(\.tokens)) }

    private static func sumIsSound(_ values: [Int]) -> Bool {
        var sum = 0
        for value in values {
            let (next, overflows) = sum.addingReportingOverflow(value)
            guard !overflows, next <= 1 << 53 else { return false }
            sum = next
        }
        return true
    }
}

extension DatasetIndex.Shard {
    fileprivate init?(_ node: JSONNode) {
        // A name that leads elsewhere is no name of a shard.
        guard case .string(let name)? = node["name"], !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")),
            name != ".", name != "..", !name.utf8.contains(0), case .int(let bytes)? = node["bytes"],
            case .string(let sha256)? = node["sha256"], case .int(let rows)? = node["rows"],
            case .int(let tokens)? = node["tokens"], bytes >= 0, rows >= 0, tokens >= 0
        else { return nil }
        self.init(name: name, bytes: Int(bytes), sha256: sha256, rows: Int(rows), tokens: Int(tokens))
    }

    fileprivate var json: JSONNode {
        [
            "name": .string(name), "bytes": .int(Int64(bytes)), "sha256": .string(sha256), "rows": .int(Int64(rows)),
            "tokens": .int(Int64(tokens)),
        ]
    }
}

import Files
import JSON
import Tensors

/// A directory on its way: what is done of it lies beside its final path until all is.
///
///     OUT.kedge-partial/plan.json               what is made, written before anything else
///     OUT.kedge-partial/files/                  will become OUT
///     OUT.kedge-partial/completions/00000.json  says that a shard is whole, written after it
///     OUT.kedge-partial/finishing               all is there, and is being put in place
struct StagedDirectory: Sendable {
    static let planFormat = "kedge.checkpoint-plan"
    private static let completionFormat = "kedge.checkpoint-shard-completion"
    private static let largestRecord = 64 << 20

    /// The final path, without a slash at its end.
    let output: String

    init(of output: String) {
        var output = output
        while output.utf8.count > 1, output.hasSuffix("/") { output.removeLast() }
        self.output = output
    }

    var path: String { "\(output).kedge-partial" }
    var filesPath: String { "\(path)/files" }
    var planPath: String { "\(path)/plan.json" }
    var finishingPath: String { "\(path)/finishing" }
    private var completionsPath: String { "\(path)/completions" }

    var exists: Bool { FileSystem.exists(path) }
    var isFinishing: Bool { FileSystem.exists(finishingPath) }

    func filePath(_ name: String) -> String { "\(filesPath)/\(name)" }
    private func completionPath(_ shard: Int) -> String { "\(completionsPath)/\(ShardSizes.padded(shard)).json" }

    func create() throws(FileError) {
        try FileSystem.createDirectory(at: path)
        try FileSystem.createDirectory(at: filesPath)
        try FileSystem.createDirectory(at: completionsPath)
    }

    /// Makes the directory that of a plan.
    ///
    /// - Returns: whether it is; false where it belongs to another plan.
    func claim(plan: [UInt8]) throws(FileError) -> Bool {
        if !FileSystem.exists(planPath) {
            do throws(FileError) {
                try OutputFile.write(plan, to: planPath, overwrite: false)
            } catch {
                // Another process of the run may have been faster.
                guard error.code == .alreadyExists else { throw error }
            }
        }
        return try FileSystem.readFile(at: planPath, limit: Self.largestRecord) == plan
    }

    /// Whether the directory is that of another plan; false where its plan has been taken away already.
    func isForeign(to plan: [UInt8]) throws(FileError) -> Bool {
        do throws(FileError) {
            return try FileSystem.readFile(at: planPath, limit: Self.largestRecord) != plan
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }

    /// What a shard that is whole lost, or nil where it is not whole.
    func completion(of shard: Int, _ planned: PlannedDirectory.Shard) throws -> [ConversionReport.Loss]? {
        guard FileSystem.exists(completionPath(shard)),
            let size = FileSystem.regularFileSize(at: filePath(planned.name))
        else { return nil }
        let bytes = try FileSystem.readFile(at: completionPath(shard), limit: Self.largestRecord)
        guard let node = (try? JSONDocument.parsing(bytes)).map({ JSONNode($0.root) }),
            node["format"] == .string(Self.completionFormat), node["version"] == 1,
            node["name"] == .string(planned.name), node["bytes"] == .int(Int64(size)),
            case .array(let losses)? = node["losses"]
        else { return nil }
        var result: [ConversionReport.Loss] = []
        for loss in losses {
            guard let loss = ConversionReport.Loss(loss) else { return nil }
            result.append(loss)
        }
        return result
    }

    /// Notes that a shard is whole.
    func complete(_ shard: Int, _ planned: PlannedDirectory.Shard, _ losses: [ConversionReport.Loss]) throws {
        let node: JSONNode = [
            "format": .string(Self.completionFormat), "version": 1, "name": .string(planned.name),
            "bytes": .int(Int64(try FileSystem.size(ofFileAt: filePath(planned.name)))),
            "losses": .array(losses.map(\.json)),
        ]
        try OutputFile.write(
            Array((try JSONWriter(isPretty: true).string(node) + "\n").utf8), to: completionPath(shard),
            overwrite: true)
    }

    /// Takes away what there is of a shard, its completion first, and what killed writers left of it.
    func remove(_ shard: Int, _ planned: PlannedDirectory.Shard) throws(FileError) {
        for path in [completionPath(shard), filePath(planned.name)] {
            try FileSystem.remove(fileAt: path)
            try OutputFile.removeTemporaries(of: path)
        }
    }

    /// Takes away what killed writers left among the files.
    func removeTemporaries() throws(FileError) {
        try OutputFile.removeTemporaries(inDirectory: filesPath, ofNamesLike: [""])
    }

    /// Whether no shard is whole.
    var isEmpty: Bool { (try? FileSystem.contents(ofDirectory: completionsPath).isEmpty) ?? true }

    /// Takes away everything: the mark that all is in place last, for what is there must not look unfinished before.
    func removeAll() throws(FileError) {
        for directory in [filesPath, completionsPath] where FileSystem.exists(directory) {
            for name in try FileSystem.contents(ofDirectory: directory) {
                try FileSystem.remove(fileAt: "\(directory)/\(name)")
            }
            try FileSystem.remove(emptyDirectoryAt: directory)
        }
        if FileSystem.exists(path) { try OutputFile.removeTemporaries(inDirectory: path, ofNamesLike: [""]) }
        try FileSystem.remove(fileAt: planPath)
        try FileSystem.remove(fileAt: finishingPath)
        try FileSystem.remove(emptyDirectoryAt: path)
    }
}

extension ConversionReport.Loss {
    fileprivate var json: JSONNode {
        [
            "tensor": .string(name), "from": .string(source.name), "to": .string(target.name),
            "overflowed": .int(Int64(overflowed)), "underflowed": .int(Int64(underflowed)),
        ]
    }

    fileprivate init?(_ node: JSONNode) {
        guard case .string(let name)? = node["tensor"], case .string(let source)? = node["from"],
            case .string(let target)? = node["to"], let source = TensorType(named: source),
            let target = TensorType(named: target), case .int(let overflowed)? = node["overflowed"],
            case .int(let underflowed)? = node["underflowed"], overflowed >= 0, underflowed >= 0
        else { return nil }
        self.init(
            name: name, source: source, target: target, overflowed: Int(overflowed), underflowed: Int(underflowed))
    }
}

import Divergences
import Files
import HDF5
public import JSON
import Schemas

/// What a path leads to, told by its content.
public enum ReportInput: Sendable {
    /// An HDF5 file that says it is a diagnosis.
    case diagnosis
    /// An HDF5 file that says it is a prefix dataset.
    case prefixDataset
    /// What `kedge inspect --json` prints of a checkpoint.
    case inspection(JSONNode)
    /// What `kedge diff --json` prints.
    case comparison(JSONNode)
    /// What `kedge inspect --json` prints of a prefix dataset.
    case datasetStatistics(JSONNode)

    /// The largest JSON that is read.
    private static let limit = 256 << 20

    /// Whether a file begins as HDF5 files do; libhdf5 does not look at it.
    ///
    /// - Throws: `FileError` where it cannot be read.
    public static func isHDF5(_ path: String) throws -> Bool {
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        let file = try RandomAccessFile(path: path)
        return try file.size >= signature.count && file.bytes(at: 0, count: signature.count) == signature
    }

    /// Looks at a file.
    ///
    /// - Throws: ``ReportError`` where no page can be made of it; `FileError`, `JSONError` and `HDF5Error` where it cannot be read.
    public init(_ path: String) throws {
        self = try Self.isHDF5(path) ? try Self.hdf5(path) : try Self.json(path)
    }

    private static func hdf5(_ path: String) throws -> ReportInput {
        let file = try HDF5File(reading: path)
        let format = try file.hasAttribute("format") ? try file.stringAttribute("format") : nil
        switch format {
        case DiagnosisFile.format: return .diagnosis
        case "kedge.prefix-dataset": return .prefixDataset
        default:
            throw ReportError(
                .unknownKind, path: path,
                "is an HDF5 file, and neither a diagnosis nor a prefix dataset; of a checkpoint, write what kedge inspect --stats --json "
                    + "prints into a file and give that")
        }
    }

    private static func json(_ path: String) throws -> ReportInput {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument.contents(ofFileAt: path, limit: limit)
        } catch {
            if case .unreadable = error.code { throw error }
            throw ReportError(.unknownKind, path: path, "is neither HDF5 nor JSON (\(error.message)); \(Self.wanted)")
        }
        let node = JSONNode(document.root)
        switch node["format"]?.text {
        case "kedge.checkpoint-inspection":
            try check(node, "checkpoint-inspection", path)
            return .inspection(node)
        case "kedge.checkpoint-diff":
            try check(node, "checkpoint-diff", path)
            return .comparison(node)
        case let format?:
            throw ReportError(
                .unknownKind, path: path, "says that its format is \(String(format.prefix(80))); \(Self.wanted)")
        case nil:
            guard node["prompt_lengths"] != nil, node["expert_lengths"] != nil, node["tokenizer_sha256"] != nil else {
                throw ReportError(.unknownKind, path: path, "is JSON that does not say what it is; \(Self.wanted)")
            }
            return .datasetStatistics(node)
        }
    }

    private static let wanted =
        "a report is made of a diagnosis, a prefix dataset, or what kedge inspect --json or kedge diff --json prints"

    private static func check(_ node: JSONNode, _ name: String, _ path: String) throws {
        // The contract's own version is a member of the schema, which the validator does not know.
        let contract = JSONNode(try JSONDocument.parsing(Schemas.json(named: name) ?? []).root)
        let schema = try JSONSchema(.object(contract.members.filter { $0.key != "version" }))
        let violations = schema.violations(in: node)
        guard violations.isEmpty else {
            throw ReportError(
                .contractBroken, path: path,
                "breaks the contract \(name): "
                    + String(violations.prefix(3).map { "\($0)" }.joined(separator: "; ").prefix(500))
                    + (violations.count > 3 ? "; and \(violations.count - 3) more" : ""))
        }
    }
}

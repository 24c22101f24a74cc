import Files
import JSON
import PrefixDatasets
import Tokenization

/// Finding the tokenizer that a dataset was made with.
enum DatasetTokenizer {
    /// The tokenizer at `explicit`, else the one whose path the dataset recorded.
    ///
    /// - Throws: when there is none, or its tokenizer.json is not the one that the dataset was made with.
    static func load(for dataset: borrowing PrefixDataset, explicit: String?) throws -> Tokenizer {
        let path: String
        if let explicit {
            path = try TokenizerDirectory(explicit).tokenizerPath
        } else if let recorded = recordedPath(dataset), FileSystem.exists(recorded) {
            path = recorded
        } else {
            throw DatasetTokenizerError.notFound(dataset: dataset.path, recorded: recordedPath(dataset))
        }
        guard try SHA256.digest(ofFileAt: path) == dataset.tokenizerDigest else {
            throw DatasetTokenizerError.differs(dataset: dataset.path, path: path)
        }
        return try Tokenizer(contentsOf: path)
    }

    private static func recordedPath(_ dataset: borrowing PrefixDataset) -> String? {
        if case .string(let path)? = dataset.provenance["tokenizer"] { path } else { nil }
    }
}

/// Why a dataset cannot be decoded.
enum DatasetTokenizerError: Error, CustomStringConvertible {
    case notFound(dataset: String, recorded: String?)
    case differs(dataset: String, path: String)
    case undecodable(dataset: String, row: Int, reason: String)

    var description: String {
        switch self {
        case .notFound(let dataset, let recorded):
            "\(dataset): its tokenizer\(recorded.map { " (\($0))" } ?? "") is not here; name it with --tokenizer DIR"
        case .differs(let dataset, let path):
            "\(path): is not the tokenizer that \(dataset) was made with (their SHA-256 differ); name that one with --tokenizer DIR"
        case .undecodable(let dataset, let row, let reason):
            "\(dataset): row \(row): cannot be decoded: \(reason)"
        }
    }
}

import Files
import Tokenization
import Training

/// The tokenizer of a run: that which its datasets were made with.
struct TrainingTexts {
    /// nil where a supervised run does without.
    private let tokenizer: Tokenizer?
    private let model: String
    /// The tokenizer's file; nil where there is none.
    let path: String?

    /// - Parameter explicit: a tokenizer's directory; nil for the model's, else that which the dataset recorded.
    /// - Throws: where a tokenizer is there and is not the datasets', or one is needed and there is none.
    init(
        _ configuration: TrainingConfiguration, datasets: [String: PrefixTrainingData], explicit: String?
    ) throws {
        model = configuration.model.path
        let directory = FileSystem.isDirectory(model) ? model : FileSystem.parent(of: model)
        let needsText = configuration.phases.contains { !$0.isSupervised || $0.evaluation.isWanted }
        var found: String?
        if let explicit {
            found = try TokenizerDirectory(explicit).tokenizerPath
        } else if FileSystem.exists("\(directory)/tokenizer.json") {
            found = "\(directory)/tokenizer.json"
        } else if let recorded = datasets.values.compactMap(\.tokenizerPath).first, FileSystem.exists(recorded) {
            found = recorded
        }
        guard let found else {
            guard !needsText else { throw PolicyTokenizerError.missing(model: model) }
            (tokenizer, path) = (nil, nil)
            return
        }
        let digest = try SHA256.digest(ofFileAt: found)
        for (path, data) in datasets where data.tokenizerDigest != digest {
            throw DatasetTokenizerError.differs(dataset: path, path: found)
        }
        tokenizer = try Tokenizer(contentsOf: found)
        path = found
    }

    /// One more than the greatest id of its tokens; nil where there is no tokenizer.
    var idLimit: Int? { tokenizer?.idLimit }

    /// The text of tokens. Ids that only the model knows read as nothing: embeddings often have more rows than the tokenizer has
    /// tokens, and a policy may draw one of them.
    func text(_ ids: [Int32], skippingSpecialTokens: Bool = true) throws -> String {
        guard let tokenizer else { throw PolicyTokenizerError.missing(model: model) }
        let known = ids.filter { tokenizer.token(of: $0) != nil }
        return try tokenizer.decode(known, skippingSpecialTokens: skippingSpecialTokens)
    }
}

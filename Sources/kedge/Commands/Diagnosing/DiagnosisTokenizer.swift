import Divergences
import Files
import JSON
import PrefixDatasets
import Tokenization

/// The tokenizer whose ids a diagnosis is about, and whether everything that goes into it means the same by them.
struct DiagnosisTokenizer {
    /// nil where nothing brought one: texts are shown as ids then.
    let tokenizer: Tokenizer?
    let path: String?
    let digest: String?

    /// What `--tokenizer` names; nil: none.
    init(explicit: String?) throws {
        guard let explicit else {
            (tokenizer, path, digest) = (nil, nil, nil)
            return
        }
        let path = try TokenizerDirectory(explicit).tokenizerPath
        (tokenizer, self.path, digest) = (try Tokenizer(contentsOf: path), path, try SHA256.digest(ofFileAt: path))
    }

    /// - Parameters:
    ///   - explicit: what `--tokenizer` names.
    ///   - models: the models' directories; each that has a tokenizer has to spell all ids alike.
    ///   - dataset: where the ids come from; where it was made with another tokenizer.json, the spelling decides too.
    /// - Throws: where two of them spell an id differently.
    init(explicit: String?, models: [String], dataset: borrowing PrefixDataset) throws {
        var found: [(path: String, digest: String)] = []
        for model in [explicit].compactMap({ $0 }) + models {
            let directory = FileSystem.isDirectory(model) ? model : FileSystem.parent(of: model)
            let isExplicit = model == explicit && found.isEmpty
            guard isExplicit || FileSystem.exists("\(directory)/tokenizer.json") else { continue }
            let path = try TokenizerDirectory(isExplicit ? model : directory).tokenizerPath
            found.append((path, try SHA256.digest(ofFileAt: path)))
        }
        let recorded: String? = if case .string(let path)? = dataset.provenance["tokenizer"] { path } else { nil }
        if let recorded, FileSystem.exists(recorded) {
            let digest = try SHA256.digest(ofFileAt: recorded)
            if digest == dataset.tokenizerDigest { found.append((recorded, digest)) }
        }
        let wanted = dataset.tokenizerDigest
        guard let any = found.first else {
            (tokenizer, path, digest) = (nil, nil, wanted)
            return
        }
        guard let first = found.first(where: { $0.digest == wanted }) else {
            throw DiagnosisError.datasetTokenizer(dataset: dataset.path, path: any.path)
        }
        let tokenizer = try Tokenizer(contentsOf: first.path)
        var known: Set = [first.digest]
        for other in found where known.insert(other.digest).inserted {
            try Self.compare(tokenizer, first.path, try Tokenizer(contentsOf: other.path), other.path)
        }
        (self.tokenizer, path, digest) = (tokenizer, first.path, first.digest)
    }

    /// Files of the same tokenizer differ in what transformers writes anew; what counts is what the ids mean.
    private static func compare(_ a: Tokenizer, _ pathA: String, _ b: Tokenizer, _ pathB: String) throws(DiagnosisError)
    {
        for id in 0..<Int32(clamping: max(a.idLimit, b.idLimit)) {
            let (spellingA, spellingB) = (a.token(of: id), b.token(of: id))
            // A token that only one has is one that was added, such as for tools.
            if let spellingA, let spellingB, spellingA != spellingB {
                throw .tokenizers(pathA, pathB, id: id, spellingA, spellingB)
            }
        }
    }

    /// What a token reads as.
    var text: (Int32) -> [UInt8]? {
        guard let tokenizer else { return { _ in nil } }
        let decoder = TextDecoder(tokenizer)
        return { decoder.tokenBytes($0) }
    }
}

/// Why two policies are not compared.
enum DiagnosisError: Error, CustomStringConvertible {
    case tokenizers(String, String, id: Int32, String, String)
    case datasetTokenizer(dataset: String, path: String)
    case ratio(path: String, ratio: Double, known: [Double])
    case unknownToken(path: String, row: Int, place: Int, id: Int32, vocabulary: Int)
    case vocabularies(String, Int, String, Int)
    case vocabulary(asked: Int, String, Int)
    case nothing(path: String)
    case modelAndDump(model: String, dump: String)
    case options([String], reference: String, isModel: Bool)
    case noDataset(model: String)
    case samePolicy(model: String)
    case noPolicy(dump: String)
    case outputIsInput(String, input: String)
    case needsDataset(String)
    case tensor(DivergenceError, option: String)
    case ownShift(path: String)

    var description: String {
        switch self {
        case .tokenizers(let a, let b, let id, let spellingA, let spellingB):
            "\(b): is another tokenizer than \(a): the id \(id) is '\(spellingB.escaped)' there and '\(spellingA.escaped)' here"
        case .datasetTokenizer(let dataset, let path):
            "\(dataset): was made with another tokenizer than \(path) (their SHA-256 differ); "
                + "name that one with --tokenizer DIR"
        case .ratio(let path, let ratio, let known):
            "\(path): has no prefixes of the ratio \(ratio), but of \(known.map { "\($0)" }.joined(separator: ", "))"
        case .unknownToken(let path, let row, let place, let id, let vocabulary):
            "\(path): row \(row): token \(place) has the id \(id), and 0 to \(vocabulary - 1) are compared"
        case .vocabularies(let a, let sizeA, let b, let sizeB):
            "\(a): has \(sizeA) columns of logits, and \(b) has \(sizeB); where the rest is padding, "
                + "say with --vocabulary-size how many are tokens"
        case .vocabulary(let asked, let path, let size):
            "\(path): has \(size) columns of logits; --vocabulary-size asks for \(asked)"
        case .nothing(let path): "\(path): has no tokens to compare"
        case .modelAndDump(let model, let dump):
            "\(dump): is a dump and \(model) is a model; two of the same kind are compared"
        case .options(let names, let reference, let isModel):
            "\(reference): is a \(isModel ? "model" : "dump"); \(names.joined(separator: ", ")) "
                + "\(names.count == 1 ? "is" : "are") for \(isModel ? "dumps" : "models")"
        case .noDataset(let model): "\(model): is a model; the texts to compare on come with --dataset data.h5"
        case .samePolicy(let model):
            "\(model): is compared with itself; name another --policy, or an adapter with --policy-adapter"
        case .outputIsInput(let output, let input):
            output == input
                ? "\(output): is read; give the diagnosis a name of its own"
                : "\(output): lies in \(input), which is read; put the diagnosis elsewhere"
        case .needsDataset(let option): "\(option): is about the rows of a dataset; name it with --dataset data.h5"
        case .tensor(let error, let option): "\(error) (\(option) NAME)"
        case .ownShift(let path): "\(path): knows itself which token a row is about; leave out --shift"
        case .noPolicy(let dump): "\(dump): is a dump; name the other one with --policy"
        }
    }
}

extension String {
    /// Without what would break a line.
    fileprivate var escaped: String {
        String(
            String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 })
        )
    }
}

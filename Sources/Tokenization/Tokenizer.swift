import Glibc
import JSON

/// A Hugging Face tokenizer read from tokenizer.json: BPE at byte level or in the style of SentencePiece.
///
/// Gives the ids that `Tokenizer.from_file(...)` of the Python package tokenizers 0.23 gives with its truncation and
/// padding turned off. Immutable, and shared by all threads; each thread encodes through a ``TokenEncoder`` of its own.
///
/// Load time is linear in the size of the file; a vocabulary of 150,000 tokens takes some 25 MB.
public final class Tokenizer: Sendable {
    /// The greatest tokenizer.json that is read, in bytes.
    public static let maximumFileSize = 256 << 20

    /// The added tokens, in the order of the file.
    public let addedTokens: [AddedToken]

    let model: BytePairModel
    let normalizer: Normalizer?
    let pretokenizer: Pretokenizer
    let postProcessor: PostProcessor
    let decoder: TokenDecoder?
    let rawMatcher: AddedTokenMatcher
    let normalizedMatcher: AddedTokenMatcher
    private let addedByID: [Int32: AddedToken]
    // Strings are compared by their bytes here: `String` takes canonically equivalent ones for equal.
    private let addedByContent: [[UInt8]: Int32]
    private let specialContents: Set<[UInt8]>
    /// What the added tokens that are normalised read as when decoded.
    private let normalizedContents: [Int32: [UInt8]]

    /// Reads a tokenizer.json.
    ///
    /// - Throws: ``TokenizerError``, naming the file and the field, when the file cannot be read, is cut off, or holds a
    ///   component that Kedge does not implement (WordPiece and Unigram models among them).
    public convenience init(contentsOf path: String) throws(TokenizerError) {
        let document: JSONDocument
        do {
            document = try JSONDocument.contents(ofFileAt: path, limit: Self.maximumFileSize)
        } catch {
            throw TokenizerError(error, path: path)
        }
        try self.init(TokenizerField(value: document.root, file: path, path: ""))
    }

    /// Reads the text of a tokenizer.json; `name` stands for the file in errors.
    ///
    /// - Throws: ``TokenizerError``.
    public convenience init(json: [UInt8], name: String) throws(TokenizerError) {
        let document: JSONDocument
        do {
            document = try JSONDocument.parsing(json)
        } catch {
            throw TokenizerError(error, path: name)
        }
        try self.init(TokenizerField(value: document.root, file: name, path: ""))
    }

    init(_ field: TokenizerField) throws(TokenizerError) {
        guard field.value.kind == .object else { throw field.invalid("is not an object") }
        var model = try BytePairModel(field.required("model"))
        let normalizer = try Normalizer(field.member("normalizer"))
        pretokenizer = Pretokenizer(steps: try field.member("pre_tokenizer").map(PretokenizerStep.steps) ?? [])
        // Only text that no scanner takes apart is ever cut; a large vocabulary spends a while on this.
        if !pretokenizer.mapsBytes, pretokenizer.scanner == nil { model.findCuts() }
        postProcessor = try PostProcessor(field.member("post_processor"))
        decoder = try TokenDecoder(field.member("decoder"))
        addedTokens = try AddedToken.list(field.member("added_tokens"), model.vocabulary)

        // The oracle asks special tokens before the others; only for equal strings does the order matter.
        let ordered = addedTokens.filter(\.special) + addedTokens.filter { !$0.special }
        rawMatcher = AddedTokenMatcher(
            ordered.filter { !$0.normalized }.map { (token: $0, pattern: Array($0.content.utf8)) })
        var normalizedTokens: [(token: AddedToken, pattern: [UInt8])] = []
        for token in ordered where token.normalized {
            let content = Array(token.content.utf8)
            let pattern = try withBytes(content) { (text) throws(TokenizerError) in
                var leading = 0
                return try normalizer?.normalized(
                    text, limit: GrowthLimit(bytes: text.count).remaining, leading: &leading)
            }
            // Nothing can be searched for it, and its id would read as nothing.
            if pattern?.isEmpty == true {
                throw field.invalid("has the added token '\(token.content)', which normalizes to nothing")
            }
            normalizedTokens.append((token, pattern ?? content))
        }
        normalizedMatcher = AddedTokenMatcher(normalizedTokens)
        normalizedContents = Dictionary(normalizedTokens.map { ($0.token.id, $0.pattern) }) { $1 }
        addedByID = Dictionary(addedTokens.map { ($0.id, $0) }) { $1 }
        addedByContent = Dictionary(addedTokens.map { (Array($0.content.utf8), $0.id) }) { $1 }
        specialContents = Set(addedTokens.filter(\.special).map { Array($0.content.utf8) })
        self.model = model
        self.normalizer = normalizer
    }

    /// One more than the greatest id that a token has.
    public var idLimit: Int {
        max(model.vocabulary.idLimit, Int(addedTokens.map(\.id).max() ?? -1) + 1)
    }

    /// How many tokens there are, added ones included.
    public var count: Int {
        model.vocabulary.count + addedTokens.count { model.vocabulary.id(of: Array($0.content.utf8)) == nil }
    }

    /// The id of a token by its string, such as `<|im_end|>` or `Ġthe`; nil when there is none.
    public func id(of token: String) -> Int32? {
        let token = Array(token.utf8)
        return addedByContent[token] ?? model.vocabulary.id(of: token)
    }

    /// The string of a token as the vocabulary spells it; nil when no token has this id.
    public func token(of id: Int32) -> String? {
        bytes(of: id).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The ids of all tokens whose string, as the vocabulary spells it, contains one of `parts`. O(vocabulary).
    public func ids(containing parts: [String]) -> Set<Int32> {
        let parts = parts.map { Array($0.utf8) }
        var found: Set<Int32> = []
        model.vocabulary.forEachByID { token, id in
            if parts.contains(where: { ByteSearch.contains($0, in: token) }) { found.insert(id) }
        }
        for token in addedTokens {
            let content = Array(token.content.utf8)
            let isFound = content.withUnsafeBufferPointer { content in
                parts.contains { ByteSearch.contains($0, in: content) }
            }
            if isFound { found.insert(token.id) } else { found.remove(token.id) }
        }
        return found
    }

    /// The text of `ids`. An added token that is normalised reads as its normalised form, as the oracle has it.
    ///
    /// - Parameter skippingSpecialTokens: leaves out tokens that read as a special added token.
    /// - Throws: ``TokenizerError/unknownID(_:)`` for an id that no token has.
    public func decode(_ ids: some Sequence<Int32>, skippingSpecialTokens: Bool = false) throws(TokenizerError)
        -> String
    {
        var tokens: [[UInt8]] = []
        for id in ids {
            guard let token = spelling(of: id) else { throw .unknownID(id) }
            if skippingSpecialTokens, specialContents.contains(token) { continue }
            tokens.append(token)
        }
        guard let decoder else {
            return String(decoding: Array(tokens.joined(separator: [ASCII.space])), as: UTF8.self)
        }
        let limit = GrowthLimit(bytes: tokens.reduce(0) { $0 + $1.count }).remaining
        return String(decoding: Array(try decoder.decode(tokens, limit: limit).joined()), as: UTF8.self)
    }

    /// What the decoder gets for an id; nil when no token has it.
    func spelling(of id: Int32) -> [UInt8]? {
        normalizedContents[id] ?? bytes(of: id).map(Array.init)
    }

    private func bytes(of id: Int32) -> ArraySlice<UInt8>? {
        if let added = addedByID[id] { return Array(added.content.utf8)[...] }
        return model.vocabulary.token(id)
    }
}

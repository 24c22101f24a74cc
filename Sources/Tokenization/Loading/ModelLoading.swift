import JSON

extension BytePairModel {
    /// Reads `model`.
    init(_ field: TokenizerField) throws(TokenizerError) {
        // Files from before the type was written have vocab and merges alone.
        let type = try field.member("type")?.string() ?? (field.member("merges") == nil ? "of an unnamed type" : "BPE")
        guard type == "BPE" else { throw field.unsupported("the model", type) }
        if let dropout = field.member("dropout"), dropout.value.double != 0 {
            throw field.unsupported("the model's", "dropout (the same text would not give the same ids)")
        }
        var options = Options()
        options.unknownToken = try field.member("unk_token")?.string()
        options.fusesUnknown = try field.bool("fuse_unk", or: false)
        options.byteFallback = try field.bool("byte_fallback", or: false)
        options.ignoresMerges = try field.bool("ignore_merges", or: false)
        options.continuingSubwordPrefix = Array((try field.member("continuing_subword_prefix")?.string() ?? "").utf8)
        options.endOfWordSuffix = Array((try field.member("end_of_word_suffix")?.string() ?? "").utf8)

        let vocabulary = try Self.vocabulary(field.required("vocab"))
        let merges = try Self.merges(
            field.required("merges"), vocabulary, prefixLength: options.continuingSubwordPrefix.count)
        self.init(vocabulary: vocabulary, merges: merges, options: options)
    }

    private static func vocabulary(_ field: TokenizerField) throws(TokenizerError) -> Vocabulary {
        guard field.value.kind == .object else { throw field.invalid("is not an object") }
        var vocabulary = Vocabulary(capacity: field.value.count)
        for member in field.value.members {
            let inserted = member.value.int.flatMap { id in
                member.name.withUTF8 { vocabulary.insert($0, id: id) }
            }
            guard inserted == true else {
                throw field.invalid("gives the token '\(member.key)' an id that is not a small whole number")
            }
        }
        return vocabulary
    }

    /// The merges in order of rank, as `"left right"` or as `["left", "right"]`.
    private static func merges(
        _ field: TokenizerField, _ vocabulary: Vocabulary, prefixLength: Int
    ) throws(TokenizerError) -> [(left: Int32, right: Int32, merge: MergeTable.Merge)] {
        guard field.value.kind == .array else { throw field.invalid("is not an array") }
        var merges: [(left: Int32, right: Int32, merge: MergeTable.Merge)] = []
        merges.reserveCapacity(field.value.count)
        var text = MergeText()
        for element in field.value.elements {
            let fault = text.read(element)
            if text.isComment { continue }
            let number = merges.count + 1
            if let fault { throw field.invalid("has an entry, number \(number), \(fault.rawValue)") }
            guard let (left, right, id) = text.ids(vocabulary, prefixLength: prefixLength) else {
                throw field.invalid(
                    "has an entry, number \(number), that makes '\(text.joined)' of tokens not all in the vocabulary")
            }
            guard let rank = UInt32(exactly: merges.count) else { throw field.invalid("has too many entries") }
            merges.append((left, right, MergeTable.Merge(rank: rank, id: id)))
        }
        return merges
    }
}

/// The two sides of one entry of `merges`, end to end in a buffer that is used again for the next.
private struct MergeText {
    private var bytes: [UInt8] = []
    private var leftLength = 0
    /// Whether the entry is the version line of a merges.txt, which some files carry along.
    private(set) var isComment = false

    /// What can be wrong with the shape of an entry.
    enum Fault: String {
        case notAPair = "that is not a pair of strings"
        case neither = "that is neither a string nor a pair"
        case spaces = "without exactly one space"
    }

    /// Both sides joined.
    var joined: String { String(decoding: bytes, as: UTF8.self) }

    mutating func read(_ element: JSONValue) -> Fault? {
        bytes.removeAll(keepingCapacity: true)
        isComment = false
        if element.kind == .array {
            var parts = element.elements
            guard let left = parts.next(), let right = parts.next(), parts.next() == nil,
                left.withUTF8({ bytes.append(contentsOf: $0) }) != nil
            else { return .notAPair }
            leftLength = bytes.count
            return right.withUTF8({ bytes.append(contentsOf: $0) }) == nil ? .notAPair : nil
        }
        guard element.withUTF8({ bytes.append(contentsOf: $0) }) != nil else { return .neither }
        if bytes.starts(with: "#version".utf8) {
            isComment = true
            return nil
        }
        guard let space = bytes.firstIndex(of: ASCII.space), bytes.lastIndex(of: ASCII.space) == space else {
            return .spaces
        }
        bytes.remove(at: space)
        leftLength = space
        return nil
    }

    /// The ids of both sides and of the token that they make, or nil where one is not in the vocabulary.
    ///
    /// - Parameter prefixLength: how much of the right side is the prefix of continued words, which the result leaves out.
    func ids(_ vocabulary: Vocabulary, prefixLength: Int) -> (left: Int32, right: Int32, result: Int32)? {
        bytes.withUnsafeBufferPointer { bytes in
            let left = UnsafeBufferPointer(rebasing: bytes[..<leftLength])
            let right = UnsafeBufferPointer(rebasing: bytes[leftLength...])
            guard let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right) else { return nil }
            if prefixLength == 0 {
                return vocabulary.id(of: bytes).map { (leftID, rightID, $0) }
            }
            guard right.count >= prefixLength else { return nil }
            return vocabulary.id(of: Array(left) + Array(right.dropFirst(prefixLength))).map { (leftID, rightID, $0) }
        }
    }
}

extension AddedToken {
    /// The longest content, in bytes. Matching walks as far as a token goes at every place where one may begin, so this
    /// bounds what a stranger's file can make a stranger's text cost.
    private static let maximumBytes = 1024

    init(_ field: TokenizerField) throws(TokenizerError) {
        content = try field.string("content")
        guard content.utf8.count <= Self.maximumBytes else {
            throw field.invalid(
                "has a content of \(content.utf8.count) bytes; at most \(Self.maximumBytes) are searched for")
        }
        id = 0
        singleWord = try field.bool("single_word")
        stripsLeft = try field.bool("lstrip")
        stripsRight = try field.bool("rstrip")
        normalized = try field.bool("normalized")
        special = try field.bool("special")
    }

    /// Reads `added_tokens` and gives each token its id: that of the vocabulary where the token is in it, else the next
    /// free one. The oracle ignores the ids that the file states, and so does this.
    static func list(_ field: TokenizerField?, _ vocabulary: Vocabulary) throws(TokenizerError) -> [AddedToken] {
        guard let field else { return [] }
        var tokens: [AddedToken] = []
        // By bytes: `String` takes canonically equivalent contents for equal.
        var indexOfContent: [[UInt8]: Int] = [:]
        var greatest: Int32 = -1
        for element in try field.elements() {
            var token = try AddedToken(element)
            guard !token.content.isEmpty else { continue }
            let content = Array(token.content.utf8)
            if let index = indexOfContent[content] {
                token.id = tokens[index].id
                tokens[index] = token
                continue
            }
            let size = Int32(vocabulary.count)
            if let id = vocabulary.id(of: content) {
                token.id = id
            } else {
                token.id = greatest >= size || (size == 0 && greatest >= 0) ? greatest + 1 : size
            }
            greatest = max(greatest, token.id)
            indexOfContent[content] = tokens.count
            tokens.append(token)
        }
        return tokens
    }
}

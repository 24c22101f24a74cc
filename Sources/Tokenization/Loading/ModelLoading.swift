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
        var rank: UInt32 = 0
        var joined: [UInt8] = []
        for element in field.value.elements {
            joined.removeAll(keepingCapacity: true)
            var leftLength = 0
            if element.kind == .array {
                let parts = Array(element.elements)
                guard parts.count == 2, parts[0].kind == .string, parts[1].kind == .string else {
                    throw field.invalid("has an entry, number \(rank + 1), that is not a pair of strings")
                }
                _ = parts[0].withUTF8 { joined.append(contentsOf: $0) }
                leftLength = joined.count
                _ = parts[1].withUTF8 { joined.append(contentsOf: $0) }
            } else {
                guard element.kind == .string else {
                    throw field.invalid("has an entry, number \(rank + 1), that is neither a string nor a pair")
                }
                _ = element.withUTF8 { joined.append(contentsOf: $0) }
                if joined.starts(with: "#version".utf8) { continue }
                guard let space = joined.firstIndex(of: ASCII.space),
                    joined.lastIndex(of: ASCII.space) == space
                else {
                    throw field.invalid("has an entry, number \(rank + 1), without exactly one space")
                }
                joined.remove(at: space)
                leftLength = space
            }
            merges.append(
                try merge(joined, leftLength, rank, vocabulary, prefixLength: prefixLength, field))
            rank += 1
        }
        return merges
    }

    private static func merge(
        _ joined: [UInt8], _ leftLength: Int, _ rank: UInt32, _ vocabulary: Vocabulary, prefixLength: Int,
        _ field: TokenizerField
    ) throws(TokenizerError) -> (left: Int32, right: Int32, merge: MergeTable.Merge) {
        let ids = joined.withUnsafeBufferPointer { bytes -> (Int32, Int32, Int32)? in
            let left = UnsafeBufferPointer(rebasing: bytes[..<leftLength])
            let right = UnsafeBufferPointer(rebasing: bytes[leftLength...])
            guard let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right) else { return nil }
            if prefixLength == 0 {
                return vocabulary.id(of: bytes).map { (leftID, rightID, $0) }
            }
            guard right.count >= prefixLength else { return nil }
            return vocabulary.id(of: Array(left) + Array(right.dropFirst(prefixLength))).map { (leftID, rightID, $0) }
        }
        guard let (left, right, id) = ids else {
            let name = String(decoding: joined, as: UTF8.self)
            throw field.invalid(
                "has an entry, number \(rank + 1), that makes '\(name)' of tokens not all in the vocabulary")
        }
        return (left, right, MergeTable.Merge(rank: rank, id: id))
    }
}

extension AddedToken {
    init(_ field: TokenizerField) throws(TokenizerError) {
        content = try field.string("content")
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

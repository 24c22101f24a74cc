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
        let refused = field.value.withItem { (object) -> String? in
            guard var members = object.members else { return nil }
            while let key = members.next()?.utf8, let value = members.next() {
                guard let id = value.int, vocabulary.insert(key, id: id) else {
                    return String(decoding: key, as: UTF8.self)
                }
            }
            return nil
        }
        if let refused {
            throw field.invalid("gives the token '\(refused)' an id that is not a small whole number")
        }
        return vocabulary
    }

    /// The merges in order of rank, as `"left right"` or as `["left", "right"]`.
    ///
    /// Each takes three look-ups in a large table, so that the halves of the list are read at the same time.
    private static func merges(
        _ field: TokenizerField, _ vocabulary: Vocabulary, prefixLength: Int
    ) throws(TokenizerError) -> [(left: Int32, right: Int32, merge: MergeTable.Merge)] {
        guard field.value.kind == .array else { throw field.invalid("is not an array") }
        let count = field.value.count
        var (front, back) = field.value.withItem { (array) -> (MergeStretch, MergeStretch) in
            guard var rest = array.elements else { return (MergeStretch(), MergeStretch()) }
            let (front, back) = (rest.split(after: count / 2), rest)
            return concurrently(
                { MergeStretch(front, vocabulary, prefixLength: prefixLength, capacity: count) },
                { MergeStretch(back, vocabulary, prefixLength: prefixLength, capacity: count - count / 2) })
        }
        front.append(back)
        if let fault = front.fault {
            throw field.invalid("has an entry, number \(front.merges.count + 1), \(fault)")
        }
        return front.merges
    }
}

/// Consecutive entries of `merges`, up to the first that is none.
private struct MergeStretch: Sendable {
    /// Ranked from 0.
    var merges: [(left: Int32, right: Int32, merge: MergeTable.Merge)] = []
    /// What is wrong with the entry behind them.
    var fault: String?

    init() {}

    /// - Parameter capacity: for how many merges to make room.
    init(_ entries: JSONItems, _ vocabulary: Vocabulary, prefixLength: Int, capacity: Int) {
        merges.reserveCapacity(capacity)
        var previous: Int32 = 0
        for entry in entries {
            let sides: MergeSides
            do throws(MergeSides.Fault) {
                guard let found = try MergeSides(entry) else { continue }
                sides = found
            } catch {
                fault = error.rawValue
                return
            }
            guard
                let (left, right, id) = sides.ids(vocabulary, prefixLength: prefixLength, after: previous),
                let rank = UInt32(exactly: merges.count)
            else {
                fault = "that makes '\(sides.joined)' of tokens not all in the vocabulary"
                return
            }
            merges.append((left, right, MergeTable.Merge(rank: rank, id: id)))
            previous = id
        }
    }

    /// Goes on with the entries behind these, where all of these are merges.
    mutating func append(_ next: MergeStretch) {
        guard fault == nil else { return }
        let rank = UInt32(truncatingIfNeeded: merges.count)
        for var entry in next.merges {
            entry.merge.rank += rank
            merges.append(entry)
        }
        fault = next.fault
    }
}

/// The two sides of one entry of `merges`, where they lie in the document.
private struct MergeSides {
    private let left: UnsafeBufferPointer<UInt8>
    private let right: UnsafeBufferPointer<UInt8>

    /// What can be wrong with the shape of an entry.
    enum Fault: String, Error {
        case notAPair = "that is not a pair of strings"
        case neither = "that is neither a string nor a pair"
        case spaces = "without exactly one space"
    }

    /// Reads an entry; nil for the version line of a merges.txt, which some files carry along.
    init?(_ entry: JSONItem) throws(Fault) {
        if var parts = entry.elements {
            guard let left = parts.next()?.utf8, let right = parts.next()?.utf8, parts.next() == nil else {
                throw .notAPair
            }
            (self.left, self.right) = (left, right)
            return
        }
        guard let text = entry.utf8 else { throw .neither }
        if text.starts(with: "#version".utf8) { return nil }
        guard let space = text.firstIndex(of: ASCII.space), text.lastIndex(of: ASCII.space) == space else {
            throw .spaces
        }
        left = UnsafeBufferPointer(rebasing: text[..<space])
        right = UnsafeBufferPointer(rebasing: text[(space + 1)...])
    }

    /// Both sides joined.
    var joined: String { String(decoding: Array(left) + Array(right), as: UTF8.self) }

    /// The ids of both sides and of the token that they make, or nil where one is not in the vocabulary.
    ///
    /// - Parameters:
    ///   - prefixLength: how much of the right side is the prefix of continued words, which the result leaves out.
    ///   - previous: what the merge before makes.
    func ids(
        _ vocabulary: Vocabulary, prefixLength: Int, after previous: Int32
    ) -> (left: Int32, right: Int32, result: Int32)? {
        guard right.count >= prefixLength, let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right)
        else { return nil }
        let ending = UnsafeBufferPointer(rebasing: right[prefixLength...])
        // Most files have the tokens in the order of the merges that make them.
        if vocabulary.token(previous + 1, is: left, ending) { return (leftID, rightID, previous + 1) }
        if vocabulary.token(previous, is: left, ending) { return (leftID, rightID, previous) }
        return vocabulary.id(ofJoined: left, ending).map { (leftID, rightID, $0) }
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

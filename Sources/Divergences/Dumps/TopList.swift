import JSON

/// The tokens that a top-k dump lists at one place, by ascending id.
struct TopList: Equatable {
    struct Entry: Equatable {
        var id: Int32
        var logProb: Double
        /// 1 and how many tokens are more probable; 0 where the file does not say.
        var rank: Int32
    }

    /// By ascending id.
    var entries: [Entry]

    /// The entry of a token.
    subscript(id: Int32) -> Entry? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].id == id ? entries[low] : nil
    }

    /// The most probable tokens, the most probable first; a token that is only there because it was prompted is none.
    func top(_ width: Int) -> [Entry] {
        let listed = entries.filter { $0.rank <= entries.count }
        return Array(listed.sorted { ($1.logProb, $0.id) < ($0.logProb, $1.id) }.prefix(width))
    }
}

/// A place of a text in a top-k dump.
struct TopPlace: Equatable {
    /// The number of the sequence in the file, and what the file calls it.
    var sequence: Int
    var sequenceID: String
    var position: Int
    /// The token that stands there; nil where the file does not say.
    var tokenID: Int32?
    /// What was said of it; nil for the first token, of which nothing is.
    var list: TopList?
}

extension TopList {
    /// Why an object is no list.
    struct Failure: Error {
        let reason: String
    }

    /// What vLLM writes for -infinity, which JSON cannot say.
    private static let minusInfinity = -9999.0

    /// Reads `{"id": {"logprob": x, "rank": n, "decoded_token": "..."}, ...}`, or `{"id": x, ...}`.
    ///
    /// - Returns: the list, and the token that vLLM was prompted with: the first member.
    init(_ value: JSONValue) throws(Failure) {
        guard value.kind == .object else { throw Failure(reason: "is neither null nor an object of tokens") }
        var entries: [Entry] = []
        entries.reserveCapacity(value.count)
        for member in value.members {
            guard let id = Int32(member.key), id >= 0 else {
                throw Failure(reason: "has the key '\(member.key.prefix(20))', which is no token id")
            }
            let number = member.value.kind == .object ? member.value["logprob"] : member.value
            guard var logProb = number?.double else { throw Failure(reason: "token \(id) has no number as logprob") }
            guard logProb <= 1e-3 else { throw Failure(reason: "token \(id) has the log-probability \(logProb)") }
            logProb = logProb <= Self.minusInfinity ? -.infinity : min(logProb, 0)
            let rank = member.value.kind == .object ? member.value["rank"]?.int ?? 0 : 0
            entries.append(Entry(id: id, logProb: logProb, rank: Int32(clamping: max(0, rank))))
        }
        guard !entries.isEmpty else { throw Failure(reason: "lists no tokens") }
        entries.sort { $0.id < $1.id }
        if let pair = zip(entries, entries.dropFirst()).first(where: { $0.id == $1.id }) {
            throw Failure(reason: "lists token \(pair.0.id) twice")
        }
        self.entries = entries
    }

    /// The token that vLLM writes first: the one of the prompt, which is there whatever its rank is.
    static func prompted(_ value: JSONValue, in list: TopList) throws(Failure) -> Int32? {
        var members = value.members
        guard let first = members.next().flatMap({ Int32($0.key) }) else { return nil }
        // Whoever sorted the members has lost which one it was, unless it stands out.
        if let outside = list.entries.first(where: { $0.rank > list.entries.count }), outside.id != first {
            throw Failure(
                reason:
                    "does not begin with the token of the prompt; keep the order of the members, or write prompt_token_ids"
            )
        }
        return first
    }
}

import JSON

/// The tokens that a page mentions, each once.
struct TokenTable {
    private let vocabulary: [Int32: [UInt8]]
    private var places: [Int32: Int] = [:]
    private var entries: [JSONNode] = []
    private var bytesLeft: Int

    init(_ vocabulary: [Int32: [UInt8]], textBytes: Int) {
        self.vocabulary = vocabulary
        bytesLeft = textBytes
    }

    /// The token's place in the table; -1 for an id below 0, which stands for none.
    mutating func place(_ id: Int32) -> Int {
        guard id >= 0 else { return -1 }
        if let place = places[id] { return place }
        let place = entries.count
        places[id] = place
        // A token without text is shown by its id, and so is what the page has no room for.
        if let bytes = vocabulary[id], case let size = min(bytes.count, TokenText.longest), size <= bytesLeft {
            bytesLeft -= size
            entries.append(TokenText.node(id: Int(id), bytes))
        } else {
            entries.append(TokenText.node(id: Int(id), nil))
        }
        return place
    }

    /// [id], [id, text] or [id, text, bytes] of each.
    var node: JSONNode { .array(entries) }
}

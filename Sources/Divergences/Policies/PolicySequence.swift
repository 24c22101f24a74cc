/// A text that two policies are compared on.
public struct PolicySequence: Sendable {
    /// What the input calls it.
    public var id: String
    /// The ids of its tokens, at least 1.
    public var tokens: [Int32]
    /// How many of them are the prompt's.
    public var promptLength: Int
    /// How many behind the prompt are an expert's prefix.
    public var prefixLength: Int

    /// Describes a text; the rest behind prompt and prefix is the continuation.
    public init(id: String, tokens: [Int32], promptLength: Int, prefixLength: Int) {
        precondition(promptLength >= 0 && prefixLength >= 0 && promptLength + prefixLength <= tokens.count)
        self.id = id
        self.tokens = tokens
        self.promptLength = promptLength
        self.prefixLength = prefixLength
    }

    /// The segment of the token at a place.
    func segment(_ place: Int) -> Segment {
        if place < promptLength { return .prompt }
        return place < promptLength + prefixLength ? .prefix : .continuation
    }
}

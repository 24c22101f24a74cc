/// A token that is found in the text before the model sees it.
public struct AddedToken: Equatable, Sendable {
    /// The text that the token stands for.
    public var content: String
    /// Its id.
    public var id: Int32
    /// Matches only between characters that are not word characters.
    public var singleWord: Bool
    /// Absorbs white space in front of it.
    public var stripsLeft: Bool
    /// Absorbs white space behind it.
    public var stripsRight: Bool
    /// Is searched in the normalised text, by its normalised form.
    public var normalized: Bool
    /// Is left out when decoding skips special tokens.
    public var special: Bool
}

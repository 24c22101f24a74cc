/// Turns ids into text as they come.
///
/// What it gives are bytes of UTF-8, since a token may end in the middle of a scalar. End to end they are, once invalid ones
/// are replaced, what ``TextDecoder/decode(_:)`` makes of all ids together. For decoders that are not byte-level, a token is
/// read behind the few before it, and waits while what it stands for may still change (byte fallback in the middle of a
/// scalar), but for no more than ``longestWait`` tokens; only for such text as no encoder makes can the end-to-end text differ.
public struct StreamingDecoder: Sendable {
    /// The most tokens that wait.
    public static var longestWait: Int { 8 }

    private let decoder: TextDecoder
    /// Tokens whose text is given out, which those that follow are read behind.
    private var context: [Int32] = []
    private var waiting: [Int32] = []

    /// A decoder at the beginning of a text.
    public init(_ decoder: TextDecoder) {
        self.decoder = decoder
    }

    /// Takes an id; returns the bytes that are certain now.
    ///
    /// - Throws: ``TokenizerError/unknownID(_:)`` for an id that no token has.
    public mutating func append(_ id: Int32) throws(TokenizerError) -> [UInt8] {
        if let bytes = try decoder.bytes(of: id) { return Array(bytes) }
        // An unknown id must not stay: those that follow would fail too.
        _ = try decoder.decode([id])
        waiting.append(id)
        return try giveOut(isEnd: false)
    }

    /// Ends the text; returns the bytes that still wait.
    public mutating func finish() throws(TokenizerError) -> [UInt8] {
        waiting.isEmpty ? [] : try giveOut(isEnd: true)
    }

    private mutating func giveOut(isEnd: Bool) throws(TokenizerError) -> [UInt8] {
        let before = Array(try decoder.decode(context[...]).utf8)
        let after = Array(try decoder.decode((context + waiting)[...]).utf8)
        let mustGive = isEnd || waiting.count >= Self.longestWait
        let changes = !after.starts(with: before) || after.suffix(3) == Array("\u{FFFD}".utf8)[...]
        guard mustGive || !changes else { return [] }
        let common = zip(before, after).prefix { $0 == $1 }.count
        // Behind tokens without text the next would look like the first of all.
        context = after.count > common ? waiting : context + waiting
        waiting = []
        return Array(after[common...])
    }
}

/// Turns many sequences of ids into text, fast.
///
/// Gives what ``Tokenizer/decode(_:skippingSpecialTokens:)`` gives. For byte-level tokenizers it keeps the bytes of all
/// tokens side by side, some megabytes for a large vocabulary, and a text is then one copy a token. Immutable, and shared
/// by all threads.
public struct TextDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let table: ByteTable?

    /// A decoder for a tokenizer. O(vocabulary).
    public init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
        table = tokenizer.decoder?.isByteLevel == true ? ByteTable(tokenizer) : nil
    }

    /// The text of `ids`, special tokens included. Linear in the text.
    ///
    /// - Throws: ``TokenizerError/unknownID(_:)`` for an id that no token has.
    public func decode(_ ids: ArraySlice<Int32>) throws(TokenizerError) -> String {
        guard let table else { return try tokenizer.decode(ids) }
        return try table.decode(ids)
    }

    /// What one token reads as inside of a text, for showing it alone: a part of a character gives its bytes. Where a token's
    /// text depends on those around it, a word's beginning reads as a space.
    ///
    /// - Returns: nil for an id that no token has.
    public func tokenBytes(_ id: Int32) -> [UInt8]? {
        if let table { return (try? table.range(of: id)).map { Array(table.bytes[$0]) } }
        guard let spelling = tokenizer.spelling(of: id) else { return nil }
        if let byte = TokenDecoder.fallbackByte(spelling) { return [byte] }
        return Array(
            String(decoding: spelling, as: UTF8.self).split(separator: "\u{2581}", omittingEmptySubsequences: false)
                .joined(separator: " ").utf8)
    }

    /// The bytes that an id stands for wherever it is; nil where they depend on the tokens around it.
    func bytes(of id: Int32) throws(TokenizerError) -> ArraySlice<UInt8>? {
        guard let table else { return nil }
        return table.bytes[try table.range(of: id)]
    }
}

/// The bytes that each id stands for, end to end.
private struct ByteTable: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where each id begins; an id that no token has is empty, as a token is that stands for nothing.
    private var starts: [Int] = []
    private var unknown: Set<Int32> = []

    init(_ tokenizer: Tokenizer) {
        starts.reserveCapacity(tokenizer.idLimit + 1)
        for id in 0..<Int32(clamping: tokenizer.idLimit) {
            starts.append(bytes.count)
            if let token = tokenizer.spelling(of: id) {
                bytes += TokenDecoder.byteLevelBytes(token)
            } else {
                unknown.insert(id)
            }
        }
        starts.append(bytes.count)
    }

    /// Where the bytes of an id are.
    func range(of id: Int32) throws(TokenizerError) -> Range<Int> {
        guard id >= 0, Int(id) + 1 < starts.count else { throw .unknownID(id) }
        let range = starts[Int(id)]..<starts[Int(id) + 1]
        if range.isEmpty, unknown.contains(id) { throw .unknownID(id) }
        return range
    }

    func decode(_ ids: ArraySlice<Int32>) throws(TokenizerError) -> String {
        var count = 0
        for id in ids { count += try range(of: id).count }
        // Tokens may end in the middle of a scalar; only the whole is UTF-8, and what is not is repaired.
        return String(unsafeUninitializedCapacity: count) { copy(ids, to: UnsafeMutableRawBufferPointer($0)) }
    }

    /// Copies the bytes of ids that are all known to `text`, which has room for them.
    private func copy(_ ids: ArraySlice<Int32>, to text: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        bytes.withUnsafeBytes { bytes in
            for id in ids {
                let token = bytes[starts[Int(id)]..<starts[Int(id) + 1]]
                UnsafeMutableRawBufferPointer(rebasing: text[count...]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: token))
                count += token.count
            }
        }
        return count
    }
}

extension TokenDecoder {
    /// Whether it does nothing but turn byte-level tokens into bytes.
    fileprivate var isByteLevel: Bool {
        switch self {
        case .byteLevel: true
        case .sequence(let steps): steps.count == 1 && steps[0].isByteLevel
        default: false
        }
    }
}

/// Encodes text for one thread: the tables are the tokenizer's, the cache and the scratch memory its own.
///
/// Not for use from several threads at once. Takes about 2 MB, and room for the ids of the longest text.
public final class TokenEncoder {
    /// The longest stretch without a split point that is encoded, in bytes; the merges of a longer one would take more
    /// memory than a stranger's text may ask for (some 40 bytes for each of its own).
    public static let maximumWordBytes = 1 << 20

    /// The tokenizer that is encoded by.
    public let tokenizer: Tokenizer

    private var model: ModelEncoder
    private var buffer = IDBuffer()
    /// How many bytes the normalizer may still make of the text that is being encoded, and the pre-tokenizer of that.
    private var normalizerGrowth = GrowthLimit(bytes: 0)
    private var pretokenizerGrowth = GrowthLimit(bytes: 0)

    /// An encoder with an empty cache.
    public init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
        model = ModelEncoder(model: tokenizer.model, pretokenizer: tokenizer.pretokenizer)
    }

    /// The ids of `text`.
    ///
    /// - Parameter addingSpecialTokens: puts around the ids what the post-processor says, such as a BOS.
    /// - Throws: ``TokenizerError`` when the text needs an unknown token that the vocabulary lacks, a pattern of the file
    ///   backtracks without bound, the text grows beyond all measure, or a stretch of more than ``maximumWordBytes`` has
    ///   no split point.
    /// - Complexity: O(n) for n bytes; O(n log n) where a stretch without a split point is long.
    public func encode(_ text: String, addingSpecialTokens: Bool = false) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        try encode(text.utf8Span, addingSpecialTokens: addingSpecialTokens, into: &ids)
        return ids
    }

    /// Appends the ids of text to `ids`.
    ///
    /// - Throws: ``TokenizerError`` as ``encode(_:addingSpecialTokens:)``.
    public func encode(
        _ text: UTF8Span, addingSpecialTokens: Bool = false, into ids: inout [Int32]
    ) throws(TokenizerError) {
        try text.span.withUnsafeBufferPointer { (text) throws(TokenizerError) in
            try encode(whole: text)
        }
        appendIDs(to: &ids, addingSpecialTokens: addingSpecialTokens)
    }

    /// Appends the ids of UTF-8 text to `ids`.
    ///
    /// - Throws: ``TokenizerError/invalidUTF8(byte:)`` for bytes that are not UTF-8, and as ``encode(_:addingSpecialTokens:)``.
    public func encode(
        _ utf8: [UInt8], addingSpecialTokens: Bool = false, into ids: inout [Int32]
    ) throws(TokenizerError) {
        try withBytes(utf8) { (text) throws(TokenizerError) in
            if let byte = UTF8Validation.firstInvalidByte(in: text) { throw .invalidUTF8(byte: byte) }
            try encode(whole: text)
        }
        appendIDs(to: &ids, addingSpecialTokens: addingSpecialTokens)
    }

    private func encode(whole text: UnsafeBufferPointer<UInt8>) throws(TokenizerError) {
        do throws(TokenizerError) {
            try encode(valid: text)
        } catch .textGrowsTooMuch {
            // Where it stopped, only what was left of the limit was known.
            throw .textGrowsTooMuch(limit: normalizerGrowth.total)
        }
    }

    private func appendIDs(to ids: inout [Int32], addingSpecialTokens: Bool) {
        guard addingSpecialTokens else { return buffer.append(to: &ids) }
        var plain: [Int32] = []
        buffer.append(to: &plain)
        ids += tokenizer.postProcessor.process(plain)
    }

    /// Leaves the ids of valid UTF-8 in the buffer.
    private func encode(valid text: UnsafeBufferPointer<UInt8>) throws(TokenizerError) {
        buffer.removeAll()
        normalizerGrowth = GrowthLimit(bytes: text.count)
        pretokenizerGrowth = normalizerGrowth
        guard !tokenizer.rawMatcher.isEmpty else {
            return try encode(stretch: text, isFirst: true)
        }
        try tokenizer.rawMatcher.forEachStretch(of: text) { (range, id) throws(TokenizerError) in
            if let id {
                buffer.append(id)
            } else {
                try encode(
                    stretch: UnsafeBufferPointer(rebasing: text[range]), isFirst: range.lowerBound == 0)
            }
        }
    }

    /// Text between added tokens: normalised, searched for the added tokens that are normalised themselves, split.
    private func encode(stretch: UnsafeBufferPointer<UInt8>, isFirst: Bool) throws(TokenizerError) {
        var leading = LeadingText.firstScalarLength(stretch)
        let normalized = try tokenizer.normalizer?.normalized(
            stretch, limit: normalizerGrowth.remaining, leading: &leading)
        guard let normalized else {
            return try encode(normalized: stretch, leading: isFirst ? leading : 0)
        }
        try normalizerGrowth.spend(normalized.count)
        try withBytes(normalized) { (text) throws(TokenizerError) in
            try encode(normalized: text, leading: isFirst ? leading : 0)
        }
    }

    private func encode(normalized text: UnsafeBufferPointer<UInt8>, leading: Int) throws(TokenizerError) {
        guard !tokenizer.normalizedMatcher.isEmpty else {
            return try encode(plain: text, leading: leading)
        }
        try tokenizer.normalizedMatcher.forEachStretch(of: text) { (range, id) throws(TokenizerError) in
            if let id {
                buffer.append(id)
            } else {
                try encode(
                    plain: UnsafeBufferPointer(rebasing: text[range]), leading: max(0, leading - range.lowerBound))
            }
        }
    }

    /// Text without added tokens: split into pieces, each encoded by the model.
    private func encode(plain text: UnsafeBufferPointer<UInt8>, leading: Int) throws(TokenizerError) {
        guard text.count > 0 else { return }
        if try model.encodeScanning(text, into: &buffer) { return }
        if tokenizer.pretokenizer.steps.isEmpty {
            return try model.encode(piece: text, into: &buffer)
        }
        let pieces = try tokenizer.pretokenizer.pieces(of: text, leading: leading, limit: pretokenizerGrowth.remaining)
        try pretokenizerGrowth.spend(pieces.bytes.count)
        try withBytes(pieces.bytes) { (bytes) throws(TokenizerError) in
            for piece in pieces.pieces {
                try model.encode(piece: UnsafeBufferPointer(rebasing: bytes[piece]), into: &buffer)
            }
        }
    }
}

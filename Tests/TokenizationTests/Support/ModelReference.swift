@testable import Tokenization

/// Encoding by the parts of a tokenizer one after another: no added tokens, no scanner of words, no cuts, no cache.
struct ModelReference {
    private let tokenizer: Tokenizer

    init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
    }

    func ids(of text: String) throws(TokenizerError) -> [Int32] {
        let bytes = utf8(text)
        var leading = LeadingText.firstScalarLength(bytes)
        let normalized = try withBytes(bytes) { (text) throws(TokenizerError) in
            try tokenizer.normalizer?.normalized(text, limit: .max, leading: &leading)
        }
        return try withBytes(normalized ?? bytes) { (text) throws(TokenizerError) in
            let pieces = try tokenizer.pretokenizer.pieces(of: text, leading: leading, limit: .max)
            return try withBytes(pieces.bytes) { (bytes) throws(TokenizerError) in
                var ids: [Int32] = []
                for piece in pieces.pieces {
                    var scratch = MergeScratch()
                    try tokenizer.model.encode(
                        word: UnsafeBufferPointer(rebasing: bytes[piece]),
                        mapsBytes: tokenizer.pretokenizer.mapsBytes, into: &scratch)
                    ids += scratch.symbols
                }
                return ids
            }
        }
    }
}

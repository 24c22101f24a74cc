/// How many bytes a tokenizer's steps may make of one text: a file from a stranger can double a text forty times.
///
/// What real tokenizers do is far below it: NFKC makes at most 11 bytes of one, Metaspace 3, ByteLevel 2.
struct GrowthLimit {
    /// The limit of the whole text.
    let total: Int
    /// What is left of it.
    private(set) var remaining: Int

    /// The limit for a text of so many bytes: sixteen times as many and a megabyte.
    init(bytes: Int) {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: 16)
        total = overflow || product > Int.max - (1 << 20) ? Int.max : product + (1 << 20)
        remaining = total
    }

    /// Takes the bytes that a part of the text has become off the limit.
    mutating func spend(_ bytes: Int) throws(TokenizerError) {
        guard bytes <= remaining else { throw .textGrowsTooMuch(limit: total) }
        remaining -= bytes
    }
}

/// A share of all rows, chosen by a key of each.
///
/// A row is chosen by its own key and the seed alone, so the same rows are chosen on any machine, in any order, and by
/// any number of processes, and rows of one key together. The number of keys chosen is therefore only about `share` of
/// all: its standard deviation is `sqrt(keys * share * (1 - share))`. With the same seed a smaller share chooses a subset
/// of what a larger one does.
struct RowSample: Sendable {
    private let seed: UInt64
    /// A row is chosen when its hash is below; nil chooses every row.
    private let limit: UInt64?

    /// - Parameters:
    ///   - share: how much of the rows to choose: 1 and more choose all, 0 and less (and NaN) none.
    ///   - seed: another seed chooses other rows, independently.
    init(share: Double, seed: UInt64) {
        self.seed = HashMixing.scrambled(seed)
        if share >= 1 {
            limit = nil
        } else if share > 0 {
            // A double below 1 has 53 bits at most, so the product is exact and below 2^64.
            limit = UInt64(share * 0x1p64)
        } else {
            limit = 0
        }
    }

    /// Whether rows with this key are chosen.
    func contains(_ key: UInt64) -> Bool {
        guard let limit else { return true }
        return HashMixing.scrambled(HashMixing.scrambled(key ^ seed) &+ seed) < limit
    }
}

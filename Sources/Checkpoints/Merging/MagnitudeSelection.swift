/// Finds the `k` largest magnitudes of many numbers, without holding or sorting them: digit after digit of the `k`-th
/// largest, by counting those that begin as it does.
///
/// The numbers are gone through once for each 16 bits. Of several that are equal to the `k`-th largest, those with the
/// smallest index belong to the `k`; NaN counts as the largest of all.
struct MagnitudeSelection {
    static let binCount = 1 << 16

    private let digits: Int
    private var digit = 0
    /// The digits of the `k`-th largest that are known.
    private var prefix: UInt64 = 0
    /// How many are still to be found among those that begin with the prefix.
    private var remaining: Int
    /// How many there were of each next digit among those that begin with the prefix.
    /// Only while a pass counts: half a megabyte for each of many tensors would add up.
    private var counts: [Int] = []
    /// How many are equal to the `k`-th largest, once it is known.
    private(set) var equalCount = 0

    /// - Parameter count: `k`, at least 1 and at most the number of numbers.
    init(count: Int, bitCount: Int) {
        remaining = count
        digits = bitCount / 16
    }

    var isDone: Bool { digit == digits }
    /// The `k`-th largest.
    var threshold: UInt64 { prefix }
    /// How many of those that are equal to it belong to the `k`.
    var keptEqual: Int { remaining }

    /// The bits above the next digit, moved down: what must be equal to the prefix.
    var shift: UInt64 { UInt64(16 * (digits - digit - 1)) }

    /// Takes in how many there are of each next digit in a block.
    mutating func add(_ block: UnsafeMutableBufferPointer<UInt32>) {
        if counts.isEmpty { counts = [Int](repeating: 0, count: Self.binCount) }
        counts.withUnsafeMutableBufferPointer { counts in
            for index in 0..<min(counts.count, block.count) { counts[index] &+= Int(block[index]) }
        }
    }

    /// Takes the next digit from the counts of all blocks.
    mutating func advance() {
        guard !counts.isEmpty else { return }
        var bin = Self.binCount - 1
        while bin > 0, counts[bin] < remaining {
            remaining -= counts[bin]
            bin -= 1
        }
        prefix = prefix << 16 | UInt64(bin)
        equalCount = counts[bin]
        digit += 1
        counts = []
    }
}

/// Exact quantiles without sorting everything.
public enum Quantiles {
    /// The quantiles of numbers, interpolated linearly as NumPy does by default; NaN where there are no numbers, or between
    /// two infinities of different sign; between a number and an infinity that infinity. About O(n log shares) on average;
    /// O(n log n) at worst. Reorders the numbers.
    ///
    /// - Parameters:
    ///   - values: no NaN among them.
    ///   - shares: from 0, the minimum, to 1, the maximum.
    public static func of(_ values: inout [Double], _ shares: [Double]) -> [Double] {
        precondition(shares.allSatisfy { $0 >= 0 && $0 <= 1 }, "shares are from 0 to 1")
        guard !values.isEmpty else { return shares.map { _ in .nan } }
        let places = shares.map { $0 * Double(values.count - 1) }
        var ranks: Set<Int> = []
        for place in places {
            let below = min(Int(place), values.count - 1)
            ranks.formUnion([below, min(below + 1, values.count - 1)])
        }
        select(&values, 0..<values.count, ranks.sorted()[...], depth: 64)
        return places.map { place in
            let below = min(Int(place), values.count - 1)
            let (low, high) = (values[below], values[min(below + 1, values.count - 1)])
            let part = place - Double(below)
            // Nothing is added where nothing lies between: infinity - infinity is no number.
            return part == 0 || low == high || (low == -.infinity && high < .infinity) ? low : low + (high - low) * part
        }
    }

    /// Brings the numbers of the given ranks to their places.
    private static func select(_ values: inout [Double], _ range: Range<Int>, _ ranks: ArraySlice<Int>, depth: Int) {
        guard !ranks.isEmpty, range.count > 1 else { return }
        guard range.count > 32, depth > 0 else { return values[range].sort() }
        let pivot = median(
            values[range.lowerBound], values[range.lowerBound + range.count / 2], values[range.upperBound - 1])
        let low = partition(&values, range) { $0 < pivot }
        var high = low
        if low == range.lowerBound {
            // Nothing is below the pivot: those equal to it are in place.
            high = partition(&values, range) { $0 <= pivot }
        }
        let (first, last) = (ranks.partitioningIndex { $0 >= low }, ranks.partitioningIndex { $0 >= high })
        select(&values, range.lowerBound..<low, ranks[ranks.startIndex..<first], depth: depth - 1)
        select(&values, high..<range.upperBound, ranks[last..<ranks.endIndex], depth: depth - 1)
    }

    /// Brings the numbers that meet a condition before the others, and returns where these begin. There is no branch on the
    /// numbers, whose outcome no processor could guess.
    @inline(__always)
    private static func partition(_ values: inout [Double], _ range: Range<Int>, _ meets: (Double) -> Bool) -> Int {
        var low = range.lowerBound
        for next in range {
            let value = values[next]
            values[next] = values[low]
            values[low] = value
            low += meets(value) ? 1 : 0
        }
        return low
    }

    private static func median(_ a: Double, _ b: Double, _ c: Double) -> Double {
        max(min(a, b), min(max(a, b), c))
    }
}

extension ArraySlice<Int> {
    /// The first place whose number meets a condition that all behind it meet too.
    fileprivate func partitioningIndex(_ meets: (Int) -> Bool) -> Int {
        firstIndex(where: meets) ?? endIndex
    }
}

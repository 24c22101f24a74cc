/// Exact quantiles without sorting everything.
enum Quantiles {
    /// The shares that summaries have; 0 is the minimum and 1 the maximum.
    static let shares = [0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]

    /// The quantiles of numbers, interpolated linearly as NumPy does by default; NaN where there are no numbers, or between
    /// two infinities of different sign. About O(n log shares) on average; O(n log n) at worst. Reorders the numbers.
    ///
    /// - Parameter values: no NaN among them.
    static func of(_ values: inout [Double], _ shares: [Double] = Self.shares) -> [Double] {
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
            return part == 0 || low == high ? low : low + (high - low) * part
        }
    }

    /// Brings the numbers of the given ranks to their places.
    private static func select(_ values: inout [Double], _ range: Range<Int>, _ ranks: ArraySlice<Int>, depth: Int) {
        guard !ranks.isEmpty, range.count > 1 else { return }
        guard range.count > 32, depth > 0 else { return values[range].sort() }
        let pivot = median(
            values[range.lowerBound], values[range.lowerBound + range.count / 2], values[range.upperBound - 1])
        var (low, next, high) = (range.lowerBound, range.lowerBound, range.upperBound)
        while next < high {
            let value = values[next]
            if value < pivot {
                values[next] = values[low]
                values[low] = value
                low += 1
                next += 1
            } else if value > pivot {
                high -= 1
                values[next] = values[high]
                values[high] = value
            } else {
                next += 1
            }
        }
        let (first, last) = (ranks.partitioningIndex { $0 >= low }, ranks.partitioningIndex { $0 >= high })
        select(&values, range.lowerBound..<low, ranks[ranks.startIndex..<first], depth: depth - 1)
        select(&values, high..<range.upperBound, ranks[last..<ranks.endIndex], depth: depth - 1)
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

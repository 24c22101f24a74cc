/// Finite values in ascending order and how often each occurs: quantiles, steps and binades follow.
struct ValueDistribution {
    /// A value, or a range of values of which no more is known.
    struct Entry {
        let range: ClosedRange<Double>
        let count: Int
    }

    private let entries: [Entry]
    private let total: Int
    private let minimum: Double
    private let maximum: Double

    /// - Parameters:
    ///   - entries: ascending, counts above zero.
    ///   - minimum: the smallest and largest value, which no entry goes beyond where ranges are cut to them.
    init(_ entries: [Entry], minimum: Double, maximum: Double) {
        self.entries = entries
        self.minimum = minimum
        self.maximum = maximum
        total = entries.reduce(0) { $0 + $1.count }
    }

    /// The value at a place in ascending order; inside a range as if its values lay at equal distances.
    private func value(at place: Int) -> Double {
        var before = 0
        for entry in entries {
            if place < before + entry.count {
                let (low, high) = (max(entry.range.lowerBound, minimum), min(entry.range.upperBound, maximum))
                guard low < high else { return min(max(entry.range.lowerBound, minimum), maximum) }
                let share = (Double(place - before) + 0.5) / Double(entry.count)
                // The difference of two large numbers of different sign would overflow.
                return low * (1 - share) + high * share
            }
            before += entry.count
        }
        return maximum
    }

    /// Quantiles by NumPy's rule: between the two places that the share falls between, linearly.
    func quantiles(_ shares: [Double]) -> [TensorStatistics.Quantile] {
        guard total > 0 else { return [] }
        return shares.map { share in
            if share <= 0 { return .init(share: share, value: minimum) }
            if share >= 1 { return .init(share: share, value: maximum) }
            let place = share * Double(total - 1)
            let below = min(Int(place), total - 1)
            let fraction = place - Double(below)
            let low = value(at: below)
            guard fraction > 0 else { return .init(share: share, value: low) }
            let high = value(at: min(below + 1, total - 1))
            return .init(share: share, value: low * (1 - fraction) + high * fraction)
        }
    }

    /// Equal steps between the smallest and the largest value.
    func histogram(steps: Int) -> TensorStatistics.Histogram? {
        let width = (maximum / Double(steps)) - (minimum / Double(steps))
        guard total > 0, minimum < maximum, width > 0, width.isFinite else { return nil }
        var counts = [Int](repeating: 0, count: steps)
        func step(_ value: Double) -> Int {
            let distance = value - minimum
            // Of numbers near the largest the distance may be infinite where that in steps is not.
            let place = distance.isFinite ? distance / width : value / width - minimum / width
            return min(max(Int(place), 0), steps - 1)
        }
        for entry in entries {
            let (low, high) = (max(entry.range.lowerBound, minimum), min(entry.range.upperBound, maximum))
            guard low < high else {
                counts[step(min(max(entry.range.lowerBound, minimum), maximum))] += entry.count
                continue
            }
            spread(entry.count, from: low, to: high, first: step(low), last: step(high), width: width, into: &counts)
        }
        return TensorStatistics.Histogram(lower: minimum, upper: maximum, counts: counts)
    }

    /// Shares a range's values out to the steps that it touches; whole numbers that add up.
    private func spread(
        _ count: Int, from low: Double, to high: Double, first: Int, last: Int, width: Double, into counts: inout [Int]
    ) {
        var given = 0
        for index in first...last {
            // All steps together may be wider than the largest number.
            let edge = 2 * (minimum / 2 + width / 2 * Double(index + 1))
            let end = index == last ? high : min(max(edge, low), high)
            let reached = index == last ? count : Int((Double(count) * ((end - low) / (high - low))).rounded())
            counts[index] += max(0, reached - given)
            given = max(given, reached)
        }
    }

    /// Magnitudes by powers of two.
    func binades() -> [TensorStatistics.Binade] {
        var counts: [Int: (negative: Int, positive: Int)] = [:]
        for entry in entries {
            // A range has one sign and one exponent; the bound that is nearer to zero tells it.
            let isNegative = entry.range.upperBound < 0
            let magnitude = isNegative ? entry.range.upperBound.magnitude : entry.range.lowerBound.magnitude
            guard magnitude > 0 || entry.range.upperBound > 0 else { continue }
            let exponent = magnitude > 0 ? Int(magnitude.exponent) : Int(entry.range.upperBound.exponent)
            var known = counts[exponent] ?? (0, 0)
            if isNegative { known.negative += entry.count } else { known.positive += entry.count }
            counts[exponent] = known
        }
        return counts.sorted { $0.key < $1.key }.map {
            TensorStatistics.Binade(exponent: $0.key, negative: $0.value.negative, positive: $0.value.positive)
        }
    }
}

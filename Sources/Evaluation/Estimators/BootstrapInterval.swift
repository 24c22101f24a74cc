/// A mean over problems, and the interval in which it lies when problems are drawn anew.
public struct BootstrapInterval: Sendable, Hashable {
    /// The mean of the problems' values.
    public let mean: Double
    /// The lower end.
    public let lower: Double
    /// The upper end.
    public let upper: Double

    /// The percentile bootstrap over problems (Efron 1979): as many values are drawn with replacement as there are, and the
    /// ends are quantiles of the means, interpolated linearly. The same numbers give the same interval everywhere.
    /// O(values · resamples); sums are in the order of the draws.
    ///
    /// What a problem's rollouts add to the uncertainty is in it, since each problem's value varies with them.
    ///
    /// - Parameters:
    ///   - values: one for each problem, finite.
    ///   - confidence: of the interval, in (0, 1).
    ///   - resamples: at least 1; thousands for an interval worth the name.
    ///   - seed: of the draws.
    /// - Returns: nil where there are no values.
    public init?(of values: [Double], confidence: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 0) {
        precondition(confidence > 0 && confidence < 1 && resamples >= 1, "an interval has a confidence")
        precondition(values.allSatisfy(\.isFinite), "values are finite")
        guard !values.isEmpty else { return nil }
        var generator = SplitMix64(seed: seed)
        var means: [Double] = []
        means.reserveCapacity(resamples)
        for _ in 0..<resamples {
            var sum = 0.0
            for _ in values { sum += values[generator.next(below: values.count)] }
            means.append(sum / Double(values.count))
        }
        means.sort()
        mean = values.reduce(0, +) / Double(values.count)
        lower = Self.quantile(means, (1 - confidence) / 2)
        upper = Self.quantile(means, (1 + confidence) / 2)
    }

    init(mean: Double, lower: Double, upper: Double) {
        (self.mean, self.lower, self.upper) = (mean, lower, upper)
    }

    /// The quantile of sorted numbers as NumPy interpolates it by default.
    static func quantile(_ sorted: [Double], _ share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let below = min(Int(place), sorted.count - 1)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number below `count`: the upper half of a product. Off from uniform by less than count / 2^64.
    mutating func next(below count: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }
}

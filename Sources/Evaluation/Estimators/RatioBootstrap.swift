/// Ratios of sums over units (problems, sequences), with the intervals in which they lie when units are drawn anew.
///
/// A mean over tokens is such a ratio: tokens of a sequence are not independent, sequences are. All ratios are taken from the
/// same draws, so that their intervals can be compared, and a draw costs no more than a multiplication for each column.
///
/// Many units are bundled: unit i of n belongs to bundle i · bundles / n, and whole bundles are drawn. The variance is
/// estimated as well as from that many units, since sums over bundles are as independent as units are.
public struct RatioBootstrap: Sendable {
    /// How many bundles are drawn; at most the number of units.
    public let bundleCount: Int
    /// How many units there are.
    public let unitCount: Int
    /// Of the intervals.
    public let confidence: Double

    private let resamples: Int
    /// [resamples, bundles]: how often each bundle is drawn.
    private let draws: [UInt16]
    private var denominatorSums: [[Double]: [Double]] = [:]

    /// Draws, as ``BootstrapInterval`` does. O(resamples · bundles) time, and 2 bytes of memory each.
    ///
    /// - Parameters:
    ///   - units: how many; may be 0.
    ///   - confidence: of the intervals, in (0, 1).
    ///   - resamples: at least 1.
    ///   - seed: of the draws.
    ///   - bundleLimit: at most so many bundles, from 1 to 65,535.
    public init(
        units: Int, confidence: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 0, bundleLimit: Int = 256
    ) {
        precondition(confidence > 0 && confidence < 1 && resamples >= 1, "an interval has a confidence")
        precondition(units >= 0 && bundleLimit >= 1 && bundleLimit <= Int(UInt16.max), "units are bundled")
        let bundles = min(units, bundleLimit)
        (unitCount, bundleCount, self.confidence, self.resamples) = (units, bundles, confidence, resamples)
        var generator = SplitMix64(seed: seed)
        var draws = [UInt16](repeating: 0, count: resamples * bundles)
        for start in stride(from: 0, to: draws.count, by: max(1, bundles)) {
            for _ in 0..<bundles { draws[start + generator.next(below: bundles)] += 1 }
        }
        self.draws = draws
    }

    /// The bundle that a unit belongs to.
    public func bundle(of unit: Int) -> Int { unit * bundleCount / unitCount }

    /// The ratios of sums and their percentile intervals (Efron 1979), ends interpolated linearly. Draws in which a
    /// denominator is 0 do not count. O(resamples · bundles) for each new column.
    ///
    /// - Parameters:
    ///   - numerators: for each ratio, the sum over each bundle.
    ///   - denominators: likewise, at least 0; equal ones are drawn once, in all calls.
    /// - Returns: nil where the denominator is 0 or the ratio is not finite.
    public mutating func intervals(numerators: [[Double]], denominators: [[Double]]) -> [BootstrapInterval?] {
        precondition(numerators.count == denominators.count, "a ratio has a denominator")
        let new = Set(denominators.filter { denominatorSums[$0] == nil })
        let newColumns = Array(new)
        for (column, sums) in zip(newColumns, resampled(newColumns)) { denominatorSums[column] = sums }
        return zip(zip(numerators, resampled(numerators)), denominators).map { numerator, denominator in
            let whole = denominator.reduce(0, +)
            let mean = numerator.0.reduce(0, +) / whole
            guard whole > 0, mean.isFinite, let sums = denominatorSums[denominator] else { return nil }
            var ratios: [Double] = []
            ratios.reserveCapacity(resamples)
            for (top, bottom) in zip(numerator.1, sums) where bottom > 0 && !top.isNaN { ratios.append(top / bottom) }
            guard !ratios.isEmpty else { return nil }
            let ends = Quantiles.of(&ratios, [(1 - confidence) / 2, (1 + confidence) / 2])
            return BootstrapInterval(mean: mean, lower: ends[0], upper: ends[1])
        }
    }

    /// The sum of each column over each draw.
    private func resampled(_ columns: [[Double]]) -> [[Double]] {
        precondition(columns.allSatisfy { $0.count == bundleCount }, "a column has a sum of each bundle")
        var sums: [[Double]] = []
        for first in stride(from: 0, to: columns.count, by: 16) {
            let some = columns[first..<min(first + 16, columns.count)]
            sums += some.count > 4 ? resampled(some, SIMD16.self) : resampled(some, SIMD4.self)
        }
        return sums
    }

    /// As many columns as a vector has lanes, or fewer.
    private func resampled<Lanes: SIMD<Double>>(_ columns: ArraySlice<[Double]>, _: Lanes.Type) -> [[Double]] {
        var rows = [Lanes](repeating: Lanes(), count: bundleCount)
        for (lane, column) in columns.enumerated() {
            for (bundle, value) in column.enumerated() { rows[bundle][lane] = value }
        }
        var sums = columns.map { _ in [Double](repeating: 0, count: resamples) }
        for resample in 0..<resamples {
            var total = Lanes()
            let start = resample * bundleCount
            for bundle in 0..<bundleCount { total += rows[bundle] * Double(draws[start + bundle]) }
            for lane in sums.indices { sums[lane][resample] = total[lane] }
        }
        return sums
    }
}

import Testing

@testable import Evaluation

@Suite struct RatioBootstrapTests {
    @Test func ratiosOverOneAreMeans() throws {
        let values = (0..<40).map { Double($0 * $0 % 23) }
        var bootstrap = RatioBootstrap(units: 40, confidence: 0.9, resamples: 500, seed: 3)
        let found = bootstrap.intervals(numerators: [values], denominators: [Array(repeating: 1, count: 40)])
        let ratio = try #require(found[0])
        let mean = try #require(BootstrapInterval(of: values, confidence: 0.9, resamples: 500, seed: 3))
        #expect(abs(ratio.mean - mean.mean) < 1e-12)
        #expect(abs(ratio.lower - mean.lower) < 1e-12 && abs(ratio.upper - mean.upper) < 1e-12)
    }

    @Test func columnsDoNotMeet() throws {
        // More columns than lanes, each the same but for a factor.
        let values = (0..<12).map { Double($0 + 1) }
        let ones = [Double](repeating: 1, count: 12)
        var bootstrap = RatioBootstrap(units: 12, resamples: 50)
        let found = bootstrap.intervals(
            numerators: (0..<21).map { factor in values.map { $0 * Double(factor) } },
            denominators: (0..<21).map { $0 % 2 == 0 ? ones : ones.map { $0 * 2 } })
        let first = try #require(found[1])
        for factor in 1..<21 {
            let ratio = try #require(found[factor])
            let scale = Double(factor) * (factor % 2 == 0 ? 2 : 1)
            #expect(abs(ratio.mean - first.mean * scale) < 1e-12)
            #expect(abs(ratio.upper - first.upper * scale) < 1e-9)
        }
    }

    @Test func nothingOverNothingIsNil() {
        var bootstrap = RatioBootstrap(units: 2, resamples: 20)
        let found = bootstrap.intervals(
            numerators: [[0, 0], [1, .infinity], [3, 0]], denominators: [[0, 0], [1, 1], [1, 0]])
        #expect(found[0] == nil && found[1] == nil)
        // Draws without the first unit do not count.
        #expect(found[2]?.lower == 3 && found[2]?.upper == 3)
        var empty = RatioBootstrap(units: 0)
        #expect(empty.intervals(numerators: [[]], denominators: [[]]) == [nil])
    }

    @Test func bundlesKeepTheWidth() throws {
        var generator = SplitMix64(seed: 5)
        let values = (0..<2000).map { _ in Double(generator.next(below: 1000)) }
        func interval(_ limit: Int) throws -> BootstrapInterval {
            var bootstrap = RatioBootstrap(units: 2000, resamples: 2000, bundleLimit: limit)
            var sums = [Double](repeating: 0, count: bootstrap.bundleCount)
            var counts = sums
            for (unit, value) in values.enumerated() {
                sums[bootstrap.bundle(of: unit)] += value
                counts[bootstrap.bundle(of: unit)] += 1
            }
            return try #require(bootstrap.intervals(numerators: [sums], denominators: [counts])[0])
        }
        let (single, bundled) = (try interval(2000), try interval(256))
        #expect(abs(single.mean - bundled.mean) < 1e-9)
        #expect(abs((bundled.upper - bundled.lower) / (single.upper - single.lower) - 1) < 0.15)
    }

    @Test func unitsAreBundledEvenly() {
        let bootstrap = RatioBootstrap(units: 10, resamples: 1, bundleLimit: 4)
        #expect((0..<10).map(bootstrap.bundle(of:)) == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3])
        #expect(RatioBootstrap(units: 3, resamples: 1).bundleCount == 3)
    }
}

@Suite struct QuantilesTests {
    @Test(arguments: [1, 2, 3, 33, 100, 5000]) func selectionIsSorting(count: Int) {
        var generator = SplitMix64(seed: UInt64(count))
        let shares = [0, 0.001, 0.05, 0.25, 0.5, 0.9, 0.999, 1]
        for distinct in [1, 2, 7, 1 << 30] {
            let values = (0..<count).map { _ in Double(generator.next(below: distinct)) }
            var shuffled = values
            let found = Quantiles.of(&shuffled, shares)
            let sorted = values.sorted()
            for (share, quantile) in zip(shares, found) {
                #expect(abs(quantile - BootstrapInterval.quantile(sorted, share)) <= 1e-9 * quantile.magnitude)
            }
            #expect(shuffled.sorted() == sorted)
        }
    }

    @Test func infinitiesStayInPlace() {
        var values = [Double.infinity, 1, 2, .infinity, -.infinity]
        #expect(Quantiles.of(&values, [0, 0.25, 0.5, 0.75, 1]) == [-.infinity, 1, 2, .infinity, .infinity])
        // Halfway to an infinity is as far as all of it.
        var ends = [Double.infinity, -Double.infinity, 1]
        #expect(Quantiles.of(&ends, [0.25, 0.75]) == [-.infinity, .infinity])
        var nothing: [Double] = []
        #expect(Quantiles.of(&nothing, [0.5]).first?.isNaN == true)
    }

    @Test func orderDoesNotHurt() {
        for values in [(0..<20_000).map(Double.init), (0..<20_000).reversed().map(Double.init)] {
            var numbers = values
            #expect(Quantiles.of(&numbers, [0.5]) == [9999.5])
        }
    }
}

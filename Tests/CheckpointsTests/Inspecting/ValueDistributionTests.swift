import Testing

@testable import Checkpoints

@Suite struct ValueDistributionTests {
    /// The distance of the largest number to the smallest, and a count times a distance, are infinite.
    @Test func numbersNearTheLargestAreCounted() throws {
        let distribution = ValueDistribution(
            [
                ValueDistribution.Entry(range: -1.7e308 ... -1.1e308, count: 1_000),
                ValueDistribution.Entry(range: 0...0, count: 7),
                ValueDistribution.Entry(range: 1.1e308...1.7e308, count: 10),
            ], minimum: -1.7e308, maximum: 1.7e308)
        let histogram = try #require(distribution.histogram(steps: 64))
        #expect(histogram.counts.reduce(0, +) == 1_017)
        #expect(histogram.counts[0] > 50 && histogram.counts[63] > 0 && histogram.counts[32] == 7)
        #expect(distribution.quantiles([0.5]).first?.value ?? 0 < -1.1e308)
    }
}

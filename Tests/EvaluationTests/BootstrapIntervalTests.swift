import Testing

@testable import Evaluation

@Suite struct BootstrapIntervalTests {
    /// The same draws (SplitMix64, then the upper half of a product with the count) in Python, ends by numpy.quantile.
    @Test func intervalsOfNumPy() throws {
        let first = try #require(
            BootstrapInterval(of: [0, 1, 1, 0, 1, 0, 0, 1, 0.5, 0.25], resamples: 1000, seed: 7))
        #expect(abs(first.mean - 0.475) < 1e-14)
        #expect(abs(first.lower - 0.2) < 1e-12 && abs(first.upper - 0.7506249999999994) < 1e-12)
        // The normal approximation says 21.14 to 27.86.
        let second = try #require(BootstrapInterval(of: (0..<50).map(Double.init), confidence: 0.9, resamples: 2000))
        #expect(second.mean == 24.5)
        #expect(abs(second.lower - 20.999) < 1e-12 && abs(second.upper - 27.820999999999998) < 1e-12)
    }

    @Test func generatorIsSplitMix64() {
        var generator = SplitMix64(seed: 0)
        #expect(generator.next() == 0xE220_A839_7B1D_CDAF)
        #expect(generator.next() == 0x6E78_9E6A_A1B9_65F4)
        #expect(generator.next() == 0x06C4_5D18_8009_454F)
    }

    @Test func equalValuesHaveNoWidth() throws {
        let interval = try #require(BootstrapInterval(of: [0.5, 0.5, 0.5]))
        #expect(interval.lower == 0.5 && interval.upper == 0.5 && interval.mean == 0.5)
    }

    @Test func nothingHasNoInterval() {
        #expect(BootstrapInterval(of: []) == nil)
    }

    @Test func seedsDecide() {
        let values = (0..<20).map { 0.37 * Double($0 * $0 % 17) }
        #expect(BootstrapInterval(of: values, seed: 1) == BootstrapInterval(of: values, seed: 1))
        #expect(BootstrapInterval(of: values, seed: 1) != BootstrapInterval(of: values, seed: 2))
    }
}

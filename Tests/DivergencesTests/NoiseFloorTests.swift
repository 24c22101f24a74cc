import TestFixtures
import Testing

@testable import Divergences

@Suite struct NoiseFloorTests {
    /// Two dumps of one policy whose numbers are a constant apart, which softmax does not see and rounding does.
    private func compare(
        _ descr: String, spread: Float, _ round: (Float) -> [UInt8]
    ) throws -> DumpFixtures.Found {
        let directory = try TemporaryDirectory()
        let (rows, columns) = (300, 512)
        var generator = SplitMix(seed: 1)
        var (p, q): ([UInt8], [UInt8]) = ([], [])
        for _ in 0..<rows {
            let constant = Float.random(in: 0.5...2, using: &generator)
            for _ in 0..<columns {
                let value = (0..<6).reduce(Float(0)) { sum, _ in sum + Float.random(in: -1...1, using: &generator) }
                p += round(value * spread)
                q += round(value * spread + constant)
            }
        }
        let paths = try [p, q].enumerated().map {
            try directory.write("\($0).npy", DumpFixtures.npy(descr, shape: [rows, columns], $1))
        }
        var options = DumpOptions()
        options.readsWordsAsBFloat16 = true
        return try DumpFixtures.compare(paths[0], paths[1], options: options) { $0.topWidth = 10 }
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    @Test(arguments: [Float(0.5), 2, 6])
    func isWhatRoundingMakes(_ spread: Float) throws {
        let half = try compare("<f2", spread: spread) { DumpFixtures.bytes(Float16($0).bitPattern) }
        #expect(abs(mean(half[.klPQ]) / mean(half[.noiseFloor]) - 1) < 0.3)
        let brain = try compare("|V2", spread: spread) { value in
            DumpFixtures.bytes(UInt16(truncatingIfNeeded: (value.bitPattern &+ 0x8000) >> 16))
        }
        #expect(abs(mean(brain[.klPQ]) / mean(brain[.noiseFloor]) - 1) < 0.3)
        #expect(mean(brain[.noiseFloor]) > 30 * mean(half[.noiseFloor]))
    }
}

import Testing

@testable import PrefixDatasets

@Suite struct RowSampleTests {
    /// Rows as an independent implementation in Python chooses them.
    @Test func theSameRowsOnEveryMachine() {
        #expect(
            (0..<100).filter { RowSample(share: 0.1, seed: 7).contains($0) } == [
                0, 1, 3, 5, 12, 20, 24, 27, 42, 43, 49, 51, 59, 78, 85, 89, 95, 96, 98,
            ])
        #expect(
            (0..<40).filter { RowSample(share: 0.25, seed: 8).contains($0) } == [
                4, 5, 8, 15, 16, 19, 20, 21, 22, 26, 30, 39,
            ])
        #expect(
            (0..<60).filter { RowSample(share: 0.1, seed: 0).contains(.max - 59 + $0) } == [3, 13, 33, 35, 36, 38, 40])
    }

    @Test(arguments: [0.001, 0.1, 0.5, 0.9])
    func aboutTheShareIsChosen(_ share: Double) {
        let rows = 200_000.0
        for seed: UInt64 in 0..<5 {
            let sample = RowSample(share: share, seed: seed)
            let chosen = Double((0..<UInt64(rows)).count { sample.contains($0) })
            #expect(abs(chosen - rows * share) < 5 * (rows * share * (1 - share)).squareRoot())
        }
    }

    @Test func limits() {
        for row: UInt64 in [0, 1, 77, .max] {
            #expect(RowSample(share: 1, seed: 3).contains(row))
            #expect(RowSample(share: 2, seed: 3).contains(row))
            #expect(RowSample(share: (1.0).nextDown, seed: 3).contains(row))
            for share: Double in [0, -1, .nan, -.infinity, .leastNonzeroMagnitude] {
                #expect(!RowSample(share: share, seed: 3).contains(row))
            }
        }
    }

    @Test func seedsAreIndependentAndSharesNested() {
        let (small, large) = (RowSample(share: 0.2, seed: 1), RowSample(share: 0.5, seed: 1))
        let other = RowSample(share: 0.5, seed: 2)
        #expect((0..<10_000).allSatisfy { !small.contains($0) || large.contains($0) })
        let both = (0..<100_000).count { large.contains($0) && other.contains($0) }
        #expect(abs(Double(both) - 25_000) < 5 * (100_000 * 0.25 * 0.75).squareRoot())
    }
}

import TestFixtures
import Testing

@testable import PrefixDatasets

@Suite struct StatisticsTests {
    @Test func countsAddUp() {
        var sum = DatasetCounts()
        var expected = DatasetCounts()
        for number in 1...5 {
            var counts = DatasetCounts()
            counts.rows = number
            counts.badRows = 2 * number
            counts.rowsWithoutTraces = 3 * number
            counts.traces = 5 * number
            counts.kept = 7 * number
            counts.keptPrompts = 11 * number
            counts.truncated = 13 * number
            for (place, reason) in DatasetCounts.Reason.allCases.enumerated() { counts.drop(reason, traces: place * number) }
            sum.add(counts)
        }
        expected.rows = 15
        expected.badRows = 30
        expected.rowsWithoutTraces = 45
        expected.traces = 75
        expected.kept = 105
        expected.keptPrompts = 165
        expected.truncated = 195
        for (place, reason) in DatasetCounts.Reason.allCases.enumerated() {
            expected.dropped[reason] = place * 15
            if reason.concernsRows { expected.droppedRows[reason] = 5 }
        }
        #expect(sum == expected)
    }

    @Test func summaryNamesWhatIsNotZero() {
        var counts = DatasetCounts()
        counts.rows = 3
        counts.traces = 4
        counts.drop(.promptTooLong, traces: 4)
        #expect(counts.summary == "3 rows, 4 traces, 4 dropped as prompt too long")
    }

    @Test func agreeWithSortedValues() {
        var generator = SplitMix(seed: 8)
        for _ in 0..<300 {
            let count = Int.random(in: 1...200, using: &generator)
            let limit = [0, 1, 30, 5000, Int(Int32.max)].randomElement(using: &generator) ?? 0
            let values = (0..<count).map { _ in Int.random(in: 0...limit, using: &generator) }.sorted()
            let statistics = LengthStatistics(values.reduce(into: [:]) { $0[$1, default: 0] += 1 })
            #expect(statistics.count == count)
            #expect(statistics.total == values.reduce(0, +))
            #expect(statistics.mean == Double(values.reduce(0, +)) / Double(count))
            #expect(statistics.minimum == values[0])
            #expect(statistics.maximum == values[count - 1])
            for share in [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] {
                let least = values.first { value in
                    Double(values.count { $0 <= value }) >= share * Double(count)
                }
                #expect(statistics.quantile(share) == least)
            }
            checkHistogram(statistics, values)
        }
    }

    private func checkHistogram(_ statistics: LengthStatistics, _ values: [Int]) {
        let bins = statistics.histogram(bins: 16)
        #expect((1...17).contains(bins.count))
        for (bin, next) in zip(bins, bins.dropFirst()) { #expect(bin.range.upperBound == next.range.lowerBound) }
        #expect(Set(bins.map(\.range.count)).count == 1)
        #expect(bins.first.map { $0.range.contains(values[0]) } == true)
        #expect(bins.last.map { $0.range.contains(values[values.count - 1]) } == true)
        for bin in bins { #expect(bin.count == values.count { bin.range.contains($0) }) }
    }

    @Test func nothingHasNoLengths() {
        let statistics = LengthStatistics([:])
        #expect(statistics.mean == 0)
        #expect(statistics.quantile(0.5) == 0)
        #expect(statistics.histogram(bins: 16).isEmpty)
    }
}

import JSON
import Testing

@testable import Reports

@Suite struct ChartTests {
    private static let text = ChartText(title: "t", note: "n", horizontal: "x", vertical: "y")

    @Test func histogramsCountWhatLiesInside() {
        var chart = HistogramChart(text: Self.text, lower: 0, upper: 4)
        chart.add("a", .both, [-0.1, 0, 0.99, 1, 3.99, 4, 4.1, .nan, .infinity], steps: 4)
        #expect(chart.series[0].counts == [2, 1, 0, 2])
    }

    @Test func clampedHistogramsCountWhatLiesBeyond() {
        var chart = HistogramChart(text: Self.text, lower: -1, upper: 1, isClamped: true)
        chart.add("a", .both, [-.infinity, -5, 0, 5, .infinity, .nan], steps: 3)
        #expect(chart.series[0].counts == [2, 1, 2])
    }

    @Test func logarithmicStepsAreEqualInTheLogarithm() {
        var chart = HistogramChart(text: Self.text, lower: 0.001, upper: 10, scale: .logarithmic)
        chart.add("a", .both, [0, -1, 0.001, 0.005, 0.5, 5, 10], steps: 4)
        #expect(chart.series[0].counts == [2, 0, 1, 2])
        #expect(chart.node["lower"] == .int(-3))
    }

    @Test func bothWaysIsSymmetric() {
        var chart = HistogramChart(text: Self.text, lower: -2, upper: 2, scale: .bothWays(unit: 0.01))
        chart.add("a", .both, [-1.9, -0.02, 0, 0.02, 1.9], steps: 5)
        #expect(chart.series[0].counts == chart.series[0].counts.reversed())
        #expect(chart.series[0].counts.reduce(0, +) == 5)
        #expect(chart.series[0].counts[2] == 1)
    }

    @Test func numbersThatReachTheEndOfBinary64AreCounted() {
        let most = Double.greatestFiniteMagnitude
        var chart = HistogramChart(
            text: Self.text, lower: -most, upper: most, scale: .bothWays(unit: 0.03), isClamped: true)
        chart.add("a", .both, [-.infinity, -most, 0, most, .infinity, .nan], steps: 3)
        #expect(chart.series[0].counts == [2, 1, 2])
        #expect(chart.lower.isFinite && chart.upper.isFinite)
    }

    @Test func allPairsAreInOneHexagonOrOmitted() {
        var chart = HexbinChart(text: Self.text, horizontal: 0...4, vertical: -3...0, columns: 8, rows: 6)
        var count = 0
        for x in stride(from: 0.0, through: 4, by: 0.13) {
            for y in [0.001, 0.004, 0.03, 0.2, 1] {
                chart.add(x, y)
                count += 1
            }
        }
        for pair in [(1.0, 0.0), (1, -1), (.nan, 1), (5, 1), (1, .infinity), (1, 1e-9)] { chart.add(pair.0, pair.1) }
        #expect(chart.omitted == 6)
        #expect(chart.cells.map { $0[2] }.reduce(0, +) == count)
    }

    @Test func aPairAtACentreIsThere() {
        var chart = HexbinChart(text: Self.text, horizontal: 0...4, vertical: 0...4, columns: 4, rows: 4)
        chart.add(2, 100)
        chart.add(2.5, 1000)
        #expect(chart.cells == [[2, 2, 1], [2, 3, 1]])
    }

    @Test func curvesHoldEachTokenOnce() {
        let values = (0..<1000).map { Double($0 % 10) }
        let curve = PositionCurve(values, rows: values.indices.map { ($0, $0) }, limit: 10)
        #expect(curve.counts == Array(repeating: 100, count: 10))
        #expect(curve.names.first == "0-99" && curve.names.last == "900-999")
        #expect(curve.means.allSatisfy { $0 == 4.5 })
        #expect(curve.quantiles[2].allSatisfy { $0 == 4.5 })
        #expect(curve.quantiles[0].allSatisfy { abs($0 - 0.9) < 1e-12 })
    }

    @Test func curvesLeaveOutWhatIsNotFinite() {
        let curve = PositionCurve([1, .nan, .infinity, 3], rows: [(0, 0), (1, 0), (2, 1), (3, 2)])
        #expect(curve.names == ["0", "2"])
        #expect(curve.means == [1, 3])
        #expect(PositionCurve([.nan], rows: [(0, 0)]).places.isEmpty)
    }
}

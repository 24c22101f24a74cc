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

    @Test func floorsHaveNoSayInTheRange() {
        var chart = LineChart(text: Self.text, places: [0, 1])
        chart.isLogarithmic = true
        chart.bands = [.init(name: "b", lower: [0.002, 0], upper: [0.5, .infinity])]
        chart.series = [
            .init(name: "mean", role: .both, values: [0.01, .nan]),
            .init(name: "floor", role: .floor, values: [1e-17, 1e3]),
        ]
        #expect(chart.verticalRange == -2.75...0)
        #expect(chart.node["low"] == .double(-2.75) && chart.node["high"] == 0)
        chart.bands = []
        chart.series[0].values = [0, .infinity]
        #expect(chart.verticalRange == nil && chart.node["low"] == .null)
    }

    @Test func linearRangesHoldAllNumbers() {
        var chart = LineChart(text: Self.text, places: [0, 1])
        chart.series = [.init(name: "a", role: .both, values: [-2, 3])]
        #expect(chart.verticalRange == -2...3)
        chart.series[0].values = [3, 3]
        #expect(chart.verticalRange == 3...4)
        chart.series[0].values = [3, 3 + 1e-12]
        #expect(chart.verticalRange == 3...4)
    }

    @Test func closeNumbersKeepTheDigitsThatTellThemApart() {
        var chart = LineChart(text: Self.text, places: [0, 1])
        chart.series = [.init(name: "a", role: .both, values: [0.99998123456, 1.0000312345])]
        #expect(chart.node["digits"] == 8)
        #expect(chart.node["series"]?.items.first?["values"] == [.double(0.99998123), .double(1.0000312)])
        chart.series[0].values = [0.12345678, 3]
        #expect(chart.node["digits"] == 4)
        #expect(chart.node["series"]?.items.first?["values"] == [.double(0.1235), 3])
    }

    @Test func axesBeginAtZeroOnlyWhereNumbersSpread() {
        #expect(AxisRange.around([0.3, 4, .nan, .infinity, -1]) == 0...4)
        let close = AxisRange.around([7.58, 7.61, 7.6])
        #expect(
            close.lowerBound > 7.4 && close.lowerBound <= 7.58 && close.upperBound < 7.7 && close.upperBound >= 7.61)
        let equal = AxisRange.around([2, 2])
        #expect(equal.contains(2) && equal.lowerBound > 1.9 && equal.upperBound > 2 && equal.upperBound < 2.1)
        #expect(AxisRange.around([]) == 0...1 && AxisRange.around([0, 0]) == 0...1)
        // Absurd numbers are no axis, and no trap either.
        #expect(AxisRange.around([1e308, 1.1e308]) == 0...1.1e308)
        #expect(AxisRange.around([9e99, 9.5e99]).contains(9e99))
    }
}

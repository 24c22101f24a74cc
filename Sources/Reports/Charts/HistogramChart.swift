import Glibc
import JSON

/// Counts in equal steps, of one or several series over the same steps.
struct HistogramChart: Sendable {
    var text: ChartText
    /// Where the first step begins and the last ends: numbers, or their common logarithms where ``isLogarithmic``.
    var lower: Double
    var upper: Double
    /// Whether steps are equal in the logarithm.
    var isLogarithmic = false
    /// Whether the first and the last step also hold what lies beyond them.
    var isClamped = false
    var series: [(name: String, role: SeriesRole, counts: [Int])] = []
    var marks: [ChartMark] = []

    init(text: ChartText, lower: Double, upper: Double, isLogarithmic: Bool = false, isClamped: Bool = false) {
        self.text = text
        self.lower = lower
        self.upper = upper > lower ? upper : lower + 1
        self.isLogarithmic = isLogarithmic
        self.isClamped = isClamped
    }

    /// Counts values into `steps` steps and adds them as a series; what lies outside counts only where ``isClamped``.
    ///
    /// - Parameter values: numbers as they are, NaN among them; those that have no logarithm are left out where one is taken.
    mutating func add(_ name: String, _ role: SeriesRole, _ values: some Sequence<Double>, steps: Int) {
        var counts = [Int](repeating: 0, count: steps)
        for value in values {
            guard let step = step(of: value, steps) else { continue }
            counts[step] += 1
        }
        series.append((name, role, counts))
    }

    private func step(of value: Double, _ steps: Int) -> Int? {
        if isLogarithmic, !(value > 0) { return nil }
        let number = isLogarithmic ? log10(value) : value
        guard !number.isNaN else { return nil }
        if number < lower { return isClamped ? 0 : nil }
        if number > upper { return isClamped ? steps - 1 : nil }
        let place = (number - lower) / (upper - lower) * Double(steps)
        return min(steps - 1, max(0, Int(place)))
    }

    var node: JSONNode {
        .object(
            [("type", "histogram")] + text.members + [
                ("lower", PageNumber.node(lower, digits: 8)), ("upper", PageNumber.node(upper, digits: 8)),
                ("log", .bool(isLogarithmic)), ("clamped", .bool(isClamped)),
                (
                    "series",
                    .array(
                        series.map {
                            [
                                "name": .string($0.name), "role": .string($0.role.rawValue),
                                "counts": PageNumber.list($0.counts),
                            ]
                        })
                ), ("marks", .array(marks.map(\.node))),
            ])
    }
}

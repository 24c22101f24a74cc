import Glibc
import JSON

/// Counts in equal steps, of one or several series over the same steps.
struct HistogramChart: Sendable {
    var text: ChartText
    /// In what steps are equal.
    enum Scale: Sendable, Hashable {
        /// The numbers themselves.
        case linear
        /// Their common logarithms.
        case logarithmic
        /// asinh(number / unit): linear within the unit around 0, logarithmic far from it, on both sides.
        case bothWays(unit: Double)

        func place(_ number: Double) -> Double {
            switch self {
            case .linear: number
            case .logarithmic: number > 0 ? log10(number) : .nan
            case .bothWays(let unit): asinh((number.magnitude > 1e300 ? (number < 0 ? -1e300 : 1e300) : number) / unit)
            }
        }

        var node: JSONNode {
            switch self {
            case .linear: "linear"
            case .logarithmic: "log"
            case .bothWays(let unit): .double(unit)
            }
        }
    }

    /// Where the first step begins and the last ends, after the scale.
    let lower: Double
    let upper: Double
    let scale: Scale
    /// Whether the first and the last step also hold what lies beyond them.
    var isClamped = false
    var series: [(name: String, role: SeriesRole, counts: [Int])] = []
    var marks: [ChartMark] = []

    /// - Parameters:
    ///   - lower: where the first step begins, a number that the scale has a place for.
    ///   - upper: where the last step ends.
    init(text: ChartText, lower: Double, upper: Double, scale: Scale = .linear, isClamped: Bool = false) {
        self.text = text
        self.lower = scale.place(lower)
        self.upper = upper > lower ? scale.place(upper) : self.lower + 1
        self.scale = scale
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

    /// Whether nothing was counted.
    var isEmpty: Bool { series.allSatisfy { $0.counts.allSatisfy { $0 == 0 } } }

    private func step(of value: Double, _ steps: Int) -> Int? {
        let number = scale.place(value)
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
                ("scale", scale.node), ("clamped", .bool(isClamped)),
                (
                    "series",
                    .array(
                        series.map {
                            [
                                "name": .string($0.name), "role": .string($0.role.rawValue),
                                "counts": PageNumber.list($0.counts),
                            ]
                        })
                ), ("marks", .array(marks.map { ChartMark(at: scale.place($0.at), label: $0.label).node })),
            ])
    }
}

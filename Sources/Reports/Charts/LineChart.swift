import Glibc
import JSON

/// Numbers against a number, with bands.
struct LineChart: Sendable {
    struct Series: Sendable {
        var name: String
        var role: SeriesRole
        /// One for each place; NaN interrupts the line.
        var values: [Double]
    }

    struct Band: Sendable {
        var name: String
        var lower: [Double]
        var upper: [Double]
    }

    var text: ChartText
    /// The places, ascending.
    var places: [Double]
    /// What each place is called, where the number does not say it: "16-31".
    var names: [String]?
    var series: [Series] = []
    /// The wider ones first.
    var bands: [Band] = []
    /// How many tokens each place is about.
    var counts: [Int]?
    /// Whether the vertical axis is logarithmic; numbers from 0 down are then not drawn.
    var isLogarithmic = false
    /// Whether places are counted, so that there is nothing between whole ones.
    var isCounted = false

    /// Where the vertical axis begins and ends, of a logarithmic one the common logarithms; nil where there is nothing to draw.
    ///
    /// What numbers are compared with has no say: a floor far below them would leave them no room.
    var verticalRange: ClosedRange<Double>? {
        let numbers = (series.filter { $0.role != .floor }.map(\.values) + bands.flatMap { [$0.lower, $0.upper] })
            .joined().lazy.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        guard let least = numbers.min(), let most = numbers.max() else { return nil }
        guard isLogarithmic else {
            // What differs by next to nothing is drawn as what is equal: a page has 8 digits of the ends.
            let size = max(abs(least), abs(most))
            return most - least > size * 1e-6 ? least...most : least...(least + max(1, size / 100))
        }
        let high = ceil(log10(most) * 4 + 0.4) / 4
        // Values that are next to nothing would leave no room for the others.
        return max(floor(log10(least) * 4) / 4, high - 8)...high
    }

    /// Significant digits of the numbers: 4, and more where they lie so close together that those would be the same.
    private var digits: Int {
        guard !isLogarithmic, let range = verticalRange else { return 4 }
        let size = max(abs(range.lowerBound), abs(range.upperBound))
        let ratio = size / (range.upperBound - range.lowerBound)
        return ratio.isFinite ? min(10, max(4, Int(ceil(log10(max(1, ratio)))) + 3)) : 4
    }

    var node: JSONNode {
        let digits = digits
        return .object(
            [("type", "lines")] + text.members + [
                ("places", PageNumber.list(places, digits: 7)),
                ("names", names.map { .array($0.map(JSONNode.string)) } ?? .null), ("log", .bool(isLogarithmic)),
                ("counted", .bool(isCounted)), ("digits", .int(Int64(digits))),
                ("low", PageNumber.node(verticalRange?.lowerBound ?? .nan, digits: 8)),
                ("high", PageNumber.node(verticalRange?.upperBound ?? .nan, digits: 8)),
                ("counts", counts.map { PageNumber.list($0) } ?? .null),
                (
                    "series",
                    .array(
                        series.map {
                            [
                                "name": .string($0.name), "role": .string($0.role.rawValue),
                                "values": PageNumber.list($0.values, digits: digits),
                            ]
                        })
                ),
                (
                    "bands",
                    .array(
                        bands.map {
                            [
                                "name": .string($0.name), "lower": PageNumber.list($0.lower, digits: digits),
                                "upper": PageNumber.list($0.upper, digits: digits),
                            ]
                        })
                ),
            ])
    }
}

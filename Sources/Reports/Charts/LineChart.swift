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

    var node: JSONNode {
        .object(
            [("type", "lines")] + text.members + [
                ("places", PageNumber.list(places, digits: 7)),
                ("names", names.map { .array($0.map(JSONNode.string)) } ?? .null), ("log", .bool(isLogarithmic)),
                ("counts", counts.map { PageNumber.list($0) } ?? .null),
                (
                    "series",
                    .array(
                        series.map {
                            [
                                "name": .string($0.name), "role": .string($0.role.rawValue),
                                "values": PageNumber.list($0.values),
                            ]
                        })
                ),
                (
                    "bands",
                    .array(
                        bands.map {
                            [
                                "name": .string($0.name), "lower": PageNumber.list($0.lower),
                                "upper": PageNumber.list($0.upper),
                            ]
                        })
                ),
            ])
    }
}

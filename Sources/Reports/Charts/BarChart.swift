import JSON

/// A number for each of a few names.
struct BarChart: Sendable {
    var text: ChartText
    var bars: [(name: String, value: Double)]

    var node: JSONNode {
        .object(
            [("type", "bars")] + text.members + [
                (
                    "bars",
                    .array(bars.map { ["name": .string($0.name), "value": PageNumber.node($0.value, digits: 8)] })
                )
            ])
    }
}

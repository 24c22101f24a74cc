import JSON

/// What stands around a chart.
struct ChartText: Sendable {
    var title: String
    /// What is to be seen, and what is not shown.
    var note: String
    /// Under the horizontal axis, with its unit.
    var horizontal: String
    /// Beside the vertical axis, with its unit.
    var vertical: String

    var members: [(key: String, value: JSONNode)] {
        [
            ("title", .string(title)), ("note", .string(note)), ("x", .string(horizontal)), ("y", .string(vertical)),
        ]
    }
}

/// A line across a chart, with a name.
struct ChartMark: Sendable {
    var at: Double
    var label: String

    var node: JSONNode { ["at": PageNumber.node(at, digits: 6), "label": .string(label)] }
}

/// Who a series is about: it decides colour and dashes, the same in all charts of a page.
enum SeriesRole: String, Sendable {
    case reference
    case policy
    /// A quantity of both, such as a divergence.
    case both
    /// A second quantity of both.
    case other
    /// What numbers are compared with, such as a noise floor.
    case floor
}

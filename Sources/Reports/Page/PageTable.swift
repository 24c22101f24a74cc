import JSON

/// A table whose rows can be sorted; it scrolls inside itself.
struct PageTable: Sendable {
    /// How a column is shown.
    enum Kind: String, Sendable {
        /// Text that nobody but us has written.
        case text
        /// Text from outside, in a fixed pitch.
        case code
        /// The same on one line where there is room: names of tensors.
        case name
        /// A number.
        case number
        /// A mean and its interval: a list of three numbers.
        case estimate
        /// A token: a list of its id, its text, and its bytes where they are no text, as far as they are known.
        case token
        /// A number, and a bar of its share of the largest in the column.
        case bar
        /// A share, shown as per cent.
        case share
        /// Counts of steps, drawn as a small histogram.
        case spark
        /// Text before a token, the token, and text behind it: a list of three.
        case context
        /// A place among the tokens of the page, as a button: [sequence, token], or null.
        case jump
    }

    var title: String?
    var note: String?
    var columns: [(name: String, kind: Kind)]
    var rows: [[JSONNode]]
    /// How many rows are seen at first.
    var shown = 20

    init(_ columns: [(name: String, kind: Kind)], title: String? = nil, note: String? = nil, shown: Int = 20) {
        self.columns = columns
        self.title = title
        self.note = note
        self.shown = shown
        rows = []
    }

    var node: JSONNode {
        [
            "type": "table", "title": title.map(JSONNode.string) ?? .null, "note": note.map(JSONNode.string) ?? .null,
            "columns": .array(columns.map { ["name": .string($0.name), "kind": .string($0.kind.rawValue)] }),
            "rows": .array(rows.map(JSONNode.array)), "shown": .int(Int64(shown)),
        ]
    }
}

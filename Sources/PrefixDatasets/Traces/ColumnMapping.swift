/// Which column of a file stands for which column that Kedge knows.
public struct ColumnMapping: Equatable, Sendable {
    /// The names that can be mapped.
    public static let names = [
        "problem", "answer", "generations", "uuid", "source", "messages", "prompt", "completion", "target",
        "data_source", "reward_model.ground_truth", "extra_info.index", "extra_info.answer_list", "id",
        "correctness_math_verify", "correctness_llama", "is_reasoning_complete",
    ]

    private var columns: [String: [String]] = [:]

    /// Every column under its own name.
    public init() {}

    /// Maps `name` to the column `column`, whose dots lead into nested objects. Returns false for a name that is not among
    /// ``names``.
    public mutating func map(_ name: String, to column: String) -> Bool {
        guard Self.names.contains(name), !column.isEmpty else { return false }
        columns[name] = Self.path(column)
        return true
    }

    /// The mapped names with their columns, in the order of the names.
    public var pairs: [(name: String, column: String)] {
        columns.keys.sorted().map { ($0, columns[$0, default: []].joined(separator: ".")) }
    }

    /// The value that stands for `name` in a row; nil where it is missing or null.
    func value<Value: RowValue>(_ name: String, in row: Value) -> Value? {
        var value = row
        for part in columns[name] ?? Self.path(name) {
            guard let next = value[part], !next.isNull else { return nil }
            value = next
        }
        return value
    }

    private static func path(_ column: String) -> [String] {
        column.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
}

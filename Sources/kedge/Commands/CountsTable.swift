import JSON

/// What became of rows and traces, as a table.
enum CountsTable {
    /// The table for the `counts` of a dataset; filters that dropped nothing are left out.
    static func text(_ counts: JSONNode) -> String {
        guard case .object(let members) = counts else { return "" }
        var table = Table()
        for (name, value) in members {
            switch value {
            case .int(let count) where count > 0 || ["rows", "traces", "kept"].contains(name):
                table.add(label(name), Numbers.grouped(Int(count)))
            case .object(let reasons):
                for (reason, count) in reasons {
                    if case .int(let count) = count, count > 0 {
                        table.add(
                            "\(name == "dropped_rows" ? "rows" : "traces") dropped: \(label(reason))",
                            Numbers.grouped(Int(count)))
                    }
                }
            default:
                break
            }
        }
        return table.text
    }

    private static func label(_ name: String) -> String {
        switch name {
        case "rows": "rows read"
        case "traces": "traces read"
        case "kept": "traces kept"
        case "kept_prompts": "prompts kept"
        case "truncated": "kept, cut to --max-expert"
        default: name.replacing("_", with: " ")
        }
    }
}

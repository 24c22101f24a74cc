/// A table of plain text: the first column to the left, the others to the right.
struct Table {
    private var rows: [[String]] = []

    /// Adds a row.
    mutating func add(_ cells: String...) {
        rows.append(cells)
    }

    /// Adds a row.
    mutating func add(_ cells: [String]) {
        rows.append(cells)
    }

    /// The table, two spaces between columns, each line indented by two.
    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }
            var line = "  " + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

/// Bars of text.
enum Bars {
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// A bar of up to `width` characters for a share in 0...1, in steps of an eighth of a character.
    static func bar(_ share: Double, width: Int) -> String {
        let steps = Int((min(max(share, 0), 1) * Double(width * 8)).rounded())
        // Something that occurs at all shows.
        let shown = share > 0 ? max(steps, 1) : 0
        return String(repeating: "█", count: shown / 8) + eighths[shown % 8]
    }
}

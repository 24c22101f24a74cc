import JSON
import PrefixDatasets

/// Shows what a trace file holds, or some of its rows.
struct TraceFileInspection {
    let path: String
    let rows: Range<Int>?
    let isJSON: Bool

    func run() throws {
        guard let rows else {
            let view = TraceFileView(try TraceFileSummary(path))
            StandardOutput.write(isJSON ? try view.json() : view.text())
            return
        }
        let writer = JSONWriter(isPretty: !isJSON)
        try TraceFileRows.forEach(of: path, in: rows) { row, node in
            let text = try writer.string(node) + "\n"
            StandardOutput.write(
                isJSON ? text : Terminal.styled("row \(row)", .bold) + "\n" + Terminal.printable(text))
        }
    }
}

import JSON
import PrefixDatasets

/// What a trace file holds, to be shown.
struct TraceFileView {
    private let summary: TraceFileSummary

    private static let formats = ["parquet": "Parquet", "jsonl": "JSON lines", "json": "JSON"]

    init(_ summary: TraceFileSummary) {
        self.summary = summary
    }

    func text() -> String {
        var text = Terminal.styled(printable(summary.path), .bold)
        text += ": \(Self.formats[summary.format] ?? summary.format), \(Numbers.grouped(summary.rowCount)) rows"
        let groups = summary.rowGroups.count
        if groups > 0 { text += " in \(Numbers.grouped(groups)) row group\(groups == 1 ? "" : "s")" }
        if let bytes = summary.byteCount { text += ", \(Numbers.bytes(bytes))" }
        text += "\n  trace shape: \(summary.shape?.rawValue ?? "not recognised; map columns with tokenize --columns")\n"
        if let createdBy = summary.createdBy { text += "  written by \(printable(createdBy))\n" }
        text += "\n" + heading("Columns") + columns()
        if !summary.rowGroups.isEmpty { text += "\n" + heading("Row groups") + rowGroups() }
        return text
    }

    private func columns() -> String {
        let names = summary.columns.map { printable($0.name) }
        let nulls = summary.columns.map { Numbers.grouped($0.nullCount) }
        let (nameWidth, nullWidth) = (width(names, "column"), width(nulls, "nulls"))
        var text = "  " + padded("column", nameWidth) + "  " + padded("nulls", nullWidth, left: true) + "  type\n"
        for (column, (name, null)) in zip(summary.columns, zip(names, nulls)) {
            text += "  " + padded(name, nameWidth) + "  " + padded(null, nullWidth, left: true)
            text += "  " + printable(column.type) + "\n"
        }
        return text
    }

    private func rowGroups() -> String {
        var table = Table()
        table.add("", "rows", "bytes", "uncompressed", "from byte", "codec")
        for (number, group) in summary.rowGroups.prefix(20).enumerated() {
            table.add(
                "\(number)", Numbers.grouped(group.rowCount), Numbers.bytes(group.compressedBytes),
                Numbers.bytes(group.uncompressedBytes), Numbers.grouped(group.byteRange.lowerBound),
                group.codecs.joined(separator: ", "))
        }
        let more = summary.rowGroups.count - 20
        return table.text + (more > 0 ? "  ... and \(Numbers.grouped(more)) more\n" : "")
    }

    func json() throws -> String {
        try JSONWriter(isPretty: true).string(
            .object([
                ("path", .string(summary.path)), ("format", .string(summary.format)),
                ("bytes", summary.byteCount.map { .int(Int64($0)) } ?? .null), ("rows", .int(Int64(summary.rowCount))),
                ("shape", summary.shape.map { .string($0.rawValue) } ?? .null),
                ("created_by", summary.createdBy.map { .string($0) } ?? .null),
                (
                    "columns",
                    .array(
                        summary.columns.map {
                            [
                                "name": .string($0.name), "type": .string($0.type), "nulls": .int(Int64($0.nullCount)),
                            ]
                        })
                ),
                ("row_groups", .array(summary.rowGroups.map(Self.json))),
            ])) + "\n"
    }

    private static func json(_ group: TraceFileSummary.RowGroup) -> JSONNode {
        [
            "rows": .int(Int64(group.rowCount)), "compressed_bytes": .int(Int64(group.compressedBytes)),
            "uncompressed_bytes": .int(Int64(group.uncompressedBytes)),
            "byte_range": [.int(Int64(group.byteRange.lowerBound)), .int(Int64(group.byteRange.upperBound))],
            "codecs": .array(group.codecs.map { .string($0) }),
        ]
    }

    private func heading(_ title: String) -> String { Terminal.styled(title, .bold, .cyan) + "\n" }

    private func printable(_ text: String) -> String { Terminal.printable(text, keepingLineBreaks: false) }

    private func width(_ cells: [String], _ heading: String) -> Int {
        // One long name must not push all the others aside.
        min(40, cells.reduce(heading.count) { max($0, $1.count) })
    }

    private func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - text.count))
        return left ? padding + text : text + padding
    }
}

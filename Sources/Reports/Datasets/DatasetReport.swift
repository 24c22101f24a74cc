public import JSON

/// The page of a prefix dataset's statistics.
public struct DatasetReport {
    /// Draws what `kedge inspect --json` prints of a prefix dataset; members that it lacks are left out.
    public static func page(of statistics: JSONNode) -> ReportPage {
        let path = statistics["path"]?.text ?? "dataset"
        var facts = [("rows", "Rows"), ("prompts", "Prompts"), ("tokens", "Tokens"), ("shards", "Shards")].compactMap {
            key, name in
            statistics[key].flatMap { $0 == .null ? nil : (name: name, value: $0.grouped) }
        }
        let ratios = (statistics["prefix_ratios"]?.items ?? []).map { PageNumber.node($0.number ?? .nan).shown }
        if !ratios.isEmpty { facts.append(("Prefix ratios", ratios.joined(separator: ", "))) }
        facts.append(("Tokenizer", "SHA-256 " + (statistics["tokenizer_sha256"]?.text ?? "?")))
        let columns = self.columns(statistics, ratios)
        var blocks: [PageBlock] = [.facts(facts)]
        let charts = columns.compactMap { histogram($0.name, $0.lengths) }
        if !charts.isEmpty { blocks.append(.section(title: "Lengths", note: nil, blocks: [.grid(charts)])) }
        if let table = table(columns) { blocks.append(.table(table)) }
        if let counts = counts(statistics["counts"]) {
            blocks.append(.section(title: "What became of the rows", note: nil, blocks: [.table(counts)]))
        }
        for (key, title) in [("settings", "Made with"), ("provenance", "Where it comes from")] {
            let rows = (statistics[key]?.members ?? []).prefix(200).map { (name: $0.key, value: $0.value.shown) }
            if !rows.isEmpty { blocks.append(.section(title: title, note: nil, blocks: [.facts(Array(rows))])) }
        }
        return ReportPage(kind: "Prefix dataset", title: InspectionReport.name(path), subtitle: path, blocks: blocks)
    }

    private static func columns(_ statistics: JSONNode, _ ratios: [String]) -> [(name: String, lengths: JSONNode)] {
        var columns = [("prompt_lengths", "prompt"), ("expert_lengths", "expert trace")].compactMap { key, name in
            statistics[key].map { (name: name, lengths: $0) }
        }
        for (ratio, lengths) in zip(ratios, statistics["prefix_lengths"]?.items ?? []) {
            columns.append(("prefix \(ratio)", lengths))
        }
        return columns
    }

    private static func histogram(_ name: String, _ lengths: JSONNode) -> PageBlock? {
        let bins = lengths["histogram"]?.items ?? []
        guard let lower = bins.first?["from"]?.number, let upper = bins.last?["to"]?.number, upper > lower,
            lengths["max"]?.number != 0
        else { return nil }
        var chart = HistogramChart(
            text: ChartText(
                title: "Length of the \(name)", note: "Rows by tokens.", horizontal: "tokens",
                vertical: "rows, log scale"),
            lower: lower, upper: upper)
        chart.series = [(name, .both, bins.map { max(0, $0["count"]?.integer ?? 0) })]
        if let mean = lengths["mean"]?.number { chart.marks = [ChartMark(at: mean, label: "mean")] }
        return .histogram(chart)
    }

    private static func table(_ columns: [(name: String, lengths: JSONNode)]) -> PageTable? {
        guard let first = columns.first else { return nil }
        let shares = (first.lengths["quantiles"]?.members ?? []).map(\.key)
        var table = PageTable(
            [("tokens of the", .text), ("mean", .number), ("min", .number)]
                + shares.map { ("\(PageNumber.node((Double($0) ?? .nan) * 100).shown) %", .number) }
                + [("max", .number), ("total", .number)], title: "Tokens a row")
        for (name, lengths) in columns {
            table.rows.append(
                [.string(name), PageNumber.node(lengths["mean"]?.number ?? .nan), lengths["min"] ?? .null]
                    + shares.map { lengths[path: "quantiles", $0] ?? .null }
                    + [lengths["max"] ?? .null, lengths["total"] ?? .null])
        }
        return table
    }

    private static func counts(_ counts: JSONNode?) -> PageTable? {
        var table = PageTable([("", .text), ("count", .bar)], shown: 40)
        func add(_ prefix: String, _ node: JSONNode) {
            for member in node.members.prefix(200) {
                let name = prefix + member.key.split(separator: "_").joined(separator: " ")
                if member.value.number != nil {
                    table.rows.append([.string(name), member.value])
                } else {
                    add(name + ": ", member.value)
                }
            }
        }
        add("", counts ?? .null)
        return table.rows.isEmpty ? nil : table
    }
}

public import JSON

/// The page of an inspected checkpoint.
public struct InspectionReport {
    /// The most tensors that are listed one by one.
    static let tensorLimit = 5000

    /// Draws what `kedge inspect --json` prints of a checkpoint; with `--stats` and `--spectrum` there is more to see.
    ///
    /// - Parameter inspection: as schemas/checkpoint-inspection.v1.json has it.
    public static func page(of inspection: JSONNode) -> ReportPage {
        let checkpoint = inspection["checkpoint"] ?? .null
        let tensors = inspection["tensors"]?.items ?? []
        let path = checkpoint["path"]?.text ?? "checkpoint"
        var blocks: [PageBlock] = []
        let warnings = (checkpoint["warnings"]?.items ?? []).prefix(50).map { warning in
            (warning["tensor"]?.text.map { "\($0): " } ?? "") + (warning["message"]?.text ?? "")
        }
        if !warnings.isEmpty { blocks.append(.notices(warnings)) }
        blocks.append(.facts(facts(inspection, checkpoint)))
        let families = LayerFamilies(tensors)
        let charts = [layers(families), spectra(families)].compactMap { $0 }
        if !charts.isEmpty { blocks.append(.section(title: "Layer by layer", note: nil, blocks: charts)) }
        blocks.append(.section(title: "Tensors", note: nil, blocks: [.table(table(tensors))]))
        let sums = [("dtypes", "dtype", "By type"), ("roles", "role", "By role"), ("layers", "layer", "By layer")]
            .compactMap { sum(inspection[$0.0]?.items ?? [], key: $0.1, title: $0.2) }
        if !sums.isEmpty { blocks.append(.section(title: "Sizes", note: nil, blocks: [.grid(sums)])) }
        let metadata = (checkpoint["metadata"]?.members ?? []).map { (name: $0.key, value: $0.value.shown) }
        if !metadata.isEmpty {
            blocks.append(.section(title: "Metadata", note: nil, blocks: [.facts(Array(metadata.prefix(200)))]))
        }
        return ReportPage(kind: "Checkpoint", title: name(path), subtitle: path, blocks: blocks)
    }

    static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func facts(_ inspection: JSONNode, _ checkpoint: JSONNode) -> [(name: String, value: String)] {
        var facts = ["format", "tensors", "parameters", "bytes"].map { key in
            (name: key.capitalisedFirst, value: checkpoint[key]?.grouped ?? "?")
        }
        facts.append(("Files", "\(checkpoint["files"]?.items.count ?? 0)"))
        let filters = (inspection["filters"]?.items ?? []).compactMap(\.text)
        if !filters.isEmpty { facts.append(("Only", filters.joined(separator: ", "))) }
        if let size = inspection["world_size"]?.integer, size > 1 {
            facts.append(("Part", "of process \(inspection["rank"]?.shown ?? "?") of \(size)"))
        }
        let duplicates = (inspection["duplicates"]?.items ?? []).map { $0.shown }
        if !duplicates.isEmpty { facts.append(("Same bytes", duplicates.prefix(20).joined(separator: "; "))) }
        return facts
    }

    private static func statistic(_ tensor: JSONNode, _ key: String) -> Double {
        tensor[path: "statistics", key]?.number ?? .nan
    }

    private static func layers(_ families: LayerFamilies) -> PageBlock? {
        families.charts(
            title: "Magnitude of the elements", note: "Of the finite elements of each tensor.", vertical: "log scale",
            isLogarithmic: true,
            [
                ("standard deviation", .both, { statistic($0, "std") }),
                ("largest magnitude", .other, { statistic($0, "absmax") }),
            ])
    }

    private static func spectra(_ families: LayerFamilies) -> PageBlock? {
        families.charts(
            title: "Rank of the matrices",
            note:
                "Effective rank: the exponential of the entropy of the singular values. Stable rank: squared Frobenius norm over the "
                + "squared largest singular value.", vertical: "rank, log scale", isLogarithmic: true,
            [
                ("effective rank", .both, { $0[path: "spectrum", "effective_rank"]?.number ?? .nan }),
                ("stable rank", .other, { $0[path: "spectrum", "stable_rank"]?.number ?? .nan }),
            ])
    }

    private static func table(_ tensors: [JSONNode]) -> PageTable {
        let hasStatistics = tensors.contains { $0["statistics"] != nil }
        let hasSpectra = tensors.contains { $0[path: "spectrum", "effective_rank"] != nil }
        var columns: [(name: String, kind: PageTable.Kind)] = [
            ("name", .name), ("type", .text), ("shape", .text), ("parameters", .number),
        ]
        let keys = ["mean", "std", "min", "max", "kurtosis", "zero", "nan"]
        if hasStatistics { columns += [("histogram", .spark)] + keys.map { ($0, .number) } + [("inf", .number)] }
        if hasSpectra { columns += [("effective rank", .number), ("stable rank", .number)] }
        var table = PageTable(columns, shown: 25)
        if tensors.count > tensorLimit { table.note = "The first \(tensorLimit) of \(tensors.count) tensors." }
        for (index, tensor) in tensors.prefix(tensorLimit).enumerated() {
            var row: [JSONNode] = [
                tensor["name"] ?? .null, tensor["dtype"] ?? .null, .string(shape(tensor["shape"])),
                tensor["parameters"] ?? .null,
            ]
            if hasStatistics {
                let counts = tensor[path: "statistics", "histogram", "counts"]
                row.append(index < 1000 ? counts ?? .null : .null)
                row += keys.map { PageNumber.node(statistic(tensor, $0)) }
                row.append(
                    PageNumber.node(statistic(tensor, "positive_infinity") + statistic(tensor, "negative_infinity")))
            }
            if hasSpectra {
                row += ["effective_rank", "stable_rank"].map {
                    PageNumber.node(tensor[path: "spectrum", $0]?.number ?? .nan)
                }
            }
            table.rows.append(row)
        }
        return table
    }

    static func shape(_ node: JSONNode?) -> String {
        let sizes = (node?.items ?? []).map(\.shown)
        return sizes.isEmpty ? "scalar" : sizes.joined(separator: " \u{00D7} ")
    }

    private static func sum(_ items: [JSONNode], key: String, title: String) -> PageBlock? {
        guard items.count > 1 else { return nil }
        let bars = items.prefix(60).map { item in
            (
                name: item[key] == .null ? "none" : item[key]?.shown ?? "?",
                value: (item["bytes"]?.number ?? 0) / 1_000_000
            )
        }
        return .bars(
            BarChart(
                text: ChartText(
                    title: title,
                    note: items.count > 60 ? "The first 60 of \(items.count)." : "",
                    horizontal: "megabytes (10^6 bytes)",
                    vertical: key), bars: Array(bars)))
    }
}

extension JSONNode {
    /// A whole number with commas between groups of three digits; other things as ``shown``.
    var grouped: String {
        guard let number = integer, number >= 0 else { return shown }
        var digits = String(number)
        var index = digits.count - 3
        while index > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
            index -= 3
        }
        return digits
    }
}

public import JSON

/// The page of two checkpoints side by side.
public struct ComparisonReport {
    /// Draws what `kedge diff --json` prints; with `--spectrum` the ranks of updates too.
    ///
    /// - Parameter comparison: as schemas/checkpoint-diff.v1.json has it.
    public static func page(of comparison: JSONNode) -> ReportPage {
        let tensors = comparison["tensors"]?.items ?? []
        let paths = ["a", "b"].map { comparison[path: $0, "path"]?.text ?? "?" }
        var blocks: [PageBlock] = [.facts(facts(comparison, paths, tensors))]
        let counts = (comparison["counts"]?.members ?? []).compactMap { member in
            member.value.number.map { (name: member.key.split(separator: "_").joined(separator: " "), value: $0) }
        }
        if !counts.isEmpty {
            blocks.append(
                .bars(
                    BarChart(
                        text: ChartText(
                            title: "Tensors by what became of them", note: "", horizontal: "tensors", vertical: "status"
                        ),
                        bars: counts)))
        }
        let families = LayerFamilies(tensors)
        let charts = [changes(families), ranks(families)].compactMap { $0 }
        if !charts.isEmpty { blocks.append(.section(title: "Layer by layer", note: nil, blocks: charts)) }
        blocks.append(.section(title: "Tensors", note: nil, blocks: [.table(table(tensors))]))
        let names = paths.map(InspectionReport.name)
        return ReportPage(
            kind: "Comparison",
            title: names[0] == names[1] ? "\(paths[0]) and \(paths[1])" : "\(names[0]) and \(names[1])",
            subtitle: "B - A, tensor by tensor", blocks: blocks)
    }

    private static func facts(
        _ comparison: JSONNode, _ paths: [String], _ tensors: [JSONNode]
    ) -> [(name: String, value: String)] {
        var facts: [(name: String, value: String)] = [
            ("A", "\(paths[0]) \u{00B7} \(comparison[path: "a", "format"]?.shown ?? "?")"),
            ("B", "\(paths[1]) \u{00B7} \(comparison[path: "b", "format"]?.shown ?? "?")"),
            ("Tensors", JSONNode.int(Int64(tensors.count)).grouped),
        ]
        if let same = comparison["same"] { facts.append(("Same", same == true ? "yes" : "no")) }
        facts.append(("Tolerance", PageNumber.node(comparison["tolerance"]?.number ?? 0).shown))
        if let rank = comparison["adapter_rank"]?.integer {
            facts.append(("Update", "looks like an adapter (LoRA) of rank \(rank)"))
        }
        if let size = comparison["world_size"]?.integer, size > 1 {
            facts.append(("Part", "of process \(comparison["rank"]?.shown ?? "?") of \(size)"))
        }
        return facts
    }

    private static func changes(_ families: LayerFamilies) -> PageBlock? {
        families.charts(
            title: "Size of the update",
            note: "\u{2016}B - A\u{2016} / \u{2016}A\u{2016}; layers that did not change are not drawn.",
            vertical: "log scale", isLogarithmic: true,
            [("relative L2", .both, { $0[path: "difference", "relative_l2"]?.number ?? .nan })])
    }

    private static func ranks(_ families: LayerFamilies) -> PageBlock? {
        families.charts(
            title: "Rank of the update", note: "How many singular values of B - A have so much of its energy.",
            vertical: "rank, log scale",
            isLogarithmic: true,
            [
                ("90 % of the energy", .both, { $0[path: "update", "rank_90"]?.number ?? .nan }),
                ("99 %", .other, { $0[path: "update", "rank_99"]?.number ?? .nan }),
            ])
    }

    private static func table(_ tensors: [JSONNode]) -> PageTable {
        let limit = InspectionReport.tensorLimit
        let sorted = tensors.enumerated().sorted {
            let sizes = [$0, $1].map { $0.element[path: "difference", "relative_l2"]?.number ?? -1 }
            return sizes[0] != sizes[1] ? sizes[0] > sizes[1] : $0.offset < $1.offset
        }.map(\.element)
        let hasRanks = tensors.contains { $0[path: "update", "rank_90"] != nil }
        var table = PageTable(
            [
                ("name", .name), ("status", .text), ("type", .text), ("shape", .text), ("relative L2", .bar),
                ("max |B - A|", .number), ("cosine", .number), ("changed", .share),
            ] + (hasRanks ? [("rank 90 %", .number), ("rank 99 %", .number), ("adapter rank", .number)] : []),
            note: tensors.count > limit
                ? "The \(limit) with the largest relative change, of \(tensors.count)."
                : "The largest relative change first.",
            shown: 25)
        for tensor in sorted.prefix(limit) {
            let difference = tensor["difference"]
            let name = tensor["name"]?.text ?? "?"
            let types = [tensor["dtype"]?.text ?? "?"] + [tensor["new_dtype"]?.text].compactMap { $0 }
            let shapes = [tensor["shape"], tensor["new_shape"]].compactMap { $0 }.map { InspectionReport.shape($0) }
            var row: [JSONNode] = [
                .string(tensor["new_name"]?.text.map { "\(name) \u{2192} \($0)" } ?? name), tensor["status"] ?? .null,
                .string(types.joined(separator: " \u{2192} ")), .string(shapes.joined(separator: " \u{2192} ")),
            ]
            row += ["relative_l2", "max_abs", "cosine", "changed_share"].map {
                PageNumber.node(difference?[$0]?.number ?? .nan, digits: $0 == "cosine" ? 8 : 4)
            }
            if hasRanks {
                row += ["rank_90", "rank_99", "adapter_rank"].map { tensor[path: "update", $0] ?? .null }
            }
            table.rows.append(row)
        }
        return table
    }
}

import JSON
import PrefixDatasets

/// A dataset's counts and lengths, to be shown.
struct DatasetView {
    private let dataset: DatasetSummary

    private static let quantiles = [0.05, 0.25, 0.5, 0.75, 0.95]

    init(_ dataset: DatasetSummary) {
        self.dataset = dataset
    }

    func text() -> String {
        var text = Terminal.styled(Terminal.printable(dataset.path, keepingLineBreaks: false), .bold)
        text += ": prefix dataset, " + (dataset.shardCount.map { "\(Numbers.grouped($0)) shards, " } ?? "")
        text += "\(Numbers.grouped(dataset.rowCount)) rows of "
        text += "\(Numbers.grouped(dataset.statistics.promptCount)) prompts, "
        text += "\(Numbers.grouped(dataset.tokenCount)) tokens\n\n"
        text += heading("Filters") + CountsTable.text(dataset.counts) + "\n"
        text += heading("Tokens a row") + lengths() + "\n"
        text += heading("Expert trace lengths") + histogram(dataset.statistics.experts) + "\n"
        text += heading("Made with") + settingsTable()
        return text
    }

    func json() throws -> String {
        try JSONWriter(isPretty: true).string(node) + "\n"
    }

    /// What ``json()`` writes.
    var node: JSONNode {
        .object([
            ("path", .string(dataset.path)), ("shards", dataset.shardCount.map { .int(Int64($0)) } ?? .null),
            ("rows", .int(Int64(dataset.rowCount))), ("tokens", .int(Int64(dataset.tokenCount))),
            ("prompts", .int(Int64(dataset.statistics.promptCount))),
            ("prefix_ratios", .array(dataset.prefixRatios.map(JSONNode.double))),
            ("prompt_lengths", Self.json(dataset.statistics.prompts)),
            ("expert_lengths", Self.json(dataset.statistics.experts)),
            ("prefix_lengths", .array(dataset.statistics.prefixes.map(Self.json))), ("counts", dataset.counts),
            ("settings", dataset.settings), ("provenance", dataset.provenance),
            ("tokenizer_sha256", .string(dataset.tokenizerDigest)),
        ])
    }

    private func heading(_ title: String) -> String {
        Terminal.styled(title, .bold, .cyan) + "\n"
    }

    private func lengths() -> String {
        var table = Table()
        table.add(["", "mean", "min"] + Self.quantiles.map { "\(Int($0 * 100)) %" } + ["max"])
        func add(_ name: String, _ lengths: LengthStatistics) {
            table.add(
                [name, Numbers.fixed(lengths.mean, 1), Numbers.grouped(lengths.minimum)]
                    + Self.quantiles.map { Numbers.grouped(lengths.quantile($0)) } + [Numbers.grouped(lengths.maximum)])
        }
        add("prompt", dataset.statistics.prompts)
        add("expert trace", dataset.statistics.experts)
        for (ratio, prefix) in zip(dataset.prefixRatios, dataset.statistics.prefixes) {
            add("prefix \(Numbers.shortest(ratio))", prefix)
        }
        return table.text
    }

    private func histogram(_ lengths: LengthStatistics) -> String {
        let bins = lengths.histogram(bins: 16)
        let largest = bins.map(\.count).max() ?? 0
        var table = Table()
        let labels = bins.map {
            "\(Numbers.grouped($0.range.lowerBound)) - \(Numbers.grouped($0.range.upperBound - 1))"
        }
        for (label, bin) in zip(labels, bins) { table.add(label, Numbers.grouped(bin.count)) }
        let lines = table.text.split(separator: "\n", omittingEmptySubsequences: false)
        return zip(lines, bins).map { line, bin in
            let share = largest > 0 ? Double(bin.count) / Double(largest) : 0
            return "\(line)  \(Terminal.styled(Bars.bar(share, width: 40), .green))\n"
        }.joined()
    }

    private func settingsTable() -> String {
        guard case .object(let members) = dataset.settings else { return "" }
        var lines = members.filter {
            $0.value != .null && $0.value != .string("") && $0.value != .object([]) && $0.value != .array([])
        }.map {
            "  \($0.key) = \(Self.shown($0.value))\n"
        }
        if case .array(let inputs)? = dataset.provenance["inputs"] {
            var shown: Set<String> = []
            for input in inputs {
                // Several shards may come from one file.
                if case .string(let path)? = input["path"], case .int(let bytes)? = input["bytes"],
                    shown.insert(path).inserted
                {
                    lines.append(
                        "  input \(Terminal.printable(path, keepingLineBreaks: false)) (\(Numbers.bytes(Int(bytes))))\n"
                    )
                }
            }
        }
        return lines.joined()
            + "  tokenizer_sha256 = \(Terminal.printable(dataset.tokenizerDigest, keepingLineBreaks: false))\n"
    }

    private static func shown(_ node: JSONNode) -> String {
        let text = (try? JSONWriter().string(node)) ?? ""
        return Terminal.printable(text, keepingLineBreaks: false)
    }

    private static func json(_ lengths: LengthStatistics) -> JSONNode {
        .object([
            ("mean", .double(lengths.mean)), ("min", .int(Int64(lengths.minimum))),
            (
                "quantiles",
                .object(quantiles.map { (Numbers.shortest($0), .int(Int64(lengths.quantile($0)))) })
            ),
            ("max", .int(Int64(lengths.maximum))), ("total", .int(Int64(lengths.total))),
            (
                "histogram",
                .array(
                    lengths.histogram(bins: 16).map {
                        .object([
                            ("from", .int(Int64($0.range.lowerBound))), ("to", .int(Int64($0.range.upperBound))),
                            ("count", .int(Int64($0.count))),
                        ])
                    })
            ),
        ])
    }
}

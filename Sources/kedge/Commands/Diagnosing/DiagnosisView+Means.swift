import Divergences
import Evaluation
import JSON

extension DiagnosisView {
    /// What was compared, and how much of it.
    func header() -> String {
        let counts = summary.counts
        var text = ""
        for (name, key) in [("p reference", "reference"), ("q policy   ", "policy")] {
            let input = summary.comparison[key]
            var parts = [Self.string(input?["path"]) ?? "?"]
            if let adapter = Self.string(input?["adapter"]) { parts.append("+ \(adapter)") }
            if let type = Self.string(input?["type"]) { parts.append("(\(type))") }
            text += Terminal.styled(name, .bold) + "  \(Self.printable(parts.joined(separator: " ")))\n"
        }
        let occurring = Set(summary.segments.map(\.name))
        let segments = summary.responseSegments.map(\.name).filter(occurring.contains).joined(separator: " and ")
        text += "  " + Self.count(counts.responseTokens, "token") + (segments.isEmpty ? "" : " (\(segments))")
        text += " in " + Self.count(counts.responseSequences, "sequence")
        if counts.tokens > counts.responseTokens {
            let others = counts.tokens - counts.responseTokens
            text += "; \(Numbers.grouped(others)) other\(others == 1 ? "" : "s")"
        }
        return text + "\n" + settings()
    }

    /// How it was compared.
    private func settings() -> String {
        var parts: [String] = []
        if let size = Self.number(summary.comparison["vocabulary_size"]) {
            parts.append("vocabulary of \(Numbers.fixed(size, 0))")
        }
        if let temperature = Self.number(summary.comparison["temperature"]), temperature != 1 {
            parts.append("temperature \(Numbers.shortest(temperature))")
        }
        let kinds = ["reference", "policy"].compactMap { Self.string(summary.comparison[$0]?["kind"]) }
        // A model's rows and a list's places have no other way to stand beside tokens.
        if kinds.contains(where: { $0 != "model" && $0 != "top-k" }),
            let shift = Self.string(summary.comparison["shift"])
        {
            parts.append("shift \(Self.printable(shift))")
        }
        return parts.isEmpty ? "" : "  " + parts.joined(separator: ", ") + "\n"
    }

    /// Means over the tokens of the response. Where a number is infinite the mean is, and that of the others stands beside it.
    func means() -> String {
        var table = Table()
        table.add(
            "per token, in nats", "mean", "\(Numbers.significant(summary.settings.confidence * 100)) % interval")
        let shown: [(String, TokenStatistic)] = [
            ("KL(p || q)", .klPQ), ("KL(q || p)", .klQP), ("Jensen-Shannon", .jensenShannon),
            ("total variation", .totalVariation), ("top-k KL", .topKL), ("entropy of p", .entropyP),
            ("entropy of q", .entropyQ), ("log p", .logP), ("log q", .logQ), ("log ratio", .logRatio),
        ]
        let total = summary.counts.responseTokens
        for (name, statistic) in shown {
            let found = summary[statistic]
            guard found.tokens + found.infinite > 0 else { continue }
            guard found.infinite > 0 else {
                table.add(
                    name, Numbers.significant(found.mean?.mean), interval(found.mean),
                    Self.over(found.tokens, of: total) ?? "")
                continue
            }
            let isLow = found.quantiles.first == -.infinity
            let isHigh = found.quantiles.last == .infinity
            table.add(
                name, isLow && isHigh ? "undefined" : isLow ? "-infinite" : "infinite", "-",
                "infinite at \(Numbers.grouped(found.infinite)) of \(Self.count(total, "token"))"
                    + (found.mean.map {
                        "; \(Numbers.significant($0.mean)) \(Self.over(found.tokens, of: total) ?? "")"
                    } ?? ""))
        }
        addPerplexities(to: &table)
        let noise = summary.noise
        if noise.floor.isFinite {
            table.add(
                "noise floor of KL", Numbers.significant(noise.floor), "", Self.over(noise.tokens, of: total) ?? "")
        }
        return section("Divergence", table)
    }

    private func addPerplexities(to table: inout Table) {
        let total = summary.counts.responseTokens
        for (name, perplexity) in [
            ("perplexity of p", summary.perplexityP), ("perplexity of q", summary.perplexityQ),
            ("their ratio, q / p", summary.perplexityRatio),
        ] {
            guard let perplexity else { continue }
            let remainder = Self.over(perplexity.tokens, of: total) ?? ""
            guard perplexity.impossible > 0 else {
                table.add(
                    name, Numbers.significant(perplexity.value), interval(perplexity.lower, perplexity.upper), remainder
                )
                continue
            }
            let value = perplexity.value
            table.add(
                name, value.isNaN ? "undefined" : value.isInfinite ? "infinite" : Numbers.significant(value), "-",
                "probability 0 at \(Numbers.grouped(perplexity.impossible)) of \(Self.count(total, "token"))"
                    + (perplexity.others.map { "; \(Numbers.significant($0.value)) \(remainder)" } ?? ""))
        }
    }

    /// Means over groups of tokens.
    func groups() -> String {
        let exact = summary[.klPQ]
        let kl = exact.tokens + exact.infinite > 0 ? TokenStatistic.klPQ : .topKL
        var table = Table()
        table.add("tokens", "count", kl == .klPQ ? "KL(p || q)" : "top-k KL", "interval", "H(p)", "H(q)", "log ratio")
        func add(_ groups: [TokenGroup], _ name: (TokenGroup) -> String) {
            for group in groups {
                func found(_ statistic: TokenStatistic) -> GroupStatistic? {
                    group.statistics.first { $0.statistic == statistic }
                }
                func mean(_ statistic: TokenStatistic) -> String {
                    guard let found = found(statistic), let mean = found.mean else { return "-" }
                    let number = Numbers.significant(mean.mean, 3)
                    return found.tokens < group.tokens ? "\(number) over \(Numbers.grouped(found.tokens))" : number
                }
                let isInfinite = (found(kl)?.infinite ?? 0) > 0
                let finite = found(kl)?.mean == nil ? "-" : "finite: \(mean(kl))"
                table.add(
                    name(group), Numbers.grouped(group.tokens), isInfinite ? "infinite" : mean(kl),
                    isInfinite ? finite : interval(found(kl)?.mean, 3), mean(.entropyP),
                    mean(.entropyQ), mean(.logRatio))
            }
        }
        add(summary.segments, \.name)
        let share = Numbers.significant(summary.settings.highEntropyShare * 100, 3)
        add(summary.entropyGroups) { $0.name == "high" ? "top \(share) % by entropy" : "the others" }
        add(summary.positions) { "place \($0.name)" }
        return section("Groups", table)
    }

    /// Sums over sequences.
    func sequences() -> String {
        var table = Table()
        table.add("sum over each response", "mean", "interval", "min", "max")
        var names = [
            "tokens": "tokens", "kl_reference_policy": "KL(p || q)", "kl_policy_reference": "KL(q || p)",
            "log_ratio": "log ratio",
        ]
        if summary[.klPQ].tokens + summary[.klPQ].infinite == 0 { names["topk_kl"] = "top-k KL" }
        for row in summary.sequences {
            guard let name = names[row.name], row.sequences + row.infinite > 0 else { continue }
            let (least, greatest) = (Numbers.significant(row.minimum), Numbers.significant(row.maximum))
            guard row.infinite > 0 else {
                table.add(name, Numbers.significant(row.mean?.mean), interval(row.mean), least, greatest)
                continue
            }
            let total = row.sequences + row.infinite
            let note =
                "infinite in \(Numbers.grouped(row.infinite)) of \(Self.count(total, "sequence"))"
                + (row.mean.map { "; \(Numbers.significant($0.mean)) over the other \(Numbers.grouped(row.sequences))" }
                    ?? "")
            // The log ratio's may be infinite to both sides.
            let isKL = row.name != "log_ratio"
            table.add(
                name, isKL ? "infinite" : "not finite", "-", isKL && row.mean != nil ? least : "-",
                isKL ? "infinite" : "-", note)
        }
        return section("Sequences", table)
    }

    private static func number(_ node: JSONNode?) -> Double? {
        switch node {
        case .int(let value)?: Double(value)
        case .double(let value)?: value
        default: nil
        }
    }
}

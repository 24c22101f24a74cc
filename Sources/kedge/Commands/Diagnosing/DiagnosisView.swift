import Divergences
import Evaluation
import JSON

/// The summary of a diagnosis, to be shown.
struct DiagnosisView {
    private let summary: DiagnosisSummary

    init(_ summary: DiagnosisSummary) {
        self.summary = summary
    }

    func text() -> String {
        header() + warnings() + means() + quantiles() + groups() + sequences() + estimators() + weights() + agreement()
            + tokens()
    }

    private func header() -> String {
        let counts = summary.counts
        var text = ""
        for (name, key) in [("p reference", "reference"), ("q policy   ", "policy")] {
            let input = summary.comparison[key]
            var parts = [Self.string(input?["path"]) ?? "?"]
            if let adapter = Self.string(input?["adapter"]) { parts.append("+ \(adapter)") }
            if let type = Self.string(input?["type"]) { parts.append("(\(type))") }
            text += Terminal.styled(name, .bold) + "  \(Self.printable(parts.joined(separator: " ")))\n"
        }
        let segments = summary.responseSegments.map(\.name).joined(separator: " and ")
        text +=
            "  \(Numbers.grouped(counts.responseTokens)) tokens (\(segments)) in "
            + "\(Numbers.grouped(counts.responseSequences)) sequences"
        if counts.tokens > counts.responseTokens {
            text += "; \(Numbers.grouped(counts.tokens - counts.responseTokens)) others"
        }
        return text + "\n"
    }

    private func warnings() -> String {
        summary.warnings.map { Terminal.styled("! ", .bold, .yellow) + Self.printable($0.message) + "\n" }.joined()
    }

    private func means() -> String {
        var table = Table()
        table.add("per token, in nats", "mean", "\(Numbers.significant(summary.settings.confidence * 100)) % interval")
        let shown: [(String, TokenStatistic)] = [
            ("KL(p || q)", .klPQ), ("KL(q || p)", .klQP), ("Jensen-Shannon", .jensenShannon),
            ("total variation", .totalVariation), ("top-k KL", .topKL), ("entropy of p", .entropyP),
            ("entropy of q", .entropyQ), ("log p", .logP), ("log q", .logQ), ("log ratio", .logRatio),
        ]
        for (name, statistic) in shown {
            guard let mean = summary[statistic].mean else { continue }
            table.add(name, Numbers.significant(mean.mean), Self.interval(mean))
        }
        for (name, perplexity) in [
            ("perplexity of p", summary.perplexityP), ("perplexity of q", summary.perplexityQ),
            ("their ratio, q / p", summary.perplexityRatio),
        ] {
            guard let perplexity else { continue }
            table.add(
                name, Numbers.significant(perplexity.value),
                "\(Numbers.significant(perplexity.lower)) to \(Numbers.significant(perplexity.upper))")
        }
        if summary.noise.floor.isFinite { table.add("noise floor of KL", Numbers.significant(summary.noise.floor), "") }
        return section("Divergence", table)
    }

    private func quantiles() -> String {
        let columns = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1]
        let places = columns.compactMap { DiagnosisSummary.quantileShares.firstIndex(of: $0) }
        var table = Table()
        table.add(["per token"] + columns.map { $0 == 1 ? "max" : "\(Numbers.shortest($0 * 100)) %" })
        for (name, statistic) in [
            ("KL(p || q)", TokenStatistic.klPQ), ("KL(q || p)", .klQP), ("top-k KL", .topKL),
            ("entropy of p", .entropyP), ("entropy of q", .entropyQ), ("log ratio", .logRatio), ("delta p", .deltaP),
        ] where summary[statistic].tokens > 0 {
            let quantiles = summary[statistic].quantiles
            table.add([name] + places.map { Numbers.significant(quantiles[$0], 3) })
        }
        return section("Quantiles", table)
    }

    private func groups() -> String {
        let kl = summary[.klPQ].tokens > 0 ? TokenStatistic.klPQ : .topKL
        var table = Table()
        table.add("tokens", "count", kl == .klPQ ? "KL(p || q)" : "top-k KL", "interval", "H(p)", "H(q)", "log ratio")
        func add(_ groups: [TokenGroup], _ name: (TokenGroup) -> String) {
            for group in groups {
                func mean(_ statistic: TokenStatistic) -> BootstrapInterval? {
                    group.statistics.first { $0.statistic == statistic }?.mean
                }
                table.add(
                    name(group), Numbers.grouped(group.tokens), Numbers.significant(mean(kl)?.mean, 3),
                    mean(kl).map { Self.interval($0, 3) } ?? "-", Numbers.significant(mean(.entropyP)?.mean, 3),
                    Numbers.significant(mean(.entropyQ)?.mean, 3), Numbers.significant(mean(.logRatio)?.mean, 3))
            }
        }
        add(summary.segments, \.name)
        let share = Numbers.significant(summary.settings.highEntropyShare * 100, 3)
        add(summary.entropyGroups) { $0.name == "high" ? "top \(share) % by entropy" : "the others" }
        add(summary.positions) { "place \($0.name)" }
        return section("Groups", table)
    }

    private func sequences() -> String {
        var table = Table()
        table.add("sum over each response", "mean", "interval", "min", "max")
        let names = ["tokens": "tokens", "kl_pq": "KL(p || q)", "kl_qp": "KL(q || p)", "log_ratio": "log ratio"]
        for row in summary.sequences {
            guard let name = names[row.name], let mean = row.mean else { continue }
            table.add(
                name, Numbers.significant(mean.mean), Self.interval(mean), Numbers.significant(row.minimum),
                Numbers.significant(row.maximum))
        }
        return section("Sequences", table)
    }

    private func estimators() -> String {
        guard let audit = summary.estimators else { return "" }
        var table = Table()
        table.add("estimator", "mean", "off by", "interval", "RMSE", "correlation", "tokens for 10 %")
        for row in audit.rows {
            table.add(
                row.statistic.rawValue, Numbers.significant(row.mean?.mean), Numbers.significant(row.bias?.mean, 3),
                row.bias.map { Self.interval($0, 3) } ?? "-", Numbers.significant(row.rootMeanSquareError, 3),
                row.correlation.isNaN ? "-" : Numbers.fixed(row.correlation, 2),
                row.tokensForTenPercent.isFinite ? Numbers.fixed(row.tokensForTenPercent.rounded(.up), 0) : "-")
        }
        return section("Estimators beside the exact KL of \(Numbers.significant(audit.exact?.mean))", table)
    }

    private func weights() -> String {
        guard let importance = summary.importance else { return "" }
        var table = Table()
        table.add("effective sample size of", "count", "raw", "clamped", "largest log weight")
        for (name, size) in [("tokens", importance.token), ("sequences", importance.sequence)] {
            table.add(
                name, Numbers.grouped(size.count), Self.share(size.raw), Self.share(size.clamped),
                Numbers.significant(size.maximumLogWeight))
        }
        var text = section("Weights q / p", table)
        guard let clipping = summary.clipping else { return text }
        let settings = summary.settings
        var clips = Table()
        clips.add(
            "ratios", "below \(Numbers.significant(1 - settings.epsilonLow))",
            "above \(Numbers.significant(1 + settings.epsilonHigh))", "either")
        for (name, shares) in [("all", clipping.ratio), ("against the advantage", clipping.objective)] {
            guard let shares else { continue }
            clips.add(name, Self.share(shares.low), Self.share(shares.high), Self.share(shares.outside))
        }
        text += clips.text
        return text
    }

    private func agreement() -> String {
        let agreement = summary.agreement
        var table = Table()
        table.add("same most probable token", Self.share(agreement.top))
        table.add("common to the \(agreement.topWidth) most probable", Self.share(agreement.topOverlap))
        if agreement.greedyP != nil {
            table.add("token is p's most probable", Self.share(agreement.greedyP))
            table.add("token is q's most probable", Self.share(agreement.greedyQ))
        }
        return section("Agreement", table)
    }

    private func tokens() -> String {
        var text = ""
        if !summary.divergentTokenIDs.isEmpty {
            var table = Table()
            table.add("token", "id", "tokens", "mean KL", "share of the KL")
            for token in summary.divergentTokenIDs.prefix(10) {
                table.add(
                    Self.quoted(token.text), "\(token.tokenID)", Numbers.grouped(token.tokens),
                    token.meanKL.isFinite ? Numbers.significant(token.meanKL, 3) : "infinite", Self.share(token.share))
            }
            text += section("Tokens with the largest share", table)
        }
        guard !summary.divergentTokens.isEmpty else { return text }
        var table = Table()
        table.add("token", "sequence", "position", "KL", "log p", "log q")
        for token in summary.divergentTokens.prefix(10) {
            let name = token.sequenceID.isEmpty ? "\(token.sequence)" : Self.shortened(token.sequenceID, 24)
            table.add(
                Self.quoted(token.text ?? token.tokenID.map { "#\($0)" }), name, Numbers.grouped(token.position),
                token.kl.isFinite ? Numbers.significant(token.kl, 3) : "infinite",
                token.logP.isNaN ? "-" : Numbers.significant(token.logP, 3),
                token.logQ.isNaN ? "-" : Numbers.significant(token.logQ, 3))
        }
        return text + section("Most divergent tokens", table)
    }

    private func section(_ title: String, _ table: Table) -> String {
        "\n" + Terminal.styled(title, .bold, .cyan) + "\n" + table.text
    }

    private static func interval(_ interval: BootstrapInterval, _ digits: Int = 4) -> String {
        "\(Numbers.significant(interval.lower, digits)) to \(Numbers.significant(interval.upper, digits))"
    }

    private static func share(_ interval: BootstrapInterval?) -> String {
        interval.map { share($0.mean) } ?? "-"
    }

    private static func share(_ value: Double) -> String { value.isFinite ? Numbers.percent(value) : "-" }

    private static func string(_ node: JSONNode?) -> String? {
        guard case .string(let text)? = node else { return nil }
        return text
    }

    private static func quoted(_ text: String?) -> String {
        guard let text else { return "-" }
        return "\"\(shortened(text, 20))\""
    }

    private static func shortened(_ text: String, _ limit: Int) -> String {
        printable(text.count > limit ? text.prefix(limit) + "…" : text)
    }

    private static func printable(_ text: String) -> String { Terminal.printable(text, keepingLineBreaks: false) }
}

/// The names and numbers of others, to be shown.
struct MetricNamesView {
    let names: MetricNames

    func text() -> String {
        var table = Table()
        for (name, value) in names.values { table.add(name, value.map { Numbers.significant($0, 6) } ?? "-") }
        return table.text
    }
}

import Divergences
import Evaluation
import JSON

/// The summary of a diagnosis, to be shown.
struct DiagnosisView {
    let summary: DiagnosisSummary

    init(_ summary: DiagnosisSummary) {
        self.summary = summary
    }

    func text() -> String {
        header() + warnings() + means() + quantiles() + groups() + sequences() + estimators() + weights() + agreement()
            + tokens()
    }

    private func warnings() -> String {
        summary.warnings.map { Terminal.styled("! ", .bold, .yellow) + Self.printable($0.message) + "\n" }.joined()
    }

    private func quantiles() -> String {
        let columns = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1]
        let places = columns.compactMap { DiagnosisSummary.quantileShares.firstIndex(of: $0) }
        var table = Table()
        table.add(["per token"] + columns.map { $0 == 1 ? "max" : "\(Numbers.shortest($0 * 100)) %" })
        for (name, statistic) in [
            ("KL(p || q)", TokenStatistic.klPQ), ("KL(q || p)", .klQP), ("top-k KL", .topKL),
            ("entropy of p", .entropyP), ("entropy of q", .entropyQ), ("log ratio", .logRatio), ("delta p", .deltaP),
        ] where summary[statistic].tokens + summary[statistic].infinite > 0 {
            let quantiles = summary[statistic].quantiles
            table.add([name] + places.map { quantiles[$0].isNaN ? "-" : Numbers.significant(quantiles[$0], 3) })
        }
        return section("Quantiles", table)
    }

    private func estimators() -> String {
        guard let audit = summary.estimators else { return "" }
        var table = Table()
        table.add("estimator", "mean", "off by", "interval", "RMSE", "correlation", "tokens for 10 %")
        for row in audit.rows {
            table.add(
                row.statistic.rawValue, Numbers.significant(row.mean?.mean), Numbers.significant(row.bias?.mean, 3),
                interval(row.bias, 3), Numbers.significant(row.rootMeanSquareError, 3),
                row.correlation.isNaN ? "-" : Numbers.fixed(row.correlation, 2),
                row.tokensForTenPercent.isFinite ? Numbers.fixed(row.tokensForTenPercent.rounded(.up), 0) : "-")
        }
        let remainder =
            Self.over(audit.tokens, of: summary.counts.responseTokens) ?? "over \(Self.count(audit.tokens, "token"))"
        return section(
            "Estimators beside the exact KL of \(Numbers.significant(audit.exact?.mean)), \(remainder)", table)
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
            let isInfinite = summary.divergentTokenIDs.contains { $0.infinite > 0 }
            table.add("token", "id", "tokens", "mean KL", isInfinite ? "share of the finite KL" : "share of the KL")
            for token in summary.divergentTokenIDs.prefix(10) {
                table.add(
                    Self.quoted(token.text, token.tokenID), "\(token.tokenID)", Numbers.grouped(token.tokens),
                    token.infinite == 0 ? Numbers.significant(token.meanKL, 3) : "infinite", Self.share(token.share))
            }
            text += section("Tokens with the largest share", table)
        }
        guard !summary.divergentTokens.isEmpty else { return text }
        var table = Table()
        table.add("token", "sequence", "position", "KL", "log p", "log q")
        for token in summary.divergentTokens.prefix(10) {
            let name = token.sequenceID.isEmpty ? "\(token.sequence)" : Self.shortened(token.sequenceID, 24)
            table.add(
                Self.quoted(token.text, token.tokenID), name, Numbers.grouped(token.position),
                token.kl.isFinite ? Numbers.significant(token.kl, 3) : "infinite",
                token.logP.isNaN ? "-" : Numbers.significant(token.logP, 3),
                token.logQ.isNaN ? "-" : Numbers.significant(token.logQ, 3))
        }
        return text + section("Most divergent tokens", table)
    }

    func section(_ title: String, _ table: Table) -> String {
        "\n" + Terminal.styled(title, .bold, .cyan) + "\n" + table.text
    }

    /// Ends of an interval over sequences; none from a single one.
    func interval(_ interval: BootstrapInterval?, _ digits: Int = 4) -> String {
        guard let interval else { return "-" }
        return self.interval(interval.lower, interval.upper, digits)
    }

    /// Ends of an interval over sequences.
    func interval(_ lower: Double, _ upper: Double, _ digits: Int = 4) -> String {
        guard summary.counts.responseSequences > 1, lower.isFinite, upper.isFinite else { return "-" }
        return "\(Numbers.significant(lower, digits)) to \(Numbers.significant(upper, digits))"
    }

    /// `over 3 of 4 tokens`; nil where it is all of them.
    static func over(_ count: Int, of total: Int) -> String? {
        count < total ? "over \(Numbers.grouped(count)) of \(Self.count(total, "token"))" : nil
    }

    /// `1 token`, `2 tokens`.
    static func count(_ count: Int, _ noun: String) -> String {
        "\(Numbers.grouped(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    private static func share(_ interval: BootstrapInterval?) -> String {
        interval.map { share($0.mean) } ?? "-"
    }

    private static func share(_ value: Double) -> String { value.isFinite ? Numbers.percent(value) : "-" }

    static func string(_ node: JSONNode?) -> String? {
        guard case .string(let text)? = node else { return nil }
        return text
    }

    /// A token's text, or where that is not known its id; neither could be taken for the other.
    private static func quoted(_ text: String?, _ id: Int32?) -> String {
        guard let text else { return id.map { "#\($0)" } ?? "-" }
        return "\"\(shortened(text, 20))\""
    }

    private static func shortened(_ text: String, _ limit: Int) -> String {
        printable(text.count > limit ? text.prefix(limit) + "…" : text)
    }

    static func printable(_ text: String) -> String { Terminal.printable(text, keepingLineBreaks: false) }
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

import JSON

/// The summary's tables.
extension SummaryView {
    func tables() -> [PageBlock] {
        let numbers =
            [quantiles(), estimators(), sequences()].compactMap { $0 }.map(PageBlock.table)
            + [.grid([trustRegion(), agreement()].compactMap { $0 }.map(PageBlock.table))]
        let groups = [
            groups("segments", "By segment", "segment"), groups("entropy", "By entropy of the reference", "entropy"),
            groups("positions", "By place in the response", "place"),
            groups("response_shares", "By share of the response", "share"),
        ].compactMap { $0 }
        var blocks: [PageBlock] = []
        if quantiles() != nil { blocks.append(.section(title: "Numbers", note: nil, blocks: numbers)) }
        if !groups.isEmpty {
            blocks.append(
                .section(
                    title: "Groups of tokens", note: "Means over the tokens of each group, with their intervals.",
                    blocks: groups.map(PageBlock.table)))
        }
        return blocks
    }

    private func number(_ node: JSONNode?) -> JSONNode { PageNumber.node(node?.number ?? .nan) }

    /// A mean, or a value, and its interval.
    private func estimate(_ node: JSONNode?) -> JSONNode {
        .array([number(node?["mean"] ?? node?["value"] ?? node), number(node?["lower"]), number(node?["upper"])])
    }

    private func quantiles() -> PageTable? {
        func hasSome(_ key: String) -> (JSONNode) -> Bool { { ($0[key]?.integer ?? 0) > 0 } }
        let statistics = (summary["statistics"]?.items ?? []).filter {
            hasSome("tokens")($0) || hasSome("infinite")($0)
        }
        let hasInfinite = statistics.contains(where: hasSome("infinite"))
        let shares = (summary["quantile_shares"]?.items ?? []).map { $0.number ?? .nan }
        guard !statistics.isEmpty else { return nil }
        let names = shares.map { share in
            switch share {
            case 0: "min"
            case 0.5: "median"
            case 1: "max"
            default: "\(PageNumber.node(share * 100).shown) %"
            }
        }
        var table = PageTable(
            [("statistic", .text), ("mean", .estimate), ("std", .number)]
                + names.map { ($0, .number) } + (hasInfinite ? [("infinite", .number)] : []),
            title: "Quantiles",
            note:
                "Of each statistic over the tokens of the response; brackets hold the interval of the mean. Infinite numbers count in "
                + "the quantiles and not in the mean.", shown: 10)
        for statistic in statistics {
            let values = statistic["quantiles"]?.items ?? []
            table.rows.append(
                [
                    .string(StatisticName.shown(statistic["name"]?.text ?? "?")), estimate(statistic),
                    number(statistic["standard_deviation"]),
                ] + shares.indices.map { number($0 < values.count ? values[$0] : nil) }
                    + (hasInfinite ? [number(statistic["infinite"])] : []))
        }
        return table
    }

    private func estimators() -> PageTable? {
        guard let estimators = summary["estimators"], !(estimators["rows"]?.items ?? []).isEmpty else { return nil }
        var table = PageTable(
            [
                ("estimator", .text), ("mean", .estimate), ("bias", .number), ("std", .number), ("RMSE", .number),
                ("correlation", .number), ("tokens for 10 %", .number),
            ],
            title: "Estimators of the KL",
            note:
                "What k1, k2 and k3 make of the same tokens, against the exact KL. They are only unbiased where tokens were sampled "
                + "from p, which an expert's are not.")
        table.rows.append([.string("exact KL"), estimate(estimators["exact"])] + Array(repeating: .null, count: 5))
        for row in estimators["rows"]?.items ?? [] {
            let keys = [
                "bias", "standard_deviation", "root_mean_square_error", "correlation", "tokens_for_ten_percent",
            ]
            table.rows.append([.string(row["name"]?.text ?? "?"), estimate(row)] + keys.map { number(row[$0]) })
        }
        return table
    }

    private func trustRegion() -> PageTable? {
        var rows: [(name: String, node: JSONNode?)] = []
        for (key, name) in [("token", "tokens"), ("sequence", "sequences")] {
            let size = summary[path: "importance", key]
            rows += [
                ("Effective sample size of \(name), share", size?["raw"]),
                ("The same, weights q / p clamped", size?["clamped"]),
                ("Largest log weight of \(name)", size?["maximum_log_weight"]),
                ("Smallest log weight of \(name)", size?["minimum_log_weight"]),
            ]
        }
        for (key, name) in [("ratio", "Ratio"), ("objective", "Clipped objective")] {
            let clips = summary[path: "clipping", key]
            rows += [
                ("\(name) below the clip, share", clips?["low"]), ("\(name) above the clip, share", clips?["high"]),
                ("\(name) outside, share", clips?["outside"]),
            ]
        }
        rows += [
            ("TrSFT: tokens below the trust level, share", summary[path: "trust_region", "below"]),
            ("TrSFT: mean weight", summary[path: "trust_region", "mean_weight"]),
        ]
        return list(rows, title: "Trust region")
    }

    private func agreement() -> PageTable? {
        let names = [
            ("agreement", "top_1", "Same most probable token, share"),
            ("agreement", "topk_overlap", "Overlap of the top k, share"),
            ("agreement", "greedy_p", "Tokens that are p's first choice, share"),
            ("agreement", "greedy_q", "Tokens that are q's first choice, share"), ("agreement", "topk_kl", "Top-k KL"),
            ("agreement", "topk_mass_reference", "Mass of p in its tokens"),
            ("agreement", "topk_mass_policy", "Mass of q in its tokens"),
            ("sequences", "perplexity_p", "Perplexity of p"), ("sequences", "perplexity_q", "Perplexity of q"),
            ("sequences", "perplexity_ratio", "Perplexity ratio q / p"),
            ("llama_cpp", "mean_delta_p", "Mean q - p of the tokens"),
            ("llama_cpp", "rms_delta_p", "Root mean square q - p"),
            ("noise", "floor", "Noise floor of the inputs' types"), ("noise", "ratio", "Noise floor over KL"),
        ]
        return list(names.map { ($0.2, summary[path: $0.0, $0.1]) }, title: "Agreement and perplexity")
    }

    /// Estimates one below the other, without those that are not known.
    private func list(_ rows: [(name: String, node: JSONNode?)], title: String) -> PageTable? {
        var table = PageTable([("", .text), ("value", .estimate)], title: title, shown: 30)
        for (name, node) in rows {
            let cell = estimate(node)
            if cell.items.first?.number != nil { table.rows.append([.string(name), cell]) }
        }
        return table.rows.isEmpty ? nil : table
    }

    private func sequences() -> PageTable? {
        let statistics = summary[path: "sequences", "statistics"]?.items ?? []
        guard !statistics.isEmpty else { return nil }
        let keys = ["standard_deviation", "minimum", "maximum"]
        var table = PageTable(
            [("sum over the response", .text), ("sequences", .number), ("mean", .estimate)]
                + ["std", "min", "max"].map { ($0, .number) }, title: "Sequences",
            note:
                "Sums over the response of each sequence; tokens are its length. By the chain rule the mean sum of KL(p \u{2016} q) "
                + "is the KL of whole responses where these were sampled from p.")
        for statistic in statistics {
            table.rows.append(
                [
                    .string(StatisticName.shown(statistic["name"]?.text ?? "?")), number(statistic["sequences"]),
                    estimate(statistic),
                ] + keys.map { number(statistic[$0]) })
        }
        return table
    }

    private func groups(_ key: String, _ title: String, _ column: String) -> PageTable? {
        let groups = summary[path: "groups", key]?.items ?? []
        guard !groups.isEmpty else { return nil }
        let wanted: [String] = [
            "kl_reference_policy", "kl_policy_reference", "topk_kl", "entropy_reference", "entropy_policy", "log_ratio",
        ].filter { name in
            groups.contains { group in
                (group["statistics"]?.items ?? []).contains { $0["name"]?.text == name && $0["mean"]?.number != nil }
            }
        }
        var table = PageTable(
            [(column, .text)] + wanted.map { (StatisticName.shown($0), .estimate) }
                + [("tokens", .number), ("sequences", .number)],
            title: title, shown: 12)
        for group in groups {
            let statistics = group["statistics"]?.items ?? []
            table.rows.append(
                [.string(group["name"]?.text ?? "?")]
                    + wanted.map { name in estimate(statistics.first { $0["name"]?.text == name }) }
                    + [number(group["tokens"]), number(group["sequences"])])
        }
        return table
    }
}

/// What statistics are called on pages.
enum StatisticName {
    /// The usual notation of a column of a diagnosis; the column's own name where there is none.
    static func shown(_ column: String) -> String {
        switch column {
        case "kl_reference_policy": "KL(p \u{2016} q)"
        case "kl_policy_reference": "KL(q \u{2016} p)"
        case "js": "Jensen-Shannon"
        case "entropy_reference": "H(p)"
        case "entropy_policy": "H(q)"
        case "cross_entropy_reference_policy": "H(p, q)"
        case "cross_entropy_policy_reference": "H(q, p)"
        case "log_prob_reference": "log p"
        case "log_prob_policy": "log q"
        case "log_ratio": "log q - log p"
        case "ratio": "ratio q / p"
        case "hellinger": "Hellinger"
        case "delta_p": "q - p"
        case "topk_kl": "top-k KL"
        default: column.split(separator: "_").joined(separator: " ")
        }
    }
}

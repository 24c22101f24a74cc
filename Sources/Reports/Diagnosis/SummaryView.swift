import JSON

/// The numbers of a summary, as blocks of a page.
struct SummaryView: Sendable {
    let summary: JSONNode

    init(_ summary: JSONNode) {
        self.summary = summary
    }

    /// What comes first: what was compared, what to know before using the numbers, and the numbers that matter most.
    func opening(settings: JSONNode) -> [PageBlock] {
        var blocks: [PageBlock] = []
        let warnings = (summary["warnings"]?.items ?? []).compactMap { $0["message"]?.text?.capitalisedFirst }
        if !warnings.isEmpty { blocks.append(.notices(warnings)) }
        blocks.append(.facts(inputs(settings)))
        let tiles = headline()
        if !tiles.isEmpty {
            let confidence = summary[path: "settings", "confidence"]?.number ?? 0.95
            blocks.append(.tiles(tiles))
            blocks.append(
                .note(
                    "Divergences are in nats, means over the tokens of the response. Brackets: bootstrap intervals over sequences, "
                        + "\(PageNumber.node(confidence * 100).shown) %."))
        }
        return blocks
    }

    private func inputs(_ settings: JSONNode) -> [(name: String, value: String)] {
        var facts = [("reference", "Reference p"), ("policy", "Policy q")].map { key, label in
            let input = settings[key]
            let parts = [
                input?["path"]?.text ?? "?", input?["adapter"]?.text.map { "adapter \($0)" },
                input?["tensor"]?.text.map { "tensor \($0)" },
                "\(input?["kind"]?.text ?? "?"), \(input?["type"]?.text ?? "?")",
            ]
            return (name: label, value: parts.compactMap { $0 }.joined(separator: " \u{00B7} "))
        }
        if let dataset = settings["dataset"]?.text {
            let ratio = settings["prefix_ratio"]?.number.map { " \u{00B7} prefix ratio \(PageNumber.node($0).shown)" }
            facts.append(("Dataset", dataset + (ratio ?? "")))
        }
        if let counts = summary["counts"] {
            func count(_ key: String) -> String { counts[key]?.grouped ?? "?" }
            facts.append(
                (
                    "Tokens",
                    "\(count("response_tokens")) of the response in \(count("response_sequences")) sequences; "
                        + "\(count("tokens")) in all"
                ))
        }
        facts.append(
            (
                "Compared",
                settings["coverage"] == "top-k"
                    ? "only the tokens that top-k lists have: divergences are lower bounds"
                    : "the whole vocabulary" + (settings["vocabulary_size"]?.integer.map { ", \($0) tokens" } ?? "")
            ))
        return facts
    }

    /// The numbers that matter most.
    func headline() -> [PageTile] {
        var tiles: [PageTile] = []
        func add(_ label: String, _ estimate: JSONNode?, isShare: Bool = false, note: String? = nil) {
            let mean = (estimate?["mean"] ?? estimate?["value"])?.number
            if let infinite = infinite(estimate) {
                let notes = [note, infinite].compactMap { $0 }.joined(separator: "; ")
                tiles.append(PageTile(label: label, value: .string("inf"), note: notes))
            } else if let mean {
                tiles.append(
                    PageTile(
                        label: label, value: PageNumber.node(mean), lower: estimate?["lower"]?.number,
                        upper: estimate?["upper"]?.number, note: note, isShare: isShare))
            }
        }
        func statistic(_ name: String) -> JSONNode? {
            (summary["statistics"]?.items ?? []).first { $0["name"]?.text == name }
        }
        add("KL(p \u{2016} q)", statistic("kl_reference_policy"))
        if tiles.isEmpty { add("Top-k KL(p \u{2016} q)", statistic("topk_kl"), note: "a lower bound") }
        add("KL(q \u{2016} p)", statistic("kl_policy_reference"))
        add("Entropy of p", statistic("entropy_reference"))
        add("Entropy of q", statistic("entropy_policy"))
        add("Same first choice", summary[path: "agreement", "top_1"], isShare: true)
        add("Ratio outside the clips", summary[path: "clipping", "ratio", "outside"], isShare: true)
        add(
            "Effective sample size", summary[path: "importance", "token", "raw"].map { ["mean": $0] }, isShare: true,
            note: "of the tokens, by weights q / p")
        add("Perplexity ratio q / p", summary[path: "sequences", "perplexity_ratio"])
        add(
            "Noise floor", summary[path: "noise", "floor"].map { ["mean": $0] },
            note: "the KL that rounding of the inputs makes")
        return tiles
    }

    /// Where a statistic is infinite, and what it is elsewhere; nil where it is finite.
    ///
    /// With infinite numbers the mean is infinite, however few they are: the mean of the others is about other tokens.
    private func infinite(_ statistic: JSONNode?) -> String? {
        guard let count = statistic?["infinite"]?.integer, count > 0, let finite = statistic?["tokens"]?.integer,
            finite >= 0
        else { return nil }
        func grouped(_ count: Int) -> String { JSONNode.int(Int64(count)).grouped }
        let (all, isOverflow) = finite.addingReportingOverflow(count)
        guard !isOverflow else { return nil }
        let unknown = statistic?["unknown"]?.integer ?? 0
        var note = finite == 0 ? "at all \(grouped(all)) tokens" : "at \(grouped(count)) of \(grouped(all)) tokens"
        if unknown > 0 { note += ", unknown at \(grouped(unknown))" }
        guard finite > 0, let mean = statistic?["mean"]?.number else { return note }
        note += "; mean of the other \(grouped(finite)): \(PageNumber.node(mean).shown)"
        if let lower = statistic?["lower"]?.number, let upper = statistic?["upper"]?.number {
            note += " [\(PageNumber.node(lower, digits: 3).shown), \(PageNumber.node(upper, digits: 3).shown)]"
        }
        return note
    }

    /// Everything that was compared and summarised with which settings.
    func settings(_ settings: JSONNode, provenance: JSONNode) -> PageBlock {
        var facts: [(name: String, value: String)] = []
        func add(_ prefix: String, _ node: JSONNode) {
            for member in node.members {
                if case .object(let inner) = member.value, !inner.isEmpty {
                    add("\(prefix)\(member.key).", member.value)
                } else if member.value != .null {
                    facts.append((prefix + member.key, member.value.shown))
                }
            }
        }
        add("", settings)
        add("summary.", summary["settings"] ?? .null)
        add("provenance.", provenance)
        return .section(title: "Settings", note: nil, blocks: [.facts(facts)])
    }
}

import JSON

/// Rollouts of a run that are shown, those of a group together.
struct RolloutGroups {
    /// How much is shown.
    struct Limits {
        /// Groups, taken evenly from all of the run.
        var groups = 60
        /// Rollouts of a group.
        var rollouts = 64
        /// Characters of a prompt, a prefix or a continuation.
        var characters = 12_000
        /// Bytes of all texts.
        var bytes = 6 << 20
    }

    /// The place of a group: its update, and its number in that.
    struct Key: Hashable {
        let step: Int
        let group: Int
    }

    /// A rollout: a line of samples.jsonl.
    struct Rollout {
        let key: Key
        let node: JSONNode
    }

    /// A line, where it is one of samples.jsonl; of parts that are missing there is nothing to see.
    static func rollout(_ node: JSONNode) -> Rollout? {
        guard let step = node["step"]?.integer, let group = node["group"]?.integer else { return nil }
        return Rollout(key: Key(step: step, group: group), node: node)
    }

    /// Of all groups in the order in which they come those that are shown, evenly over the run, the last one included.
    static func chosen(_ keys: [Key], _ limits: Limits) -> Set<Key> {
        guard keys.count > limits.groups else { return Set(keys) }
        return Set((1...limits.groups).map { keys[$0 * keys.count / limits.groups - 1] })
    }

    /// How many groups there were.
    let total: Int
    /// Those that are shown, in their order.
    let groups: [(key: Key, rollouts: [JSONNode])]
    private let limits: Limits

    init(_ rollouts: [Rollout], total: Int, limits: Limits) {
        var order: [Key] = []
        var byKey: [Key: [JSONNode]] = [:]
        for rollout in rollouts {
            if byKey[rollout.key] == nil { order.append(rollout.key) }
            if byKey[rollout.key, default: []].count < limits.rollouts {
                byKey[rollout.key, default: []].append(rollout.node)
            }
        }
        groups = order.map { ($0, byKey[$0] ?? []) }
        self.total = total
        self.limits = limits
    }

    /// The rollouts side by side, and a table of their rewards.
    func sections() -> [PageBlock] {
        guard !groups.isEmpty else { return [] }
        var left = limits.bytes
        var options: [(name: String, blocks: [PageBlock])] = []
        for (key, rollouts) in groups.reversed() where left > 0 {
            let node = view(rollouts, &left)
            options.append(("update \(key.step), group \(key.group)", [.rollouts(node)]))
        }
        let shown = options.count < total ? " \(options.count) of \(total) groups are here, evenly over the run." : ""
        return [
            .section(
                title: "Rollouts",
                note:
                    "The newest first. What an expert wrote has a line beside it and stands on a shade; the rest is the "
                    + "policy's." + shown,
                blocks: [.choice(label: "Group", options: options)]),
            .section(title: "Rewards of these rollouts", note: nil, blocks: breakdown()),
        ]
    }

    /// The newest group that has rollouts with a prefix and without, else the newest; nil where there is none.
    func mixedGroup() -> PageBlock? {
        let mixed = groups.last { group in
            let lengths = group.rollouts.map { $0["prefix_tokens"]?.integer ?? 0 }
            return lengths.contains(0) && lengths.contains { $0 > 0 }
        }
        var left = limits.bytes
        return (mixed ?? groups.last).map { .rollouts(view($0.rollouts, &left)) }
    }

    private func view(_ rollouts: [JSONNode], _ left: inout Int) -> JSONNode {
        func text(_ node: JSONNode?) -> JSONNode {
            let text = HTMLText.clipped(node?.text ?? "", to: max(0, min(limits.characters, left)))
            left -= text.utf8.count
            return .string(text)
        }
        let prompt = text(rollouts.first?["prompt"])
        let cards = rollouts.enumerated().map { index, rollout -> JSONNode in
            var facts: [(String, String)] = []
            if let reward = rollout["reward"]?.number { facts.append(("reward", PageNumber.text(reward))) }
            for part in (rollout["rewards"]?.members ?? []).prefix(16) {
                facts.append((HTMLText.clipped(part.key, to: 60), PageNumber.text(part.value.number ?? .nan)))
            }
            if let advantage = rollout["advantage"]?.number {
                facts.append(("advantage", PageNumber.text(advantage)))
            }
            let prefixTokens = rollout["prefix_tokens"]?.integer ?? 0
            if prefixTokens > 0 { facts.append(("prefix", "\(prefixTokens) tokens")) }
            if let tokens = rollout["continuation_tokens"]?.integer { facts.append(("written", "\(tokens) tokens")) }
            if let reason = rollout["finish_reason"]?.text { facts.append(("end", HTMLText.clipped(reason, to: 60))) }
            return [
                "name": .string("Rollout \(rollout["rollout"]?.integer ?? index)"),
                "facts": .array(facts.map { [.string($0.0), .string($0.1)] }),
                "prefix": text(rollout["prefix"]), "continuation": text(rollout["continuation"]),
            ]
        }
        return ["type": "rollouts", "prompt": prompt, "rollouts": .array(cards)]
    }

    private func breakdown() -> [PageBlock] {
        var parts: [String] = []
        for rollout in groups.flatMap(\.rollouts) {
            for (name, _) in rollout["rewards"]?.members ?? [] where !parts.contains(name) && parts.count < 16 {
                parts.append(name)
            }
        }
        var table = PageTable(
            [("update", .number), ("group", .number), ("rollout", .number), ("prefix", .share), ("tokens", .number)]
                + parts.map { (HTMLText.clipped($0, to: 60), .number) } + [("reward", .number), ("advantage", .number)])
        for (key, rollouts) in groups.reversed() {
            for rollout in rollouts where table.rows.count < 4000 {
                table.rows.append(
                    [
                        .int(Int64(key.step)), .int(Int64(key.group)),
                        rollout["rollout"]?.integer.map { .int(Int64($0)) } ?? .null,
                        number(rollout["prefix_ratio"]), number(rollout["continuation_tokens"]),
                    ] + parts.map { number(rollout["rewards"]?[$0]) } + [
                        number(rollout["reward"]), number(rollout["advantage"]),
                    ])
            }
        }
        return [byPrefix(), .table(table)].compactMap { $0 }
    }

    /// The mean reward by the share of the prefix, where rollouts have several.
    private func byPrefix() -> PageBlock? {
        var sums: [Double: (sum: Double, count: Int)] = [:]
        for rollout in groups.flatMap(\.rollouts) {
            guard let reward = rollout["reward"]?.number, let ratio = rollout["prefix_ratio"]?.number, sums.count < 32
            else {
                continue
            }
            let before = sums[ratio] ?? (0, 0)
            sums[ratio] = (before.sum + reward, before.count + 1)
        }
        guard sums.count > 1 else { return nil }
        let bars = sums.sorted { $0.key < $1.key }.map { ratio, sum in
            let name = ratio == 0 ? "no prefix" : "\(PageNumber.node(ratio * 100, digits: 3).shown) % of the thought"
            return (name: "\(name) (\(sum.count))", value: sum.sum / Double(sum.count))
        }
        return .bars(
            BarChart(
                text: ChartText(
                    title: "Reward by prefix", note: "The mean over the rollouts shown; in brackets how many they are.",
                    horizontal: "mean reward", vertical: "prefix"), bars: bars))
    }

    private func number(_ node: JSONNode?) -> JSONNode { PageNumber.node(node?.number ?? .nan) }
}

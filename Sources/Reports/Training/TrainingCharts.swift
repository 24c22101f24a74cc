import JSON

/// The curves of a run.
struct TrainingCharts {
    /// What is drawn together.
    private struct Definition {
        var title: String
        var names: [String]
        var vertical: String
        var note = ""
        var isLogarithmic = false
    }

    private static let known = [
        Definition(title: "Loss", names: ["loss", "nll"], vertical: "loss"),
        Definition(title: "Reward", names: ["reward"], vertical: "mean reward"),
        Definition(title: "Divergence from the reference", names: ["kl"], vertical: "nats a token"),
        Definition(
            title: "Divergence from the policy that sampled", names: ["ppo_kl", "sequence_kl", "kl_old"],
            vertical: "nats"),
        Definition(
            title: "Exact divergence from the policy that sampled",
            names: ["kl_old_exact/mean", "kl_old_exact/p95", "kl_old_exact/max", "kl_old_exact/reverse/mean"],
            vertical: "nats a completion",
            note:
                "KL(pi_old || pi) of queries after the last update of each batch of rollouts, and the mean of the reverse."
        ),
        Definition(title: "Entropy", names: ["entropy"], vertical: "nats a token"),
        Definition(
            title: "Norm of the gradient", names: ["grad_norm"], vertical: "norm, log scale",
            note: "Before it is limited.", isLogarithmic: true),
        Definition(
            title: "Length of completions",
            names: ["completions/mean_length", "completions/mean_terminated_length"], vertical: "tokens"),
        Definition(
            title: "Completions that reached the limit", names: ["completions/clipped_ratio"], vertical: "share"),
        Definition(
            title: "Groups without a signal", names: ["frac_reward_zero_std"], vertical: "share",
            note: "The share of groups whose rewards are all equal."),
        Definition(
            title: "Clipped ratios",
            names: ["clip_ratio/low_mean", "clip_ratio/high_mean", "clip_ratio/region_mean"],
            vertical: "share of tokens"),
        Definition(
            title: "Probability of expert and own tokens", names: ["actor/off_policy_prob", "actor/on_policy_prob"],
            vertical: "mean probability", note: "Off-policy are the expert's tokens, on-policy the model's own."),
        Definition(
            title: "Loss of expert and own tokens", names: ["actor/off_pg_loss", "actor/on_pg_loss"], vertical: "loss"),
        Definition(
            title: "Rollouts with a prefix, by micro-group",
            names: ["batch/hint_level_0", "batch/hint_level_1", "batch/hint_level_2", "batch/hint_level_3"],
            vertical: "share of rollouts"),
        Definition(
            title: "Prefixes in responses, by micro-group",
            names: ["batch/prefix_share_0", "batch/prefix_share_1", "batch/prefix_share_2", "batch/prefix_share_3"],
            vertical: "share of tokens"),
        Definition(
            title: "Prompts solved",
            names: ["batch/solve_none", "batch/solve_all", "batch/on_solved", "batch/off_solved"],
            vertical: "share of prompts",
            note: "By none or by all of their rollouts; by one without, and by one with a prefix."),
        Definition(
            title: "Dual variable of groups", names: ["lambda/p10", "lambda/p50", "lambda/p90"], vertical: "lambda"),
        Definition(title: "Accuracy of expert tokens", names: ["mean_token_accuracy"], vertical: "share"),
        Definition(
            title: "Sampler and trainer apart",
            names: ["sampling/sampling_logp_difference/mean", "sampling/sampling_logp_difference/max"],
            vertical: "nats",
            note: "How far log-probabilities of the sampler are from the trainer's."),
        Definition(title: "Learning rate", names: ["learning_rate"], vertical: "rate"),
        Definition(title: "Time of an update", names: ["step_time"], vertical: "seconds"),
    ]
    /// What rises evenly and tells nothing.
    private static let dull: Set<String> = ["num_tokens", "epoch", "phase"]
    private static let roles: [SeriesRole] = [.both, .other, .policy, .reference]
    /// The most charts of metrics that nobody has named above.
    private static let mostOthers = 60

    private let metrics: TrainingMetrics
    private let curve: TrainingCurve

    init(_ metrics: TrainingMetrics) {
        self.metrics = metrics
        curve = TrainingCurve(steps: metrics.steps)
    }

    /// The sections with charts; none where there are no numbers.
    func sections() -> [PageBlock] {
        let tested = metrics.names.filter { $0.hasPrefix("eval/") || $0 == "eval_reward" }.prefix(Self.roles.count)
        let evaluation = Definition(
            title: "Problems held out", names: Array(tested), vertical: "share, reward",
            note: "Shares of completions that are right, and of prompts with a right one.")
        let known = ([evaluation] + Self.known).compactMap { chart($0) }
        let shown = Set(Self.known.flatMap(\.names)).union(Self.dull).union(tested)
        let others = definitions(of: metrics.names.filter { !shown.contains($0) })
        let more = others.prefix(Self.mostOthers).compactMap { chart($0) }
        let note =
            curve.isReduced
            ? "Each place is the mean of some updates; the band goes from the least to the largest of them." : nil
        var sections: [PageBlock] = []
        if !known.isEmpty { sections.append(.section(title: "Curves", note: note, blocks: [.grid(known)])) }
        if !more.isEmpty {
            let rest = others.count - more.count
            sections.append(
                .section(
                    title: "More metrics",
                    note: rest > 0 && others.count > Self.mostOthers ? "\(rest) more are not drawn." : nil,
                    blocks: [.grid(more)]))
        }
        return sections
    }

    /// Metrics with the same beginning, such as `rewards/accuracy/mean` and `rewards/accuracy/std`, are drawn together.
    private func definitions(of names: [String]) -> [Definition] {
        var order: [String] = []
        var groups: [String: [String]] = [:]
        for name in names {
            let parent = name.lastIndex(of: "/").map { String(name[..<$0]) } ?? name
            if groups[parent] == nil { order.append(parent) }
            groups[parent, default: []].append(name)
        }
        return order.flatMap { parent in
            let names = groups[parent] ?? []
            return stride(from: 0, to: names.count, by: Self.roles.count).map { start in
                Definition(
                    title: HTMLText.clipped(parent, to: 80),
                    names: Array(names[start..<min(start + Self.roles.count, names.count)]),
                    vertical: "value")
            }
        }
    }

    private func chart(_ definition: Definition) -> PageBlock? {
        let columns = definition.names.compactMap { name -> (String, [Double])? in
            let values = metrics.values(name)
            return values.contains(where: \.isFinite) ? (name, values) : nil
        }
        guard !columns.isEmpty else { return nil }
        // A line needs neighbours: what few updates have is drawn over those alone.
        let places = metrics.steps.indices.filter { place in columns.contains { $0.1[place].isFinite } }
        let isSparse = 2 * places.count < metrics.steps.count
        let curve = isSparse ? TrainingCurve(steps: places.map { metrics.steps[$0] }) : self.curve
        func drawn(_ values: [Double]) -> [Double] { isSparse ? places.map { values[$0] } : values }
        var chart = LineChart(
            text: ChartText(
                title: definition.title, note: definition.note, horizontal: "update", vertical: definition.vertical),
            places: curve.places, names: curve.names)
        // What never changes has an axis of its own size only where that is logarithmic.
        let isConstant = columns.allSatisfy { Set($0.1.filter(\.isFinite)).count == 1 }
        chart.isLogarithmic =
            (definition.isLogarithmic || isConstant) && columns.allSatisfy { $0.1.allSatisfy { !($0 <= 0) } }
        chart.isCounted = true
        for (index, column) in columns.enumerated() {
            chart.series.append(
                LineChart.Series(
                    name: HTMLText.clipped(column.0, to: 80), role: Self.roles[index % Self.roles.count],
                    values: curve.means(drawn(column.1))))
        }
        if curve.isReduced, columns.count == 1 {
            chart.bands.append(curve.band(drawn(columns[0].1), name: "least to largest"))
        }
        return .lines(chart)
    }
}

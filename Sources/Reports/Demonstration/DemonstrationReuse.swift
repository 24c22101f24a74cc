import Demonstration
import Evaluation
import JSON

/// Rollouts that are used for many updates: clipping against an exact trust region.
struct DemonstrationReuse {
    private let result: DemonstrationResult
    private let runs: [String: TrainingRunFiles]
    private var plan: DemonstrationPlan { result.plan }

    init(_ result: DemonstrationResult, _ runs: [String: TrainingRunFiles]) {
        self.result = result
        self.runs = runs
    }

    private static let roles: [(run: String, title: String, role: SeriesRole)] = [
        ("grpo-reused", "GRPO", .reference), ("quatro-reused", "QUATRO", .policy),
    ]

    var section: PageBlock {
        let updates = DemonstrationPlan.reuseIterations * DemonstrationPlan.reuseParts
        let curves = DemonstrationCurves(runs)
        let charts = [
            curves.chart(
                "How far the model is from the one that sampled", metric: "ppo_kl", vertical: "nats a response",
                Self.roles,
                note:
                    "KL(pi_old || pi), estimated on the responses of each update. Every \(updates) updates there are new "
                    + "responses, and the distance begins at 0 again.", change: Self.divergence),
            curves.chart(
                "Reward of the responses", metric: "reward", vertical: "mean reward", Self.roles,
                note: "Of all responses of an update's batch."),
            curves.chart(
                "Entropy", metric: "entropy", vertical: "nats a token", Self.roles,
                note: "On the responses of the update."),
        ].compactMap { $0 }
        return .section(
            title: "Using responses again", note: nil,
            blocks: [
                .note(
                    "Sampling is what training costs most, so responses are used for many updates: here each batch of 512 for "
                        + "\(updates). The model moves away from the one that sampled them meanwhile, and what the responses say "
                        + "of it becomes wrong. GRPO clips the ratio of each token, which stops pushing and never pulls back. "
                        + "QUATRO solves, for each problem, how far its responses may move the model, and pulls back what went "
                        + "beyond."),
                .table(table), .note(finding), .grid(charts),
            ])
    }

    /// Nats a response: the mean over tokens times the mean length.
    private static func divergence(_ metrics: TrainingMetrics, _ values: [Double]) -> [Double] {
        zip(values, metrics.values("completions/mean_length")).map { $0 * $1 }
    }

    /// The exact divergence at the end of each batch, or, where a run has none, the estimate at every update.
    private func divergences(_ run: String) -> [Double] {
        guard let metrics = runs[run]?.metrics else { return [] }
        let exact = metrics.values("kl_old_exact/mean").filter(\.isFinite)
        return exact.isEmpty ? Self.divergence(metrics, metrics.values("ppo_kl")).filter(\.isFinite) : exact
    }

    /// Whether all runs have measured the divergence exactly.
    private var isExact: Bool {
        plan.reuse.allSatisfy { runs[$0.name]?.metrics.mean("kl_old_exact/mean") != nil }
    }

    private var table: PageTable {
        var table = PageTable([
            ("run", .text), ("what it does", .text), ("updates", .number), ("right", .share),
            ("gain in points", .estimate), ("mean KL", .number), ("largest KL", .number),
        ])
        table.note =
            (isExact
                ? "KL: KL(pi_old || pi) over the whole vocabulary, at the end of each batch of responses"
                : "KL: KL(pi_old || pi), estimated at every update")
            + ", in nats a response. The radius that QUATRO holds is \(DemonstrationPlan.radius)."
        let start = result.scores[plan.warmUp.name]
        for run in plan.reuse {
            guard let score = result.scores[run.name] else { continue }
            let distances = divergences(run.name)
            let gain = start.flatMap { score.gain(over: $0) }
            table.rows.append([
                .string(run.title), .string(run.explanation), .int(Int64(run.updates)),
                PageNumber.node(score.mean?.mean ?? .nan),
                DemonstrationPoints.node(gain),
                PageNumber.node(Self.mean(distances), digits: 3), PageNumber.node(distances.max() ?? .nan, digits: 3),
            ])
        }
        return table
    }

    /// Which of them stayed closer, and which ended higher, from the numbers.
    private var finding: String {
        let (clipped, bounded) = (Self.mean(divergences("grpo-reused")), Self.mean(divergences("quatro-reused")))
        var parts: [String] = []
        // Below that nothing has moved, and a ratio is noise.
        if min(clipped, bounded) > 1e-4 {
            let times = PageNumber.node(max(clipped, bounded) / min(clipped, bounded), digits: 2).shown
            parts.append(
                clipped > bounded
                    ? "The mean distance is \(times) times smaller with QUATRO."
                    : "The mean distance is \(times) times larger with QUATRO, which is not what it is for.")
        }
        if let first = result.scores["quatro-reused"], let second = result.scores["grpo-reused"],
            let gain = first.gain(over: second)
        {
            let size = DemonstrationPoints.text(gain)
            parts.append(
                gain.lower > 0
                    ? "QUATRO ends higher, by \(size)."
                    : gain.upper < 0
                        ? "GRPO ends higher: the gain of QUATRO over it is \(size). Staying close has its price here."
                        : "The gain of QUATRO over GRPO, \(size), may be chance.")
        }
        return parts.joined(separator: " ")
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
    }
}

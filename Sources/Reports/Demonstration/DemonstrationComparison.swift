import Demonstration
import Evaluation
import JSON

/// Imitating, trying and both, at the same budget.
struct DemonstrationComparison {
    private let result: DemonstrationResult
    private let runs: [String: TrainingRunFiles]
    private var plan: DemonstrationPlan { result.plan }

    init(_ result: DemonstrationResult, _ runs: [String: TrainingRunFiles]) {
        self.result = result
        self.runs = runs
    }

    private var all: [RunPlan] { [plan.warmUp] + plan.comparison }

    /// What each model gets right.
    var tiles: [PageTile] {
        all.compactMap { run in
            guard let mean = result.scores[run.name]?.mean else { return nil }
            return PageTile(
                label: run.start == nil ? "Right at the start" : "Right after \(run.title)",
                value: PageNumber.node(mean.mean), lower: mean.lower, upper: mean.upper,
                note: run.start == nil ? "the model that all others begin with" : run.explanation, isShare: true)
        }
    }

    /// What the tiles are about, and how the models compare.
    var opening: String {
        "A model that knows single steps is to learn to chain them. It can imitate an expert (SFT), try and keep what works "
            + "(GRPO), or do both at once (TRAPO). The numbers are shares of right answers on \(plan.heldOutCount) problems that "
            + "no model has seen, \(DemonstrationPlan.samples) samples of each; brackets are 95 % intervals over the problems. "
            + verdict + " This is one seed of one small task: it shows how the methods work, not which is best."
    }

    /// Who is above whom, from the numbers.
    private var verdict: String {
        let ranked = plan.comparison.compactMap { run in
            result.scores[run.name]?.mean.map { (run: run, mean: $0.mean) }
        }.sorted { $0.mean > $1.mean }
        guard let best = ranked.first, ranked.count > 1, let score = result.scores[best.run.name] else { return "" }
        let parts = ranked.dropFirst().compactMap { other -> String? in
            guard let gain = result.scores[other.run.name].flatMap({ score.gain(over: $0) }) else { return nil }
            return "\(DemonstrationPoints.text(gain)) above \(other.run.title)"
                + (gain.lower > 0 ? "" : ", which may be chance")
        }
        return "Here \(best.run.title) comes out first, " + parts.joined(separator: " and ") + "."
    }

    var section: PageBlock {
        .section(
            title: "Imitating, trying, both", note: nil,
            blocks: [.table(table)] + findings.map(PageBlock.note) + [.grid(charts)])
    }

    private var table: PageTable {
        var table = PageTable(
            [
                ("run", .text), ("what it does", .text), ("updates", .number), ("right", .share),
                ("solved at least once", .share), ("gain in points", .estimate),
            ],
            note:
                "Right: the share of samples. Solved at least once: the share of problems that one of "
                + "\(DemonstrationPlan.samples) samples solves. Every update of SFT, GRPO and TRAPO is of 128 responses."
        )
        let start = result.scores[plan.warmUp.name]
        for run in all {
            guard let score = result.scores[run.name] else { continue }
            let gain = run.start == nil ? nil : start.flatMap { score.gain(over: $0) }
            table.rows.append([
                .string(run.title), .string(run.explanation), .int(Int64(run.updates)),
                PageNumber.node(score.mean?.mean ?? .nan), PageNumber.node(score.pass?.mean ?? .nan),
                DemonstrationPoints.node(gain),
            ])
        }
        return table
    }

    /// What the numbers say of each method, or do not say.
    private var findings: [String] {
        var findings: [String] = []
        let start = result.scores[plan.warmUp.name]
        if let grpo = result.scores["grpo"], let start, let pass = grpo.pass, let before = start.pass,
            let gain = grpo.gain(over: start)
        {
            let isSharper = gain.lower > 0 && pass.mean - before.mean < gain.mean / 2
            findings.append(
                "GRPO learns from its own successes alone. "
                    + (isSharper
                        ? "It makes more samples right, \(DemonstrationPoints.text(gain)), while the share of problems that it solves at all goes "
                            + "from \(DemonstrationPoints.percent(before.mean)) to \(DemonstrationPoints.percent(pass.mean)): it makes the model surer of what it could "
                            + "do before, and where no sample is right there is nothing to learn from."
                        : "It changes the share of right samples by \(DemonstrationPoints.text(gain)), and that of problems solved at least once "
                            + "from \(DemonstrationPoints.percent(before.mean)) to \(DemonstrationPoints.percent(pass.mean)).")
                    + silent)
        }
        if let trapo = result.scores["trapo"], let sft = result.scores["sft"], let gain = trapo.gain(over: sft) {
            findings.append(
                "TRAPO and SFT see the same traces. "
                    + (gain.lower > 0
                        ? "TRAPO gets \(DemonstrationPoints.text(gain)) more right: "
                        : gain.upper < 0
                            ? "Here SFT gets more right, and the gain is \(DemonstrationPoints.text(gain)), though TRAPO is meant to: "
                            : "The difference, \(DemonstrationPoints.text(gain)), may be chance, though TRAPO is meant to get more right: ")
                    + "it begins with the expert's steps and has to finish by itself, and its supervised part leaves alone the "
                    + "expert's tokens that the model finds too improbable, such as those behind a leap.")
        }
        return findings
    }

    /// How many groups had nothing to say.
    private var silent: String {
        func share(_ name: String) -> Double? { runs[name]?.metrics.mean("frac_reward_zero_std") }
        guard let grpo = share("grpo") else { return "" }
        let other = share("trapo").map { ", against \(DemonstrationPoints.percent($0)) for TRAPO" } ?? ""
        return
            " Over the run \(DemonstrationPoints.percent(grpo)) of its groups of samples had equal rewards, all wrong or all right, and taught "
            + "nothing\(other)."
    }

    private var charts: [PageBlock] {
        let curves = DemonstrationCurves(runs)
        let roles: [(run: String, title: String, role: SeriesRole)] = [
            ("grpo", "GRPO", .reference), ("trapo", "TRAPO", .policy),
        ]
        return [
            curves.chart(
                "Reward while training", metric: "reward", vertical: "mean reward", roles,
                note: "TRAPO's rollouts include those that begin with an expert's prefix."),
            curves.chart(
                "Groups that teach nothing", metric: "frac_reward_zero_std", vertical: "share of groups", roles,
                note: "Groups whose rewards are all equal."),
            curves.chart(
                "Entropy", metric: "entropy", vertical: "nats a token", roles,
                note: "How open the model's choices are, on what it was trained on."),
            curves.prefixes,
        ].compactMap { $0 }
    }

    /// Some of the last rollouts of TRAPO, with prefix and continuation told apart.
    var example: PageBlock? {
        guard let run = runs["trapo"], let block = run.rollouts.mixedGroup() else { return nil }
        return .section(
            title: "What TRAPO's rollouts look like",
            note:
                "One problem late in training. Each problem is tried without help first; where that fails, later rollouts begin "
                + "with more and more of an expert's trace.", blocks: [block])
    }
}

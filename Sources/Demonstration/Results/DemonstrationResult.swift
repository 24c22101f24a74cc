import Evaluation
public import JSON

/// What the demonstration came to, apart from what its runs have written down.
public struct DemonstrationResult: Sendable {
    /// What was done.
    public let plan: DemonstrationPlan
    /// The score of the model at the end of each run, by the run's name.
    public let scores: [String: PolicyScore]

    /// - Parameter scores: of each run of the plan.
    public init(_ plan: DemonstrationPlan, scores: [String: PolicyScore]) {
        self.plan = plan
        self.scores = scores
    }

    /// The results for other programs: for each run its share of right samples, of solved problems, and the gain over the model
    /// that it began with.
    public var json: JSONNode {
        let start = scores[plan.warmUp.name]
        return [
            "format": "kedge.demonstration", "version": 1, "seed": .unsigned(plan.seed),
            "quick": .bool(plan.isQuick), "operations": .int(Int64(DemonstrationPlan.operations)),
            "heterogeneity": .double(DemonstrationPlan.heterogeneity),
            "problems": .int(Int64(plan.heldOutCount)), "samples": .int(Int64(DemonstrationPlan.samples)),
            "runs": .array(
                plan.runs.compactMap { run in
                    guard let score = scores[run.name] else { return nil }
                    return [
                        "name": .string(run.name), "updates": .int(Int64(run.updates)),
                        "mean": Self.node(score.mean), "pass": Self.node(score.pass),
                        "gain": Self.node(run.start == nil ? nil : start.flatMap { score.gain(over: $0) }),
                        "correct": .array(score.correct.map { .int(Int64($0)) }),
                    ]
                }),
        ]
    }

    private static func node(_ interval: BootstrapInterval?) -> JSONNode {
        guard let interval else { return .null }
        return ["mean": .double(interval.mean), "lower": .double(interval.lower), "upper": .double(interval.upper)]
    }
}

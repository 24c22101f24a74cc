import Demonstration
import JSON

/// What the models of the demonstration have to do.
struct DemonstrationTask {
    private let plan: DemonstrationPlan

    init(_ plan: DemonstrationPlan) { self.plan = plan }

    var section: PageBlock {
        var blocks: [PageBlock] = [
            .note(
                "Four digits go through \(DemonstrationPlan.operations) operations; the model writes down each step and puts "
                    + "the last digits into a box. The reward is 1 if they are right and 0 otherwise: nobody rates the steps. "
                    + "Guessing is right once in 10,000 times.")
        ]
        if let example = Self.example(seed: plan.seed) {
            blocks.append(
                .facts([
                    ("Problem", example.problem.text), ("Trace, every step", example.problem.trace()),
                    ("Trace with a leap", example.trace),
                ]))
        }
        let share = PageNumber.node(DemonstrationPlan.heterogeneity * 100).shown
        blocks.append(
            .note(
                "The expert whose traces the models see is not uniform: with a probability of \(share) % it does two "
                    + "operations at once and writes only the second one's digits. People do that, and a small model that "
                    + "imitates it learns to leap where it cannot. The warm-up shows the model mostly problems of 1 to 3 "
                    + "operations, so that it knows the steps and seldom gets through six. All runs below begin there.")
        )
        return .section(title: "The task", note: nil, blocks: blocks)
    }

    /// The first training problem whose trace has a leap.
    private static func example(seed: UInt64) -> ProblemSequence.Element? {
        var settings = ProblemSettings()
        (settings.seed, settings.operations, settings.heterogeneity) = (seed, 3, 0.3)
        return ProblemSequence(settings).lazy.prefix(1000).first { !$0.hidden.isEmpty }
    }
}

import Demonstration
import Evaluation

/// What `kedge demo` prints when it is done.
struct DemonstrationView {
    private let result: DemonstrationResult
    private let paths: DemonstrationPaths

    init(_ result: DemonstrationResult, paths: DemonstrationPaths) {
        self.result = result
        self.paths = paths
    }

    var text: String {
        let plan = result.plan
        var table = Table()
        table.add("", "right", "95 %", "solved", "gain")
        let start = result.scores[plan.warmUp.name]
        for run in plan.runs {
            guard let score = result.scores[run.name], let mean = score.mean, let pass = score.pass else { continue }
            let gain = run.start == nil ? nil : start.flatMap { score.gain(over: $0) }
            table.add(
                run.title, percent(mean.mean), "\(percent(mean.lower))–\(percent(mean.upper))", percent(pass.mean),
                gain.map { ($0.mean < 0 ? "" : "+") + percent($0.mean) } ?? "")
        }
        return "\(plan.heldOutCount) held-out problems of \(DemonstrationPlan.operations) operations, "
            + "\(DemonstrationPlan.samples) samples of each: how many are right, how many problems are solved once or more\n"
            + table.text + "\(Terminal.printable(paths.report, keepingLineBreaks: false))\n"
    }

    private func percent(_ share: Double) -> String { Numbers.fixed(share * 100, 1) + " %" }
}

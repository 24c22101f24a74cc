public import Demonstration
public import JSON

/// The page of the demonstration: what was done and what came out, for readers who have not read the papers.
///
/// Every statement about an outcome is computed from the numbers of this run, and says so where the outcome is not the papers'.
public struct DemonstrationReport {
    /// Draws the demonstration.
    ///
    /// - Parameters:
    ///   - result: the scores.
    ///   - root: the directory of the demonstration, as it is to be named in commands.
    ///   - runs: what each run has written down, by the run's name; what is missing is left out.
    ///   - diagnosis: the summary of the last run of the comparison against the model that it began with.
    /// - Complexity: O(updates times metrics).
    public static func page(
        of result: DemonstrationResult, root: String, runs: [String: TrainingRunFiles], diagnosis: JSONNode
    ) -> ReportPage {
        let comparison = DemonstrationComparison(result, runs)
        let reuse = DemonstrationReuse(result, runs)
        var blocks: [PageBlock] = []
        if result.plan.isQuick {
            blocks.append(
                .notices(["This was a quick run to see that everything works. Its models have learnt next to nothing."])
            )
        }
        blocks += [.tiles(comparison.tiles), .note(comparison.opening)]
        blocks += [DemonstrationTask(result.plan).section, comparison.section]
        if let example = comparison.example { blocks.append(example) }
        blocks += [reuse.section, DemonstrationDifference(result.plan, diagnosis).section]
        blocks.append(again(result.plan, root: root))
        return ReportPage(
            kind: "Demonstration", title: "Imitating, trying, and staying close",
            subtitle: "six steps of arithmetic, one small model, seed \(result.plan.seed)", blocks: blocks)
    }

    private static func again(_ plan: DemonstrationPlan, root: String) -> PageBlock {
        var table = PageTable(
            [("command", .code), ("what it does", .text)],
            note: "Beside this page lies everything it is made of. From the directory where kedge demo was called:")
        let rows = [
            ("kedge inspect \(root)/train.h5 --decode 0", "shows a problem with its trace"),
            ("kedge train \(root)/trapo.yaml --output_dir again", "does a run again, with any setting changed"),
            ("kedge report \(root)/trapo", "draws everything that a run has written down"),
            (
                "kedge evaluate again/checkpoint-\(plan.comparison.last?.updates ?? 0) --dataset \(root)/held-out.h5 "
                    + "--max-tokens \(DemonstrationPlan.mostTokens)", "tests a model"
            ),
            ("kedge demo --seed \(plan.seed &+ 1) --output other", "tells the story with other random numbers"),
        ]
        for row in rows { table.rows.append([.string(row.0), .string(row.1)]) }
        return .section(title: "Go on from here", note: nil, blocks: [.table(table)])
    }
}

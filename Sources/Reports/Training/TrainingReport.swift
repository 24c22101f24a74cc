import JSON

/// The page of a training run.
public struct TrainingReport {
    /// Draws a run: its curves, and rollouts with prefix and continuation told apart.
    ///
    /// - Complexity: O(updates times metrics).
    public static func page(of run: TrainingRunFiles) -> ReportPage {
        var blocks: [PageBlock] = [.facts(facts(run))]
        let tiles = tiles(run.metrics)
        if !tiles.isEmpty { blocks.append(.tiles(tiles)) }
        blocks += TrainingCharts(run.metrics).sections()
        blocks += run.rollouts.sections()
        if let configuration = run.configuration { blocks.append(settings(configuration)) }
        let last = run.path.split(separator: "/").last.map(String.init) ?? run.path
        return ReportPage(kind: "Training run", title: last, subtitle: run.path, blocks: blocks)
    }

    private static func facts(_ run: TrainingRunFiles) -> [(name: String, value: String)] {
        var facts: [(name: String, value: String)] = []
        let configuration = run.configuration
        if let model = configuration?["model_name_or_path"]?.text { facts.append(("Model", model)) }
        let phases = configuration?["phases"]?.items ?? []
        let objectives = phases.prefix(16).compactMap { $0["objective"]?.text }
        if !objectives.isEmpty { facts.append(("Objective", objectives.joined(separator: ", then "))) }
        var datasets: [String] = []
        for phase in phases.prefix(16) {
            if let name = phase["dataset_name"]?.text, !datasets.contains(name) { datasets.append(name) }
        }
        if !datasets.isEmpty { facts.append(("Dataset", datasets.joined(separator: ", "))) }
        if let first = run.metrics.steps.first, let last = run.metrics.steps.last {
            facts.append(("Updates", first == 1 ? "\(last)" : "\(first) to \(last)"))
        }
        let seconds = run.metrics.values("step_time").filter(\.isFinite).reduce(0, +)
        if seconds > 0 { facts.append(("Time in updates", "\(PageNumber.node(seconds, digits: 3).shown) s")) }
        return facts
    }

    private static func tiles(_ metrics: TrainingMetrics) -> [PageTile] {
        let wanted = [
            ("Reward", "reward"), ("Loss", "loss"), ("Entropy", "entropy"), ("KL to the reference", "kl"),
            ("Completion length", "completions/mean_length"), ("Token accuracy", "mean_token_accuracy"),
        ]
        return wanted.compactMap { label, name in
            metrics.ending(name).map {
                PageTile(
                    label: label, value: PageNumber.node($0.mean),
                    note: "mean of the last tenth; last \(PageNumber.text($0.last))")
            }
        }
    }

    private static func settings(_ configuration: JSONNode) -> PageBlock {
        var blocks: [PageBlock] = [
            .facts(configuration.members.filter { $0.key != "phases" }.prefix(200).map { ($0.key, $0.value.shown) })
        ]
        let phases = configuration["phases"]?.items ?? []
        let options = phases.prefix(16).enumerated().map { index, phase in
            (
                name: "\(index + 1): \(HTMLText.clipped(phase["objective"]?.text ?? "?", to: 40))",
                blocks: [PageBlock.facts(phase.members.prefix(200).map { ($0.key, $0.value.shown) })]
            )
        }
        if !options.isEmpty { blocks.append(.choice(label: "Phase", options: options)) }
        return .section(title: "Settings", note: nil, blocks: blocks)
    }
}

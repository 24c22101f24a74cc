import JSON
import Kernels
import Objectives
import Training
import Transformers

/// What `kedge train --dry-run` says.
struct TrainingPreview {
    private let configuration: TrainingConfiguration
    private let model: TransformerConfiguration
    private let texts: TrainingTexts
    private let threads: Int

    init(_ configuration: TrainingConfiguration, model: TransformerConfiguration, texts: TrainingTexts, threads: Int) {
        self.configuration = configuration
        self.model = model
        self.texts = texts
        self.threads = threads
    }

    func text(_ datasets: [String: PrefixTrainingData], asJSON: Bool) throws -> String {
        let peak = ProductSpeed.peak(ThreadTeam(count: threads))
        var (nodes, lines): ([JSONNode], [String]) = ([], [])
        for (number, phase) in configuration.phases.enumerated() {
            guard let data = datasets[phase.data.path] else { continue }
            let estimate = TrainingEstimate(phase, configuration.model, extent, lengths: try data.lengths())
            let steps = try Trainer.steps(phase, data)
            let seconds = estimate.operationsPerUpdate / peak
            if asJSON {
                guard case .object(var members) = estimate.node else { continue }
                members.insert(("objective", .string(phase.method.rawValue)), at: 0)
                members.append(("updates", .int(Int64(steps))))
                members.append(("seconds_per_update", .double(seconds)))
                nodes.append(.object(members))
            } else {
                lines.append(describe(phase, number, estimate, steps: steps, seconds: seconds))
                lines.append(try example(phase, data))
            }
        }
        return asJSON ? try JSONWriter().string(["phases": .array(nodes)]) + "\n" : lines.joined()
    }

    private var extent: ModelExtent {
        ModelExtent(
            layers: model.layerCount, width: model.hiddenSize, queryWidth: model.queryWidth, keyWidth: model.keyWidth,
            queryHeads: model.queryHeads, feedForwardWidth: model.intermediateSize, vocabulary: model.vocabularySize,
            tiesEmbeddings: model.tiesEmbeddings, normsHeads: model.normsHeads)
    }

    private func describe(
        _ phase: TrainingPhase, _ number: Int, _ estimate: TrainingEstimate, steps: Int, seconds: Double
    ) -> String {
        func size(_ bytes: Double) -> String { Numbers.bytes(whole(bytes)) }
        var table = Table()
        table.add("updates", Numbers.grouped(steps))
        table.add("rows", Numbers.grouped(estimate.rows))
        table.add(
            "trained",
            "\(Numbers.grouped(whole(estimate.trainedParameters))) of \(Numbers.grouped(whole(estimate.parameters)))")
        table.add("tokens an update", Numbers.grouped(whole(estimate.tokensPerUpdate)))
        table.add("memory", size(estimate.bytes))
        table.add("  weights", size(estimate.weightBytes + estimate.referenceBytes + estimate.oldPolicyBytes))
        table.add("  gradients", size(estimate.gradientBytes))
        table.add("  optimiser", size(estimate.optimizerBytes))
        table.add("  activations", size(estimate.activationBytes))
        if !phase.isSupervised { table.add("  keys and values", size(estimate.cacheBytes)) }
        table.add(
            "time an update",
            "\(Numbers.duration(seconds)) at the speed of sgemm"
                + (phase.isSupervised ? "" : ", without sampling"))
        let title = configuration.phases.count > 1 ? "phase \(number): \(phase.method.rawValue)" : phase.method.rawValue
        return "\(title)\n\(table.text)"
    }

    /// An estimate as an integer; settings may make it larger than any is.
    private func whole(_ value: Double) -> Int { value < 0x1p62 ? Int(max(value, 0)) : 1 << 62 }

    /// The first row: tokens without a loss are dim, those with one green.
    private func example(_ phase: TrainingPhase, _ data: PrefixTrainingData) throws -> String {
        let row = try data.row(0)
        guard let prompt = try? texts.text(row.prompt, skippingSpecialTokens: false) else { return "" }
        var expert = row.expert[...]
        if phase.isSupervised, let limit = phase.data.maxLength {
            expert = expert.prefix(max(0, limit - row.prompt.count))
        }
        let hasLoss = phase.isSupervised
        let text = try texts.text(Array(expert), skippingSpecialTokens: false)
        let promptStyle: Terminal.Style = hasLoss && !phase.data.isCompletionOnly ? .green : .dim
        return "row 0, \(row.prompt.count) tokens of prompt, \(expert.count) of the expert"
            + (hasLoss ? " with a loss:\n" : ":\n")
            + Terminal.styled(Terminal.printable(prompt), promptStyle)
            + Terminal.styled(Terminal.printable(text), hasLoss ? .green : .cyan) + "\n"
    }
}

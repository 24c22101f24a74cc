public import JSON
import Objectives

/// What a phase will take, told from its settings, the model's widths and the lengths of the data alone.
///
/// Bytes are those of the largest pass that can come, by the sums of the article *Forward and backward* of the module
/// Transformers; a process takes some 65 MB more. With N numbers of the model, of which M in matrices, and A of an adapter:
///
/// | what | bytes |
/// |---|---|
/// | weights | 4 N, or 2 M + 4 (N - M) with `bf16` |
/// | gradients | 4 N; with an adapter 4 A |
/// | optimiser | 8 N, and 4 M with `bf16` for the master copy; with an adapter 8 A, and 4 A for itself |
/// | reference | the weights again where `beta` is above 0; with an adapter none, unless `ref_model` names one |
/// | old policy | the weights again, or with an adapter 4 A, where the divergence from it is measured (`log_kl_old`, `stop_at_delta: exact`) |
/// | activations | 4 (T (c l + 3 D + F + 2 r + 2 Q + 2 K + L D) + 3 R D + logits), where l are the numbers that a layer keeps of a token, c is L, or 1 with checkpointing |
/// | cache | 8 L K for each token of completions in work, and of their prompts once |
///
/// T are the tokens of a pass and R those that are scored. Biases are left out.
public struct TrainingEstimate: Sendable, Equatable {
    /// Numbers of the model; biases are left out.
    public let parameters: Double
    /// Numbers that are trained.
    public let trainedParameters: Double
    /// Bytes of the weights.
    public let weightBytes: Double
    /// Bytes of the gradients.
    public let gradientBytes: Double
    /// Bytes of moments, master copies and the adapter.
    public let optimizerBytes: Double
    /// Bytes of a reference policy of its own.
    public let referenceBytes: Double
    /// Bytes of the policy that sampled, where it is kept to be compared with.
    public let oldPolicyBytes: Double
    /// Bytes of activations and logits in the largest pass.
    public let activationBytes: Double
    /// Bytes of keys and values while rollouts are sampled.
    public let cacheBytes: Double
    /// Rows that are learnt from; with rollouts those whose prompt is short enough.
    public let rows: Int
    /// Tokens of an update in the mean; with rollouts at most, for completions of full length.
    public let tokensPerUpdate: Double
    /// The most tokens of a pass.
    public let mostTokensPerPass: Double
    /// Operations of an update in the products with weights and in attention, what checkpointing computes again included;
    /// with rollouts without sampling them.
    public let operationsPerUpdate: Double

    /// The most that is held at once: activations while training, or the cache while sampling.
    public var bytes: Double {
        weightBytes + gradientBytes + optimizerBytes + referenceBytes + oldPolicyBytes
            + max(activationBytes, cacheBytes)
    }

    /// Estimates a phase. O(n log n) in the rows.
    ///
    /// - Parameters:
    ///   - phase: the phase.
    ///   - settings: how the model is trained.
    ///   - model: its widths.
    ///   - lengths: for each row of the data the tokens of the prompt and of the expert's trace.
    public init(
        _ phase: TrainingPhase, _ settings: ModelSettings, _ model: ModelExtent,
        lengths: [(prompt: Int, expert: Int)]
    ) {
        let matrices = model.projectionCount + model.vocabularyCount
        parameters = matrices + model.vectorCount
        weightBytes = (settings.isBFloat16 ? 2 : 4) * matrices + 4 * model.vectorCount
        let adapter = model.adapterCount(rank: settings.adapterRank, targets: settings.adapterTargets)
        trainedParameters = settings.usesAdapter ? adapter : parameters
        gradientBytes = 4 * trainedParameters
        optimizerBytes =
            settings.usesAdapter ? 12 * adapter : 8 * parameters + (settings.isBFloat16 ? 4 * matrices : 0)
        let beta = phase.methodSettings.last { $0.name == "beta" }?.value
        let hasReference = beta.map { $0 != .number(0) } ?? false
        referenceBytes = hasReference && (!settings.usesAdapter || settings.referencePath != nil) ? weightBytes : 0

        let stopsExactly = phase.methodSettings.contains { $0.name == "stop_at_delta" && $0.value == .text("exact") }
        let keepsOldPolicy = !phase.isSupervised && (phase.rollouts.measuresOldDivergence || stopsExactly)
        oldPolicyBytes = keepsOldPolicy ? (settings.usesAdapter ? 4 * adapter : weightBytes) : 0

        let extent = PassExtent(phase, lengths)
        rows = extent.rows
        mostTokensPerPass = extent.mostTokens
        tokensPerUpdate = Double(phase.optimization.sequencesPerUpdate) * extent.meanLength
        activationBytes = Self.activations(settings, model, extent)
        cacheBytes = phase.isSupervised ? 0 : Self.cache(phase, model, extent)
        operationsPerUpdate = Self.operations(phase, settings, model, extent)
    }

    private static func activations(_ settings: ModelSettings, _ model: ModelExtent, _ extent: PassExtent) -> Double {
        let (d, q, k) = (Double(model.width), Double(model.queryWidth), Double(model.keyWidth))
        let (f, l, v) = (Double(model.feedForwardWidth), Double(model.layers), Double(model.vocabulary))
        let kept = 2 * q + 2 * k + (model.normsHeads ? q + k : 0) + Double(model.queryHeads) + d + 2 * f
        let rank = settings.usesAdapter ? Double(settings.adapterRank) : 0
        let scratch = d + f + 2 * rank
        let gradients = 2 * d + 2 * q + 2 * k
        let streams = (l + 1) * d
        let logitRows = min(extent.mostScored, max(32, (Double(64 << 20) / 4 / v).rounded(.down)))
        let perToken = (settings.isCheckpointed ? 1 : l) * kept + scratch + gradients + streams
        return 4 * (extent.mostTokens * perToken + 3 * extent.mostScored * d + logitRows * v)
    }

    private static func cache(_ phase: TrainingPhase, _ model: ModelExtent, _ extent: PassExtent) -> Double {
        let passes = phase.rollouts.stepsPerGeneration ?? phase.optimization.gradientAccumulationSteps
        let batch = Double(phase.optimization.batchSize) * Double(passes)
        let perToken = 8 * Double(model.layers) * Double(model.keyWidth)
        let completion = Double(phase.rollouts.maxCompletionLength)
        let rollouts = min(batch, Double(RolloutSampler.batchLimit(cacheBytes: perToken * completion)))
        let prompts = rollouts / Double(max(phase.rollouts.groupSize, 1))
        return perToken * (rollouts * completion + prompts * extent.longestPrompt)
    }

    private static func operations(
        _ phase: TrainingPhase, _ settings: ModelSettings, _ model: ModelExtent, _ extent: PassExtent
    ) -> Double {
        guard extent.mostTokens > 0 else { return 0 }
        let sequences = Double(phase.optimization.sequencesPerUpdate)
        let tokens = sequences * extent.meanLength
        let scored = tokens * extent.mostScored / extent.mostTokens
        // Forward, by the input, by the weights: 2 each; with an adapter the weights have no gradient.
        let perNumber: Double = (settings.usesAdapter ? 4 : 6) + (settings.isCheckpointed ? 2 : 0)
        let head = scored * Double(model.vocabulary) * Double(model.width)
        let attention =
            7 * sequences * extent.meanLength * extent.meanLength * Double(model.queryWidth) * Double(model.layers)
        return perNumber * tokens * model.projectionCount + 6 * head + attention
    }

    /// The estimate as JSON.
    public var node: JSONNode {
        func whole(_ value: Double) -> JSONNode { Int64(exactly: value.rounded()).map { .int($0) } ?? .finite(value) }
        return [
            "parameters": whole(parameters), "trained_parameters": whole(trainedParameters), "bytes": whole(bytes),
            "weight_bytes": whole(weightBytes), "gradient_bytes": whole(gradientBytes),
            "optimizer_bytes": whole(optimizerBytes), "reference_bytes": whole(referenceBytes),
            "old_policy_bytes": whole(oldPolicyBytes),
            "activation_bytes": whole(activationBytes), "cache_bytes": whole(cacheBytes), "rows": .int(Int64(rows)),
            "tokens_per_update": whole(tokensPerUpdate), "most_tokens_per_pass": whole(mostTokensPerPass),
            "operations_per_update": whole(operationsPerUpdate),
        ]
    }
}

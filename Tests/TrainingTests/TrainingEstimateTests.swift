import JSON
import Objectives
import Testing

@testable import Training

@Suite struct TrainingEstimateTests {
    /// The model of `scripts/bench.sh policies`: 39 million numbers.
    private static let bench = ModelExtent(
        layers: 8, width: 512, queryWidth: 512, keyWidth: 128, queryHeads: 8, feedForwardWidth: 1408, vocabulary: 16384,
        tiesEmbeddings: false, normsHeads: false)
    private static let lengths = [(prompt: Int, expert: Int)](repeating: (1, 511), count: 64)

    private func phase(_ method: ObjectiveMethod, batch: Int = 4) -> TrainingPhase {
        var phase = TrainingPhase(method)
        phase.optimization.batchSize = batch
        return phase
    }

    /// What a pass asks for, added up by hand for two layers.
    @Test func activationsAreThoseOfThePass() {
        let model = ModelExtent(
            layers: 2, width: 8, queryWidth: 8, keyWidth: 4, queryHeads: 2, feedForwardWidth: 16, vocabulary: 50,
            tiesEmbeddings: true, normsHeads: false)
        let rows = [(prompt: 3, expert: 5), (prompt: 2, expert: 10), (prompt: 1, expert: 1)]
        var estimate = TrainingEstimate(phase(.sft, batch: 2), ModelSettings(), model, lengths: rows)
        // The two longest rows are 12 + 8 tokens, of which 10 + 5 are scored.
        let kept = 16 + 8 + 2 + 8 + 32
        let perToken = 2 * kept + (8 + 16) + (16 + 16 + 8) + 3 * 8
        #expect(estimate.activationBytes == Double(4 * (20 * perToken + 3 * 15 * 8 + 15 * 50)))
        #expect(estimate.mostTokensPerPass == 20)
        #expect(abs(estimate.tokensPerUpdate - 2 * 22.0 / 3) < 1e-9)
        var settings = ModelSettings()
        settings.isCheckpointed = true
        estimate = TrainingEstimate(phase(.sft, batch: 2), settings, model, lengths: rows)
        #expect(estimate.activationBytes == Double(4 * (20 * (perToken - kept) + 3 * 15 * 8 + 15 * 50)))
        // Projections, embedding, norms.
        let numbers = 2 * (2 * 8 * 8 + 2 * 8 * 4 + 3 * 8 * 16) + 50 * 8 + 2 * 16 + 8
        #expect(estimate.parameters == Double(numbers))
        #expect(estimate.weightBytes + estimate.gradientBytes + estimate.optimizerBytes == Double(16 * numbers))
    }

    /// The sums of the article: 16 bytes a parameter, and more than twice the activations without checkpointing.
    @Test func sumsAreThoseOfTheArticle() {
        let estimate = TrainingEstimate(phase(.sft), ModelSettings(), Self.bench, lengths: Self.lengths)
        #expect(estimate.bytes == 16 * estimate.parameters + estimate.activationBytes)
        var settings = ModelSettings()
        settings.isCheckpointed = true
        let checkpointed = TrainingEstimate(phase(.sft), settings, Self.bench, lengths: Self.lengths)
        #expect(checkpointed.activationBytes < estimate.activationBytes / 2)
        #expect(checkpointed.operationsPerUpdate > estimate.operationsPerUpdate)
    }

    @Test func adaptersAndTypes() {
        var settings = ModelSettings()
        settings.isBFloat16 = true
        let half = TrainingEstimate(phase(.sft), settings, Self.bench, lengths: Self.lengths)
        #expect(half.bytes - half.activationBytes > 17.9 * half.parameters)
        settings.usesAdapter = true
        settings.adapterTargets = ["q_proj", "self_attn.v_proj"]
        let adapter = TrainingEstimate(phase(.sft), settings, Self.bench, lengths: Self.lengths)
        #expect(adapter.trainedParameters == Double(8 * 16 * (512 + 512 + 512 + 128)))
        #expect(adapter.gradientBytes + adapter.optimizerBytes == 16 * adapter.trainedParameters)
        #expect(adapter.operationsPerUpdate < half.operationsPerUpdate)
    }

    @Test func rolloutsAreBoundedByTheirLimits() {
        var phase = phase(.grpo, batch: 8)
        phase.rollouts.maxCompletionLength = 100
        phase.rollouts.maxPromptLength = 20
        phase.methodSettings = [.init("beta", .number(0.1))]
        let rows = [(prompt: 10, expert: 900), (prompt: 20, expert: 5), (prompt: 21, expert: 5)]
        let estimate = TrainingEstimate(phase, ModelSettings(), Self.bench, lengths: rows)
        #expect(estimate.rows == 2)
        #expect(estimate.mostTokensPerPass == 8 * 120)
        #expect(estimate.tokensPerUpdate == 64 * 115)
        #expect(estimate.referenceBytes == estimate.weightBytes)
        #expect(estimate.cacheBytes == Double(8 * 8 * 128 * (64 * 100 + 8 * 20)))
        phase.optimization.maxTokensPerPass = 200
        #expect(TrainingEstimate(phase, ModelSettings(), Self.bench, lengths: rows).mostTokensPerPass == 200)
        phase.optimization.maxTokensPerPass = 50
        #expect(TrainingEstimate(phase, ModelSettings(), Self.bench, lengths: rows).mostTokensPerPass == 120)
    }

    @Test func hugeAndEmptyInputsDoNotTrap() throws {
        var phase = phase(.grpo, batch: 1 << 20)
        phase.optimization.gradientAccumulationSteps = 1 << 20
        phase.rollouts.maxCompletionLength = 1 << 30
        let huge = ModelExtent(
            layers: .max, width: .max, queryWidth: .max, keyWidth: .max, queryHeads: 1, feedForwardWidth: .max,
            vocabulary: .max, tiesEmbeddings: false, normsHeads: true)
        let estimate = TrainingEstimate(phase, ModelSettings(), huge, lengths: [(.max, .max)])
        #expect(estimate.rows == 0)
        _ = try JSONWriter().string(estimate.node)
        let nothing = TrainingEstimate(self.phase(.sft), ModelSettings(), Self.bench, lengths: [])
        #expect(nothing.operationsPerUpdate == 0)
        #expect(nothing.tokensPerUpdate == 0)
    }
}

import Kernels
import Testing

@testable import Transformers

/// The forward and backward passes of every family against transformers and its automatic gradients.
@Suite struct GoldenPassTests {
    private func pass(
        _ golden: Golden, threads: Int = 2, checkpointed: Bool = false
    ) throws -> TransformerPass {
        var settings = TransformerPass.Settings()
        settings.isCheckpointed = checkpointed
        return try TransformerPass(golden.weights, team: ThreadTeam(count: threads), settings: settings)
    }

    /// The places of targets in arrays that have a number for each token, at the token that predicts them.
    private func rows(_ batch: PackedSequences) -> [Int] { batch.targets.map { $0 - 1 } }

    @Test(arguments: Golden.families)
    func logits(family: String) throws {
        let golden = try Golden(family)
        let batch = try golden.batch()
        let expected = try golden.floats("logits")
        let width = golden.weights.configuration.vocabularySize
        let rows = rows(batch)
        var seen = 0
        try pass(golden).logits(batch) { targets, logits in
            for (row, target) in targets.enumerated() {
                let start = rows[target] * width
                let (largest, _) = difference(logits.array(row: row), Array(expected[start..<start + width]))
                #expect(largest < 1e-4, "row \(rows[target])")
                seen += 1
            }
        }
        #expect(seen == rows.count)
    }

    @Test(arguments: Golden.families)
    func scores(family: String) throws {
        let golden = try Golden(family)
        let batch = try golden.batch()
        let scores = try pass(golden).score(batch)
        let (logProbs, entropies) = (try golden.floats("log_probs"), try golden.floats("entropies"))
        #expect(difference(scores.logProbs, rows(batch).map { logProbs[$0] }).largest < 2e-5)
        #expect(difference(scores.entropies, rows(batch).map { entropies[$0] }).largest < 2e-5)
    }

    @Test(arguments: Golden.families, [false, true])
    func gradientsOfTheLoss(family: String, checkpointed: Bool) throws {
        let golden = try Golden(family)
        let batch = try golden.batch()
        let gradients = TransformerGradients(golden.weights.table)
        let weight = -1 / Float(batch.targets.count)
        let scores = try pass(golden, checkpointed: checkpointed)
            .forwardBackward(batch, into: PassGradients(parameters: gradients)) { targets, _ in
                TokenWeights(logProbs: targets.map { _ in weight })
            }
        #expect(abs(scores.logProbs.reduce(0, +) * weight - (try golden.floats("loss")[0])) < 1e-5)
        try compare(gradients, golden, "gradients.loss.")
    }

    @Test(arguments: Golden.families)
    func gradientsOfAnyWeighting(family: String) throws {
        let golden = try Golden(family)
        guard golden.has("gradients.weighted.model.norm.weight") else { return }
        let batch = try golden.batch()
        let gradients = TransformerGradients(golden.weights.table)
        let (a, b) = (try golden.floats("weights.log_probs"), try golden.floats("weights.entropies"))
        let pass = try pass(golden, threads: 1)
        let scores = try pass.forward(batch)
        let weights = TokenWeights(logProbs: rows(batch).map { a[$0] }, entropies: rows(batch).map { b[$0] })
        try pass.backward(batch, weights: weights, into: PassGradients(parameters: gradients))
        let value =
            zip(scores.logProbs, weights.logProbs).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            + zip(scores.entropies, weights.entropies).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        let expected = try golden.floats("weighted")[0]
        #expect(abs(value - expected) < 1e-4 * max(1, abs(expected)))
        try compare(gradients, golden, "gradients.weighted.")
    }

    private func compare(_ gradients: TransformerGradients, _ golden: Golden, _ prefix: String) throws {
        for (index, parameter) in golden.weights.table.parameters.enumerated() {
            let matrix = gradients.matrix(at: index)
            let actual = (0..<matrix.rows).flatMap { matrix.array(row: $0) }
            let (largest, scale) = difference(actual, try golden.floats(prefix + parameter.name))
            #expect(largest < 1e-4 * scale, "\(parameter.name): \(largest) of \(scale)")
        }
    }

    @Test(arguments: Golden.families)
    func tenStepsOfAdamW(family: String) throws {
        let golden = try Golden(family)
        let batch = try golden.batch()
        let pass = try pass(golden)
        let gradients = TransformerGradients(golden.weights.table)
        let weight = -1 / Float(batch.targets.count)
        let optimizer = TransformerOptimizer(pass.team, golden.weights)
        for (step, expected) in try golden.floats("adamw.losses").enumerated() {
            gradients.buffer.row.fill(0)
            let scores = try pass.forwardBackward(batch, into: PassGradients(parameters: gradients)) { targets, _ in
                TokenWeights(logProbs: targets.map { _ in weight })
            }
            #expect(abs(scores.logProbs.reduce(0, +) * weight - expected) < 1e-4, "step \(step)")
            optimizer.step(pass.team, gradients, AdamW(learningRate: 2e-3, weightDecay: 0.01))
        }
    }

    @Test(arguments: [1, 2, 3, 5])
    func theSameBitsFromRunToRun(threads: Int) throws {
        let golden = try Golden("qwen3")
        let batch = try golden.batch()
        var results: [[UInt32]] = []
        for _ in 0..<2 {
            let gradients = TransformerGradients(golden.weights.table)
            _ = try pass(golden, threads: threads)
                .forwardBackward(batch, into: PassGradients(parameters: gradients)) { targets, scores in
                    TokenWeights(logProbs: scores.entropies, entropies: scores.logProbs)
                }
            results.append(gradients.buffer.row.array(row: 0).map(\.bitPattern))
        }
        #expect(results[0] == results[1])
    }

    /// Tokens that are not scored take part as context alone, and sequences do not see each other.
    @Test(arguments: ["qwen2-tied", "mistral-window"])
    func someTargets(family: String) throws {
        let golden = try Golden(family)
        let logProbs = try golden.floats("log_probs")
        let batch = try golden.batch(targets: [[6], [], [1, 5, 17]])
        let scores = try pass(golden).score(batch)
        #expect(difference(scores.logProbs, [5, 29, 33, 45].map { logProbs[$0] }).largest < 2e-5)
        let alone = try PackedSequences(
            [try golden.sequences()[2]], targets: [[5]], vocabularySize: golden.weights.configuration.vocabularySize)
        #expect(difference(try pass(golden).score(alone).logProbs, [logProbs[33]]).largest < 2e-5)
    }
}

import Kernels
import Testing

@testable import Transformers

/// Passes with an adapter beside those with its product merged into the weights.
@Suite struct AdapterRowsTests {
    private func adapter(_ golden: Golden) throws -> LoRAAdapter {
        let adapter = try LoRAAdapter(
            LoRAConfiguration(rank: 3, alpha: 6, targets: .allLinear), of: golden.weights.configuration, seed: 1)
        // B is zero in a new adapter, and would hide everything.
        for index in adapter.places.indices {
            let b = adapter.b(index)
            for row in 0..<b.rows {
                b.set(row: row, (0..<b.columns).map { Float((row * 7 + $0 * 5 + index) % 11 - 5) / 50 })
            }
        }
        return adapter
    }

    @Test(arguments: ["qwen2-tied", "qwen3", "llama-bias"])
    func scoresAreThoseOfMergedWeights(family: String) throws {
        let golden = try Golden(family)
        let adapter = try adapter(golden)
        let batch = try golden.batch()
        let team = ThreadTeam(count: 2)
        let plain = try TransformerPass(golden.weights, team: team).score(batch)
        let added = try TransformerPass(golden.weights, adapter: adapter, team: team).score(batch)
        try adapter.merge(into: golden.weights)
        let merged = try TransformerPass(golden.weights, team: team).score(batch)
        #expect(difference(added.logProbs, merged.logProbs).largest < 1e-4)
        #expect(difference(added.logProbs, plain.logProbs).largest > 1e-3)
    }

    @Test func completionsAreThoseOfMergedWeights() throws {
        let golden = try Golden("qwen2-tied")
        let adapter = try adapter(golden)
        let team = ThreadTeam(count: 2)
        // A prompt of more rows than the product of few rows takes, and several completions at a time.
        let request = GenerationRequest(
            prompt: (0..<20).map { Int32($0 % 7) }, count: 3, maximumTokens: 8, sampling: .greedy)
        let added = try Generator(golden.weights, adapter: adapter, team: team).generate([request])[0]
        try adapter.merge(into: golden.weights)
        let merged = try Generator(golden.weights, team: team).generate([request])[0]
        #expect(added.map(\.ids) == merged.map(\.ids))
        for (a, m) in zip(added, merged) { #expect(difference(a.logProbs, m.logProbs).largest < 1e-4) }
    }

    @Test(arguments: [false, true])
    func gradientsAreDifferences(isCheckpointed: Bool) throws {
        let golden = try Golden("qwen2-tied")
        let adapter = try adapter(golden)
        let batch = try golden.batch()
        var settings = TransformerPass.Settings()
        settings.isCheckpointed = isCheckpointed
        let pass = try TransformerPass(
            golden.weights, adapter: adapter, team: ThreadTeam(count: 2), settings: settings)
        let gradients = LoRAGradients(adapter)
        _ = try pass.forwardBackward(batch, into: PassGradients(adapter: gradients)) { targets, _ in
            TokenWeights(logProbs: targets.map { _ in 1 })
        }
        // Along each matrix's own gradient the sum of log-probabilities rises by the square of its length.
        for index in adapter.places.indices {
            for (numbers, slope) in [
                (adapter.a(index), adapter.a(index, in: gradients.buffer)),
                (adapter.b(index), adapter.b(index, in: gradients.buffer)),
            ] {
                let kept = (0..<numbers.rows).map { numbers.array(row: $0) }
                let steps = (0..<slope.rows).map { slope.array(row: $0) }
                let length = steps.joined().reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
                #expect(length > 0)
                let size = 1e-2 / length
                func sum(_ sign: Double) throws -> Double {
                    for row in kept.indices {
                        numbers.set(
                            row: row, zip(kept[row], steps[row]).map { $0 + Float(sign * size * Double($1)) })
                    }
                    return try pass.score(batch).logProbs.reduce(0) { $0 + Double($1) }
                }
                let rise = (try sum(1) - sum(-1)) / (2 * size)
                for row in kept.indices { numbers.set(row: row, kept[row]) }
                #expect(abs(rise - length * length) < 0.02 * length * length, "\(adapter.places[index].module)")
            }
        }
    }
}

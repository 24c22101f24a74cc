import Kernels
import Testing

@testable import Transformers

/// Adapters in the forward and backward passes, and the gradients of every kind of layer by finite differences.
@Suite struct AdapterPassTests {
    private func adapter(_ golden: Golden) throws -> LoRAAdapter {
        let configuration = LoRAConfiguration(rank: 3, alpha: 6, targets: .allLinear)
        let adapter = try LoRAAdapter(configuration, of: golden.weights.configuration, seed: 4)
        // B begins as zeros, which would hide what goes through it.
        for (index, _) in adapter.places.enumerated() {
            let b = adapter.b(index)
            for row in 0..<b.rows {
                b.set(row: row, (0..<b.columns).map { Float((row * 7 + $0 * 5 + index) % 11 - 5) * 0.02 })
            }
        }
        return adapter
    }

    @Test(arguments: ["qwen3", "llama-bias"])
    func beingMergedMakesNoDifference(family: String) throws {
        let golden = try Golden(family)
        let adapter = try adapter(golden)
        let batch = try golden.batch()
        let team = ThreadTeam(count: 2)
        let beside = try TransformerPass(golden.weights, adapter: adapter, team: team).score(batch)
        let without = try TransformerPass(golden.weights, team: team).score(batch)
        #expect(difference(beside.logProbs, without.logProbs).largest > 0.01)
        let request = GenerationRequest(prompt: [5, 6, 7], maximumTokens: 30, sampling: .greedy)
        let completion = try Generator(golden.weights, adapter: adapter, team: team).generate([request])
        try adapter.merge(into: golden.weights)
        let merged = try TransformerPass(golden.weights, team: team).score(batch)
        #expect(difference(beside.logProbs, merged.logProbs).largest < 3e-5)
        let other = try Generator(golden.weights, team: team).generate([request])
        #expect(difference(completion[0][0].logProbs, other[0][0].logProbs).largest < 3e-5)
    }

    /// The value that gradients are of: random weights of log-probabilities and entropies.
    private func value(_ scores: TokenScores, _ weights: TokenWeights) -> Double {
        zip(scores.logProbs, weights.logProbs).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            + zip(scores.entropies, weights.entropies).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }

    private func weights(_ count: Int) -> TokenWeights {
        TokenWeights(
            logProbs: (0..<count).map { Float(($0 * 13) % 7 - 3) * 0.1 },
            entropies: (0..<count).map { Float(($0 * 5) % 9 - 4) * 0.1 })
    }

    @Test(arguments: ["qwen3", "llama-bias"], [false, true])
    func gradientsOfAdaptersByDifferences(family: String, checkpointed: Bool) throws {
        let golden = try Golden(family)
        let adapter = try adapter(golden)
        let batch = try golden.batch()
        var settings = TransformerPass.Settings()
        settings.isCheckpointed = checkpointed
        let pass = try TransformerPass(
            golden.weights, adapter: adapter, team: ThreadTeam(count: 2), settings: settings)
        let gradients = LoRAGradients(adapter)
        let weights = weights(batch.targets.count)
        _ = try pass.forward(batch)
        try pass.backward(batch, weights: weights, into: PassGradients(adapter: gradients))
        for (index, place) in adapter.places.enumerated() {
            for isA in [true, false] {
                let matrix = isA ? adapter.a(index) : adapter.b(index)
                let gradient = isA ? adapter.a(index, in: gradients.buffer) : adapter.b(index, in: gradients.buffer)
                try check("\(place.module) \(isA ? "A" : "B")", matrix, gradient) {
                    value(try pass.score(batch), weights)
                }
            }
        }
    }

    /// Every parameter of models that together have every kind of layer, along a direction of its own.
    @Test(arguments: ["qwen2-tied", "qwen3", "llama-bias", "mistral-window", "llama-yarn"])
    func gradientsOfParametersByDifferences(family: String) throws {
        let golden = try Golden(family)
        let batch = try golden.batch()
        let pass = try TransformerPass(golden.weights, team: ThreadTeam(count: 2))
        let gradients = TransformerGradients(golden.weights.table)
        let weights = weights(batch.targets.count)
        _ = try pass.forward(batch)
        try pass.backward(batch, weights: weights, into: PassGradients(parameters: gradients))
        for (index, parameter) in golden.weights.table.parameters.enumerated() {
            try check(parameter.name, golden.weights.matrices[index], gradients.matrix(at: index)) {
                value(try pass.score(batch), weights)
            }
        }
    }

    /// The slope along the gradient itself is its length.
    private func check(
        _ name: String, _ matrix: some Rows, _ gradient: Matrix, _ value: () throws -> Double
    ) throws {
        var squares = 0.0
        let before = (0..<matrix.rows).map { matrix.array(row: $0) }
        let directions = (0..<matrix.rows).map { gradient.array(row: $0) }
        for row in directions { for number in row { squares += Double(number) * Double(number) } }
        let length = squares.squareRoot()
        #expect(length > 1e-4, "\(name) matters")
        let step = 0.02 / max(length, 1e-4)
        func moved(by factor: Double) throws -> Double {
            for row in 0..<matrix.rows {
                matrix.set(row: row, zip(before[row], directions[row]).map { $0 + Float(factor) * $1 })
            }
            return try value()
        }
        // Central differences of two widths: what is left is of the fourth order.
        let wide = (try moved(by: step) - (try moved(by: -step))) / (2 * step)
        let narrow = (try moved(by: step / 2) - (try moved(by: -step / 2))) / step
        _ = try moved(by: 0)
        let slope = (4 * narrow - wide) / 3
        #expect(abs(slope - squares) < 0.01 * squares + 1e-4, "\(name): \(slope), not \(squares)")
    }
}

/// Numbers that a test reads and changes row by row.
private protocol Rows {
    var rows: Int { get }
    func array(row: Int) -> [Float]
    func set(row: Int, _ values: [Float])
}

extension Matrix: Rows {}

extension WeightMatrix: Rows {
    func array(row: Int) -> [Float] {
        withBytes { bytes in Array(bytes.bindMemory(to: Float.self)[row * columns..<(row + 1) * columns]) }
    }

    func set(row: Int, _ values: [Float]) {
        withBytes { bytes in
            let numbers = bytes.bindMemory(to: Float.self)
            for (column, value) in values.enumerated() { numbers[row * columns + column] = value }
        }
    }
}

import Kernels

/// Runs prompts, and one token more of several completions, through a model.
final class Decoder {
    /// The most completions of a step.
    let rows: Int
    private let configuration: TransformerConfiguration
    private let embedding: WeightMatrix
    private let team: ThreadTeam
    private let layers: [TransformerLayer]
    private let head: OutputHead
    private let rank: Int
    private var rotations: RotationCache
    private let stepMemory: PassMemory
    private let output: OutputHead.Rows

    init(
        _ weights: TransformerWeights, adapter: LoRAAdapter?, team: ThreadTeam, rows: Int
    ) throws(TransformerError) {
        let assembly = ModelAssembly(weights, adapter: adapter)
        configuration = weights.configuration
        embedding = try assembly.needed(.embedding)
        layers = try assembly.layers()
        head = try assembly.head(temperature: 1)
        self.team = team
        self.rows = rows
        rank = adapter?.largestRank ?? 0
        rotations = RotationCache(configuration)
        let extent = PassMemory.Extent(tokens: rows, rows: 0, isTraining: false, keepsLayers: false)
        stepMemory = PassMemory(configuration, extent, rank: rank)
        output = OutputHead.Rows(rows: rows, width: configuration.hiddenSize, vocabulary: configuration.vocabularySize)
    }

    /// Puts the keys and values of a prompt into pages.
    ///
    /// - Returns: the logits after it, [V].
    func run(prompt: [Int32], _ cache: KeyValueCache, pages: [Int32]) throws -> [Float] {
        let t = prompt.count
        let extent = PassMemory.Extent(tokens: t, rows: 0, isTraining: false, keepsLayers: false)
        let memory = t <= rows ? stepMemory : PassMemory(configuration, extent, rank: rank)
        let places = (0..<t).map { cache.place(of: $0, in: pages) }
        let sequences = TransformerLayer.Sequences(
            team: team, offsets: [0, t], positions: (0..<Int32(t)).map { $0 },
            rotations: [(0..<t, try rotations.table(positions: t))])
        Embedding.forward(team: team, table: embedding, ids: prompt, output: memory.stream(0, tokens: t))
        for (index, layer) in layers.enumerated() {
            try Task.checkCancellation()
            let input = memory.stream(index, tokens: t)
            let a = memory.activations(index, tokens: t)
            layer.project(sequences, input: input, a, memory.scratch)
            let inputs = a.attentionInputs(configuration)
            Attention.store(
                team: team, keys: inputs.keys, values: inputs.values, pool: cache.pool, layer: index,
                pages: places.map(\.page), slots: places.map(\.slot))
            layer.attendWithinSequences(sequences, a)
            layer.projectOut(sequences, input: input, a, memory.scratch)
            layer.feedForward(sequences, a, memory.scratch, result: memory.stream(index + 1, tokens: t))
        }
        output.input.rows(0..<1).copy(memory.stream(layers.count, tokens: t).rows(t - 1..<t))
        head.prepare(team, output, count: 1)
        return head.logits(team, output, 0..<1).array(row: 0)
    }

    /// Runs the last token of each completion, whose pages have room for it.
    ///
    /// - Returns: the logits after each, [completions, V], until the next call.
    func step(_ rollouts: [Rollout], _ cache: KeyValueCache) throws -> Matrix {
        let b = rollouts.count
        let positions = rollouts.map { Int32($0.length) }
        let sequences = TransformerLayer.Sequences(
            team: team, offsets: [], positions: positions, rotations: try rotations(of: rollouts))
        Embedding.forward(
            team: team, table: embedding, ids: rollouts.map(\.last), output: stepMemory.stream(0, tokens: b))
        var table = PageTable()
        for rollout in rollouts { table.append(pages: rollout.pages, length: rollout.length + 1) }
        let places = rollouts.map { cache.place(of: $0.length, in: $0.pages) }
        for (index, layer) in layers.enumerated() {
            let input = stepMemory.stream(index, tokens: b)
            let a = stepMemory.activations(index, tokens: b)
            layer.project(sequences, input: input, a, stepMemory.scratch)
            let inputs = a.attentionInputs(configuration)
            Attention.store(
                team: team, keys: inputs.keys, values: inputs.values, pool: cache.pool, layer: index,
                pages: places.map(\.page), slots: places.map(\.slot))
            Attention.decode(
                team: team, queries: inputs.queries, pool: cache.pool, layer: index, table: table, shape: layer.shape,
                output: a.attended)
            layer.projectOut(sequences, input: input, a, stepMemory.scratch)
            layer.feedForward(sequences, a, stepMemory.scratch, result: stepMemory.stream(index + 1, tokens: b))
        }
        output.input.rows(0..<b).copy(stepMemory.stream(layers.count, tokens: b))
        head.prepare(team, output, count: b)
        return head.logits(team, output, 0..<b)
    }

    private func rotations(of rollouts: [Rollout]) throws(TransformerError) -> [(
        tokens: Range<Int>, table: RotaryTable
    )] {
        let longest = rollouts.reduce(0) { max($0, $1.length + 1) }
        guard case .dynamic(_, let original) = configuration.rotary.scaling, longest > original else {
            return [(0..<rollouts.count, try rotations.table(positions: longest))]
        }
        var tables: [(Range<Int>, RotaryTable)] = []
        for (row, rollout) in rollouts.enumerated() {
            tables.append((row..<row + 1, try rotations.table(positions: rollout.length + 1)))
        }
        return tables
    }
}

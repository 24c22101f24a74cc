import Kernels

/// Runs prompts, and one token more of several completions, through a model.
///
/// For at most ``MatrixProduct/smallRows`` completions at a time the products are bound by the memory of the weights, and prompts
/// run one by one. For more of them all products are by rows, and prompts may run together.
final class Decoder {
    /// The most completions of a step.
    let rows: Int
    /// The most prompts that run together, and their tokens unless one alone has more.
    let promptLimit: (prompts: Int, tokens: Int)
    private let configuration: TransformerConfiguration
    private let embedding: WeightMatrix
    private let team: ThreadTeam
    private let layers: [TransformerLayer]
    private let head: OutputHead
    private let rank: Int
    private var rotations: RotationCache
    private let stepMemory: PassMemory
    /// For prompts of more tokens than a step has.
    private var promptMemory: PassMemory?
    private let output: OutputHead.Rows

    /// The most completions of a step, of any generator: more gain nothing, and take memory for their logits.
    private static let mostRows = 256
    private static let promptTokens = 1024

    init(
        _ weights: TransformerWeights, adapter: LoRAAdapter?, team: ThreadTeam, batchLimit: Int
    ) throws(TransformerError) {
        let isRowByRow = batchLimit > MatrixProduct.smallRows
        let assembly = ModelAssembly(weights, adapter: adapter, isRowByRow: isRowByRow)
        configuration = weights.configuration
        rows = OutputHead.Rows.chunk(min(batchLimit, Self.mostRows), configuration.vocabularySize)
        promptLimit = isRowByRow ? (rows, Self.promptTokens) : (1, 1)
        embedding = try assembly.needed(.embedding)
        layers = try assembly.layers()
        head = try assembly.head(temperature: 1)
        self.team = team
        rank = adapter?.largestRank ?? 0
        rotations = RotationCache(configuration)
        let extent = PassMemory.Extent(tokens: rows, rows: 0, isTraining: false, keepsLayers: false)
        stepMemory = try PassMemory(configuration, extent, rank: rank)
        output = OutputHead.Rows(rows: rows, width: configuration.hiddenSize, vocabulary: configuration.vocabularySize)
    }

    /// Puts the keys and values of prompts into pages.
    ///
    /// - Parameters:
    ///   - prompts: as many as may run together.
    ///   - pages: of each prompt.
    /// - Returns: the logits after each, [V].
    func run(prompts: [[Int32]], _ cache: KeyValueCache, pages: [[Int32]]) throws -> [[Float]] {
        let batch = try PackedSequences(
            prompts, targets: prompts.map { _ in [] }, vocabularySize: configuration.vocabularySize)
        let t = batch.tokenCount
        let memory = try memory(tokens: t)
        let places = zip(prompts, pages).flatMap { prompt, pages in
            prompt.indices.map { cache.place(of: $0, in: pages) }
        }
        let (numbers, slots) = (places.map(\.page), places.map(\.slot))
        let sequences = TransformerLayer.Sequences(
            team: team, offsets: batch.offsets, positions: batch.positions,
            rotations: try rotations.rotations(of: batch))
        Embedding.forward(team: team, table: embedding, ids: batch.tokens, output: memory.stream(0, tokens: t))
        for (index, layer) in layers.enumerated() {
            try Task.checkCancellation()
            let input = memory.stream(index, tokens: t)
            let a = memory.activations(index, tokens: t)
            layer.project(sequences, input: input, a, memory.scratch)
            let inputs = a.attentionInputs(configuration)
            Attention.store(
                team: team, keys: inputs.keys, values: inputs.values, pool: cache.pool, layer: index, pages: numbers,
                slots: slots)
            layer.attendWithinSequences(sequences, a)
            layer.projectOut(sequences, input: input, a, memory.scratch)
            layer.feedForward(sequences, a, memory.scratch, result: memory.stream(index + 1, tokens: t))
        }
        let last = memory.stream(layers.count, tokens: t)
        for (row, end) in batch.offsets.dropFirst().enumerated() {
            output.input.rows(row..<row + 1).copy(last.rows(end - 1..<end))
        }
        head.prepare(team, output, count: prompts.count)
        let logits = head.logits(team, output, 0..<prompts.count)
        return prompts.indices.map { logits.array(row: $0) }
    }

    /// Memory for prompts; what usual ones need is kept.
    private func memory(tokens: Int) throws(TransformerError) -> PassMemory {
        if tokens <= rows { return stepMemory }
        if let promptMemory, promptMemory.extent.tokens >= tokens { return promptMemory }
        let extent = PassMemory.Extent(
            tokens: max(tokens, Self.promptTokens), rows: 0, isTraining: false, keepsLayers: false)
        let made = try PassMemory(configuration, extent, rank: rank)
        if tokens <= Self.promptTokens { promptMemory = made }
        return made
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
        let (numbers, slots) = (places.map(\.page), places.map(\.slot))
        for (index, layer) in layers.enumerated() {
            let input = stepMemory.stream(index, tokens: b)
            let a = stepMemory.activations(index, tokens: b)
            layer.project(sequences, input: input, a, stepMemory.scratch)
            let inputs = a.attentionInputs(configuration)
            Attention.store(
                team: team, keys: inputs.keys, values: inputs.values, pool: cache.pool, layer: index, pages: numbers,
                slots: slots)
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

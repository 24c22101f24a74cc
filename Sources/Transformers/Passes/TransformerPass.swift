public import Kernels

/// Runs packed sequences through a model, forward and backward.
///
/// Memory, in numbers of binary32 for T tokens, L layers, widths D (residual), Q and K (all query and key heads), F
/// (feed-forward) and R scored tokens: scoring takes T (4 D + 2 Q + 2 K + 3 F) + 3 R D and 64 MiB of logits (32 rows of them
/// where those are larger); training adds T (2 D + 2 Q + 2 K) for gradients, and (L - 1) T (2 D + 2 Q + 2 K + 2 F) for what is
/// kept, or with checkpointing (L - 1) T D. Beside these are a few numbers for each token and head, in models that norm their
/// heads T (Q + K) for each layer that is kept, and at least one, and T 2 r with an adapter of rank r. Nothing grows with the
/// square of a length, or with tokens times vocabulary. The gradients of parameters are the caller's. Buffers stay from call to
/// call, and grow to the largest batch.
///
/// One call at a time. With the same number of threads the same input gives the same bits.
public final class TransformerPass {
    /// How a pass is run.
    public struct Settings: Sendable {
        /// Only the input of each layer is kept for the backward pass, and the layer is run again there but for its last
        /// product: somewhat less than a third more work, and far less memory.
        public var isCheckpointed = false
        /// What logits are divided by before log-probabilities and entropies are taken; more than 0.
        public var temperature: Float = 1

        /// Whether activations, and gradients on their way back, may be rounded to bfloat16 before they are multiplied with
        /// weights in bfloat16, on processors that multiply that (AVX-512 BF16); sums are binary32. Elsewhere it does nothing.
        public var allowsRounding = false

        /// Temperature 1, nothing run twice, nothing rounded.
        public init() {}
    }

    /// The weights.
    public let weights: TransformerWeights
    /// The adapter; nil for the model alone.
    public let adapter: LoRAAdapter?
    /// The threads.
    public let team: ThreadTeam
    /// How it is run.
    public let settings: Settings
    private let layers: [TransformerLayer]
    private let head: OutputHead
    private var rotations: RotationCache
    private var memory: PassMemory?

    /// - Parameter adapter: one for the model of the weights.
    /// - Throws: `missingTensor` where the weights lack a parameter.
    public init(
        _ weights: TransformerWeights, adapter: LoRAAdapter? = nil, team: ThreadTeam, settings: Settings = Settings()
    ) throws(TransformerError) {
        precondition(settings.temperature > 0, "the temperature is more than 0")
        self.weights = weights
        self.adapter = adapter
        self.team = team
        self.settings = settings
        let assembly = ModelAssembly(weights, adapter: adapter, allowsRounding: settings.allowsRounding)
        layers = try assembly.layers()
        head = try assembly.head(temperature: settings.temperature)
        rotations = RotationCache(weights.configuration)
    }

    /// What the policy says of the targets, without keeping anything for a backward pass.
    ///
    /// - Throws: `CancellationError` where the task was cancelled.
    public func score(_ batch: PackedSequences) throws -> TokenScores {
        let memory = try reserve(batch, isTraining: false)
        try forward(batch, memory)
        var scores = TokenScores()
        try eachChunk(batch, memory) { range, logits, targets in
            scores.append(TokenScores(head.statistics(team, logits, targets: targets)))
        }
        return scores
    }

    /// What the policy says of the targets; ``backward(_:weights:into:)`` may follow.
    public func forward(_ batch: PackedSequences) throws -> TokenScores {
        let memory = try reserve(batch, isTraining: true)
        try forward(batch, memory)
        var scores = TokenScores()
        try eachChunk(batch, memory) { range, logits, targets in
            scores.append(TokenScores(head.statistics(team, logits, targets: targets)))
        }
        return scores
    }

    /// Adds the gradient of the sum of weights[i].logProbs log p(target i) + weights[i].entropies H(i).
    ///
    /// It follows a call of ``forward(_:)`` with the same batch, no other call between them, and may do so once. The logits are computed again; where the
    /// weights follow from each token's own scores, ``forwardBackward(_:into:weighting:)`` spares that.
    public func backward(_ batch: PackedSequences, weights: TokenWeights, into gradients: PassGradients) throws {
        precondition(weights.logProbs.count == batch.targets.count, "every target has a weight")
        let memory = try reserve(batch, isTraining: true)
        var next = 0
        try eachChunk(batch, memory) { range, logits, targets in
            let part = weights.part(next..<next + range.count)
            next += range.count
            head.backward(
                team, memory.rows, range, logits: logits, targets: targets,
                statistics: head.statistics(team, logits, targets: targets), weights: part,
                weightGradient: gradients.parameters?.matrix(.head))
        }
        try backward(batch, memory, gradients)
    }

    /// ``forward(_:)`` and ``backward(_:weights:into:)`` in one, for weights that follow from each token's own scores: the
    /// logits are computed once.
    ///
    /// - Parameter weighting: given the scores of some targets and which they are, returns their weights.
    /// - Returns: the scores of all targets.
    public func forwardBackward(
        _ batch: PackedSequences, into gradients: PassGradients,
        weighting: (_ targets: Range<Int>, _ scores: TokenScores) -> TokenWeights
    ) throws -> TokenScores {
        let memory = try reserve(batch, isTraining: true)
        try forward(batch, memory)
        var scores = TokenScores()
        try eachChunk(batch, memory) { range, logits, targets in
            let statistics = head.statistics(team, logits, targets: targets)
            let part = TokenScores(statistics)
            let weights = weighting(range, part)
            precondition(weights.logProbs.count == range.count, "every target has a weight")
            scores.append(part)
            head.backward(
                team, memory.rows, range, logits: logits, targets: targets, statistics: statistics, weights: weights,
                weightGradient: gradients.parameters?.matrix(.head))
        }
        try backward(batch, memory, gradients)
        return scores
    }

    /// Calls with the final hidden states of rows, normed, [rows, D]: for each target that which predicts it.
    public func hiddenStates<Result>(_ batch: PackedSequences, _ body: (Matrix) throws -> Result) throws -> Result {
        let memory = try reserve(batch, isTraining: false)
        try forward(batch, memory)
        head.prepare(team, memory.rows, count: batch.targets.count)
        return try body(memory.rows.normed.rows(0..<batch.targets.count))
    }

    /// Calls with the logits of some targets at a time, [rows, V], not divided by the temperature.
    public func logits(_ batch: PackedSequences, _ body: (_ targets: Range<Int>, _ logits: Matrix) throws -> Void)
        throws
    {
        let memory = try reserve(batch, isTraining: false)
        try forward(batch, memory)
        try eachChunk(batch, memory) { range, logits, _ in try body(range, logits) }
    }

    /// The logits of rows of final hidden states, which ``hiddenStates(_:_:)`` gave; not divided by the temperature.
    ///
    /// Rows that are computed together with others have the same logits wherever they stand among them, as long as there are
    /// as many rows in all.
    ///
    /// - Parameters:
    ///   - states: [R, D], of this model.
    ///   - logits: [R, V]; overwritten.
    public func logits(ofHiddenStates states: Matrix, into logits: Matrix) {
        precondition(
            states.columns == weights.configuration.hiddenSize && logits.columns == weights.configuration.vocabularySize
                && logits.rows == states.rows, "states and logits are those of the model")
        MatrixProduct.forward(team, states, head.projection, logits, allowsRounding: settings.allowsRounding)
    }

    // MARK: The way through the layers

    private func reserve(_ batch: PackedSequences, isTraining: Bool) throws(TransformerError) -> PassMemory {
        let wanted = PassMemory.Extent(
            tokens: batch.tokenCount, rows: batch.targets.count, isTraining: isTraining,
            keepsLayers: isTraining && !settings.isCheckpointed)
        if let memory, memory.extent.covers(wanted) { return memory }
        let extent = memory.map { $0.extent.union(wanted) } ?? wanted
        // The old memory goes before the new one comes.
        memory = nil
        let made = try PassMemory(weights.configuration, extent, rank: adapter?.largestRank ?? 0)
        memory = made
        return made
    }

    /// From tokens to the rows of the residual stream that predict targets.
    private func forward(_ batch: PackedSequences, _ memory: PassMemory) throws {
        let sequences = try sequences(of: batch)
        guard let embedding = weights.matrix(.embedding) else { return }
        let t = batch.tokenCount
        Embedding.forward(team: team, table: embedding, ids: batch.tokens, output: memory.stream(0, tokens: t))
        for (index, layer) in layers.enumerated() {
            try Task.checkCancellation()
            let input = memory.stream(index, tokens: t)
            let activations = memory.activations(index, tokens: t)
            layer.attend(sequences, input: input, activations, memory.scratch)
            layer.feedForward(sequences, activations, memory.scratch, result: memory.stream(index + 1, tokens: t))
        }
        let last = memory.stream(layers.count, tokens: t)
        for (row, target) in batch.targets.enumerated() {
            memory.rows.input.rows(row..<row + 1).copy(last.rows(target - 1..<target))
        }
    }

    private func sequences(of batch: PackedSequences) throws -> TransformerLayer.Sequences {
        TransformerLayer.Sequences(
            team: team, offsets: batch.offsets, positions: batch.positions,
            rotations: try rotations.rotations(of: batch))
    }

    private func eachChunk(
        _ batch: PackedSequences, _ memory: PassMemory,
        _ body: (_ range: Range<Int>, _ logits: Matrix, _ targets: ArraySlice<Int>) throws -> Void
    ) throws {
        let ids = batch.targets.map { Int(batch.tokens[$0]) }
        head.prepare(team, memory.rows, count: ids.count)
        for start in stride(from: 0, to: ids.count, by: memory.rows.chunk) {
            try Task.checkCancellation()
            let range = start..<min(start + memory.rows.chunk, ids.count)
            try body(range, head.logits(team, memory.rows, range), ids[range])
        }
    }

    /// From the gradients of the head's normed rows to those of all parameters.
    private func backward(_ batch: PackedSequences, _ memory: PassMemory, _ gradients: PassGradients) throws {
        guard let gradient = memory.gradient?.rows(0..<batch.tokenCount) else { return }
        let sequences = try sequences(of: batch)
        gradient.fill(0)
        head.finish(
            team, memory.rows, batch: batch, gradient: gradient,
            weightGradient: gradients.parameters?.matrix(.finalNorm))
        let t = batch.tokenCount
        for (index, layer) in layers.enumerated().reversed() {
            try Task.checkCancellation()
            let input = memory.stream(index, tokens: t)
            let activations = memory.activations(index, tokens: t)
            if settings.isCheckpointed {
                layer.attend(sequences, input: input, activations, memory.scratch)
                layer.activateFeedForward(sequences, activations, memory.scratch)
            }
            let places = gradients.layer(index)
            layer.feedForwardBackward(sequences, activations, memory.scratch, gradient: gradient, places)
            layer.attendBackward(sequences, input: input, activations, memory.scratch, gradient: gradient, places)
        }
        if let target = gradients.parameters?.matrix(.embedding) {
            Embedding.backward(team: team, ids: batch.tokens, outputGradient: gradient, tableGradient: target)
        }
    }
}

import Kernels

/// One layer: its weights, and its forward pass beside its backward pass.
///
/// T tokens of all sequences end to end; D the width of the residual stream, Q and K those of all query heads and all key
/// heads together, F that of the feed-forward part.
struct TransformerLayer {
    let configuration: TransformerConfiguration
    let window: Int?
    let inputNorm: WeightMatrix
    let feedForwardNorm: WeightMatrix
    let queryNorm: WeightMatrix?
    let keyNorm: WeightMatrix?
    let query: Projection
    let key: Projection
    let value: Projection
    let output: Projection
    let gate: Projection
    let up: Projection
    let down: Projection

    /// What is the same for all layers of a pass.
    struct Sequences {
        let team: ThreadTeam
        /// The places of sequences, [S + 1].
        let offsets: [Int]
        /// [T].
        let positions: [Int32]
        /// For runs of tokens the table that turns them.
        let rotations: [(tokens: Range<Int>, table: RotaryTable)]
    }

    /// The heads, and what they see.
    var shape: Attention.Shape {
        Attention.Shape(
            queryHeads: configuration.queryHeads, keyHeads: configuration.keyHeads,
            headWidth: configuration.headWidth, window: window)
    }
    private var epsilon: Float { configuration.normEpsilon }

    // MARK: Attention

    /// middle = input + attention(norm(input))
    func attend(_ s: Sequences, input: Matrix, _ a: LayerActivations, _ scratch: LayerScratch) {
        project(s, input: input, a, scratch)
        attendWithinSequences(s, a)
        projectOut(s, input: input, a, scratch)
    }

    /// attended = attention of each sequence to itself, [T, Q]
    func attendWithinSequences(_ s: Sequences, _ a: LayerActivations) {
        Attention.forward(
            team: s.team, a.attentionInputs(configuration), offsets: s.offsets, shape: shape, output: a.attended,
            logSums: a.logSums)
    }

    /// middle = input + attended Wo'
    func projectOut(_ s: Sequences, input: Matrix, _ a: LayerActivations, _ scratch: LayerScratch) {
        a.middle.copy(input)
        output.forward(s.team, input: a.attended, output: a.middle, accumulate: true, ranks: scratch.ranks)
    }

    /// projected = norm(input) [Wq' | Wk' | Wv'] and their biases; the heads of queries and keys normed, where the model does
    /// that, and turned by their positions.
    func project(_ s: Sequences, input: Matrix, _ a: LayerActivations, _ scratch: LayerScratch) {
        let c = configuration
        let normed = scratch.normed.rows(0..<input.rows)
        RMSNorm.forward(
            team: s.team, input: input, weight: inputNorm, epsilon: epsilon, output: normed, inverseRoots: a.inputRoots)
        let (queries, keys, values) = parts(a.projected)
        query.forward(s.team, input: normed, output: queries, ranks: scratch.ranks)
        key.forward(s.team, input: normed, output: keys, ranks: scratch.ranks)
        value.forward(s.team, input: normed, output: values, ranks: scratch.ranks)
        let turned = a.attentionInputs(c)
        if let queryNorm, let keyNorm, let queryRoots = a.queryRoots, let keyRoots = a.keyRoots {
            RMSNorm.forward(
                team: s.team, input: queries, heads: c.queryHeads, weight: queryNorm, epsilon: epsilon,
                output: turned.queries, inverseRoots: queryRoots)
            RMSNorm.forward(
                team: s.team, input: keys, heads: c.keyHeads, weight: keyNorm, epsilon: epsilon, output: turned.keys,
                inverseRoots: keyRoots)
        }
        turn(s, turned.queries, turned.keys, inverse: false)
    }

    /// From the gradient of middle to that of input, in place.
    func attendBackward(
        _ s: Sequences, input: Matrix, _ a: LayerActivations, _ scratch: LayerScratch, gradient: Matrix,
        _ g: LayerGradients
    ) {
        guard let attendedGradient = scratch.attendedGradient?.rows(0..<input.rows),
            let projectedGradient = scratch.projectedGradient?.rows(0..<input.rows),
            let normedGradient = scratch.normedGradient?.rows(0..<input.rows)
        else { return }
        let c = configuration
        // d attended = d middle Wo, [T, Q]
        output.backward(
            s.team, input: a.attended, outputGradient: gradient, inputGradient: attendedGradient, gradients: g.output,
            ranks: scratch.ranks)
        let (dq, dk, dv) = parts(projectedGradient)
        Attention.backward(
            team: s.team, a.attentionInputs(c), offsets: s.offsets, shape: shape, output: a.attended,
            logSums: a.logSums, outputGradient: attendedGradient,
            gradients: Attention.Inputs(queries: dq, keys: dk, values: dv))
        turn(s, dq, dk, inverse: true)
        if let queryNorm, let keyNorm, let queryRoots = a.queryRoots, let keyRoots = a.keyRoots {
            // The gradient of attention's output has done its work: its memory is free.
            normHeadsBackward(
                s, input: parts(a.projected).queries, heads: c.queryHeads, queryNorm, queryRoots, gradient: dq,
                attendedGradient, g.queryNorm)
            normHeadsBackward(
                s, input: parts(a.projected).keys, heads: c.keyHeads, keyNorm, keyRoots, gradient: dk,
                attendedGradient, g.keyNorm)
        }
        // d normed = dq Wq + dk Wk + dv Wv, [T, D]
        let normed = scratch.normed.rows(0..<input.rows)
        RMSNorm.forward(
            team: s.team, input: input, weight: inputNorm, epsilon: epsilon, output: normed, inverseRoots: a.inputRoots)
        query.backward(
            s.team, input: normed, outputGradient: dq, inputGradient: normedGradient, gradients: g.query,
            ranks: scratch.ranks)
        key.backward(
            s.team, input: normed, outputGradient: dk, inputGradient: normedGradient, accumulate: true,
            gradients: g.key, ranks: scratch.ranks)
        value.backward(
            s.team, input: normed, outputGradient: dv, inputGradient: normedGradient, accumulate: true,
            gradients: g.value, ranks: scratch.ranks)
        RMSNorm.backward(
            team: s.team, input: input, weight: inputNorm, inverseRoots: a.inputRoots, outputGradient: normedGradient,
            inputGradient: gradient, weightGradient: g.inputNorm)
    }

    /// From the gradient of normed heads to that of the heads, in place.
    private func normHeadsBackward(
        _ s: Sequences, input: Matrix, heads: Int, _ weight: WeightMatrix, _ roots: Matrix, gradient: Matrix,
        _ scratch: Matrix, _ weightGradient: Matrix?
    ) {
        let target = scratch.columns(0..<input.columns)
        target.fill(0)
        RMSNorm.backward(
            team: s.team, input: input, heads: heads, weight: weight, inverseRoots: roots, outputGradient: gradient,
            inputGradient: target, weightGradient: weightGradient)
        gradient.copy(target)
    }

    private func turn(_ s: Sequences, _ queries: Matrix, _ keys: Matrix, inverse: Bool) {
        for (tokens, table) in s.rotations {
            let positions = s.rotations.count == 1 ? s.positions : Array(s.positions[tokens])
            for (vectors, heads) in [(queries, configuration.queryHeads), (keys, configuration.keyHeads)] {
                Rotary.apply(
                    team: s.team, vectors: vectors.rows(tokens), heads: heads, positions: positions,
                    cosines: table.cosines,
                    sines: table.sines, inverse: inverse)
            }
        }
    }

    private func parts(_ matrix: Matrix) -> (queries: Matrix, keys: Matrix, values: Matrix) {
        let (q, k) = (configuration.queryWidth, configuration.keyWidth)
        return (matrix.columns(0..<q), matrix.columns(q..<q + k), matrix.columns(q + k..<q + 2 * k))
    }

    // MARK: Feed-forward

    /// result = middle + Wd (silu(Wg n) * (Wu n)), n = norm(middle)
    func feedForward(_ s: Sequences, _ a: LayerActivations, _ scratch: LayerScratch, result: Matrix) {
        activateFeedForward(s, a, scratch)
        // [T, F]
        let product = scratch.product.rows(0..<result.rows)
        GatedUnit.forward(team: s.team, gate: a.gate, up: a.up, output: product)
        result.copy(a.middle)
        down.forward(s.team, input: product, output: result, accumulate: true, ranks: scratch.ranks)
    }

    /// gate = Wg n, up = Wu n, n = norm(middle): what the backward pass needs.
    func activateFeedForward(_ s: Sequences, _ a: LayerActivations, _ scratch: LayerScratch) {
        let normed = scratch.normed.rows(0..<a.middle.rows)
        RMSNorm.forward(
            team: s.team, input: a.middle, weight: feedForwardNorm, epsilon: epsilon, output: normed,
            inverseRoots: a.feedForwardRoots)
        gate.forward(s.team, input: normed, output: a.gate, ranks: scratch.ranks)
        up.forward(s.team, input: normed, output: a.up, ranks: scratch.ranks)
    }

    /// From the gradient of the result to that of middle, in place.
    func feedForwardBackward(
        _ s: Sequences, _ a: LayerActivations, _ scratch: LayerScratch, gradient: Matrix, _ g: LayerGradients
    ) {
        guard let normedGradient = scratch.normedGradient?.rows(0..<gradient.rows) else { return }
        let normed = scratch.normed.rows(0..<gradient.rows)
        let product = scratch.product.rows(0..<gradient.rows)
        GatedUnit.forward(team: s.team, gate: a.gate, up: a.up, output: product)
        // d product = d result Wd, [T, F]; it takes the place of the product.
        down.backward(
            s.team, input: product, outputGradient: gradient, inputGradient: product, gradients: g.down,
            ranks: scratch.ranks)
        GatedUnit.backward(
            team: s.team, gate: a.gate, up: a.up, outputGradient: product, gateGradient: a.gate, upGradient: a.up)
        RMSNorm.forward(
            team: s.team, input: a.middle, weight: feedForwardNorm, epsilon: epsilon, output: normed,
            inverseRoots: a.feedForwardRoots)
        // d normed = d gate Wg + d up Wu, [T, D]
        gate.backward(
            s.team, input: normed, outputGradient: a.gate, inputGradient: normedGradient, gradients: g.gate,
            ranks: scratch.ranks)
        up.backward(
            s.team, input: normed, outputGradient: a.up, inputGradient: normedGradient, accumulate: true,
            gradients: g.up, ranks: scratch.ranks)
        RMSNorm.backward(
            team: s.team, input: a.middle, weight: feedForwardNorm, inverseRoots: a.feedForwardRoots,
            outputGradient: normedGradient, inputGradient: gradient, weightGradient: g.feedForwardNorm)
    }
}

/// Where the gradients of a layer's parameters go; nil for what is not trained.
struct LayerGradients {
    var inputNorm: Matrix?
    var feedForwardNorm: Matrix?
    var queryNorm: Matrix?
    var keyNorm: Matrix?
    var query = ProjectionGradients()
    var key = ProjectionGradients()
    var value = ProjectionGradients()
    var output = ProjectionGradients()
    var gate = ProjectionGradients()
    var up = ProjectionGradients()
    var down = ProjectionGradients()
}

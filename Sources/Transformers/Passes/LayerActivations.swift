import Kernels

/// What the backward pass of a layer needs of its forward pass, for T tokens. Norms and the product of the gated unit are
/// computed again, for they cost next to nothing.
struct LayerActivations {
    /// Queries, keys and values side by side: [T, Q + 2 K]. Rotated already, but in models that norm their heads.
    let projected: Matrix
    /// Of models that norm their heads, queries and keys normed and rotated: [T, Q + K].
    let rotated: Matrix?
    /// One over the root mean square of each head's query and key: [1, T H].
    let queryRoots: Matrix?
    let keyRoots: Matrix?
    /// [T, Q], before the projection out of attention.
    let attended: Matrix
    /// The logarithm of the sum of exponentials of each query's scores: [H, T].
    let logSums: Matrix
    private let logSumNumbers: FloatBuffer
    /// The residual stream between attention and the feed-forward part: [T, D].
    let middle: Matrix
    /// [T, F]; the backward pass leaves gradients there.
    let gate: Matrix
    let up: Matrix
    /// One over the root mean square of each token: [1, T].
    let inputRoots: Matrix
    let feedForwardRoots: Matrix

    init(_ c: TransformerConfiguration, tokens t: Int) {
        func matrix(_ rows: Int, _ columns: Int) -> Matrix {
            FloatBuffer(count: rows * columns).matrix(rows: rows, columns: columns)
        }
        projected = matrix(t, c.queryWidth + 2 * c.keyWidth)
        rotated = c.normsHeads ? matrix(t, c.queryWidth + c.keyWidth) : nil
        queryRoots = c.normsHeads ? matrix(1, t * c.queryHeads) : nil
        keyRoots = c.normsHeads ? matrix(1, t * c.keyHeads) : nil
        attended = matrix(t, c.queryWidth)
        logSumNumbers = FloatBuffer(count: c.queryHeads * t)
        logSums = logSumNumbers.matrix(rows: c.queryHeads, columns: t)
        middle = matrix(t, c.hiddenSize)
        gate = matrix(t, c.intermediateSize)
        up = matrix(t, c.intermediateSize)
        inputRoots = matrix(1, t)
        feedForwardRoots = matrix(1, t)
    }

    /// The same for the first tokens only.
    func first(_ t: Int, _ c: TransformerConfiguration) -> LayerActivations {
        LayerActivations(
            projected: projected.rows(0..<t), rotated: rotated?.rows(0..<t),
            queryRoots: queryRoots?.columns(0..<t * c.queryHeads), keyRoots: keyRoots?.columns(0..<t * c.keyHeads),
            attended: attended.rows(0..<t), logSumNumbers: logSumNumbers,
            logSums: logSumNumbers.matrix(rows: c.queryHeads, columns: t), middle: middle.rows(0..<t),
            gate: gate.rows(0..<t), up: up.rows(0..<t), inputRoots: inputRoots.columns(0..<t),
            feedForwardRoots: feedForwardRoots.columns(0..<t))
    }

    private init(
        projected: Matrix, rotated: Matrix?, queryRoots: Matrix?, keyRoots: Matrix?, attended: Matrix,
        logSumNumbers: FloatBuffer,
        logSums: Matrix, middle: Matrix, gate: Matrix, up: Matrix, inputRoots: Matrix, feedForwardRoots: Matrix
    ) {
        self.projected = projected
        self.rotated = rotated
        self.queryRoots = queryRoots
        self.keyRoots = keyRoots
        self.attended = attended
        self.logSumNumbers = logSumNumbers
        self.logSums = logSums
        self.middle = middle
        self.gate = gate
        self.up = up
        self.inputRoots = inputRoots
        self.feedForwardRoots = feedForwardRoots
    }

    /// Queries, keys and values as attention takes them.
    func attentionInputs(_ c: TransformerConfiguration) -> Attention.Inputs {
        let turned = rotated ?? projected
        return Attention.Inputs(
            queries: turned.columns(0..<c.queryWidth),
            keys: turned.columns(c.queryWidth..<c.queryWidth + c.keyWidth),
            values: projected.columns(c.queryWidth + c.keyWidth..<c.queryWidth + 2 * c.keyWidth))
    }
}

/// Scratch that all layers share, for T tokens.
struct LayerScratch {
    /// The input of projections, normed: [T, D].
    let normed: Matrix
    /// The product of the gated unit, then its gradient: [T, F].
    let product: Matrix
    /// u and du of adapters.
    let ranks: RankScratch?
    /// The gradients of the backward pass: [T, D], [T, Q + 2 K] and [T, Q].
    let normedGradient: Matrix?
    let projectedGradient: Matrix?
    let attendedGradient: Matrix?

    init(_ c: TransformerConfiguration, tokens t: Int, rank: Int, isTraining: Bool) {
        func matrix(_ rows: Int, _ columns: Int) -> Matrix {
            FloatBuffer(count: rows * columns).matrix(rows: rows, columns: columns)
        }
        normed = matrix(t, c.hiddenSize)
        product = matrix(t, c.intermediateSize)
        ranks = rank > 0 ? RankScratch(tokens: t, rank: rank) : nil
        normedGradient = isTraining ? matrix(t, c.hiddenSize) : nil
        projectedGradient = isTraining ? matrix(t, c.queryWidth + 2 * c.keyWidth) : nil
        attendedGradient = isTraining ? matrix(t, c.queryWidth) : nil
    }
}

import Kernels

/// The final norm and the head, from the residual stream to what a policy says of tokens: logits exist for some rows at a
/// time only, so that [tokens, vocabulary] is never in memory.
struct OutputHead {
    let norm: WeightMatrix
    let epsilon: Float
    let projection: WeightMatrix
    let temperature: Float
    let allowsRounding: Bool
    /// Whether a row of logits depends on its row of hidden states alone.
    let isRowByRow: Bool

    /// Bytes of logits that are in memory at a time, if that is more than ``fewestRows``.
    private static let logitBytes = 64 << 20
    private static let fewestRows = 32

    /// R rows of the residual stream, and what becomes of them.
    final class Rows {
        /// [R, D]: as they come, normed, and the gradient of the normed ones.
        let input: Matrix
        let normed: Matrix
        let gradient: Matrix
        /// [R, D]: the gradient of the rows as they came.
        var rowGradient: Matrix { normed }
        /// [1, R].
        let roots: Matrix
        /// [chunk, V].
        let logits: Matrix
        /// How many rows of logits there are at a time.
        var chunk: Int { logits.rows }

        /// How many rows of logits there are at a time, of so many.
        static func chunk(_ rows: Int, _ vocabulary: Int) -> Int {
            max(1, min(rows, max(fewestRows, logitBytes / (4 * vocabulary))))
        }

        init(rows: Int, width: Int, vocabulary: Int) {
            let chunk = Self.chunk(rows, vocabulary)
            input = FloatBuffer(count: rows * width).matrix(rows: rows, columns: width)
            normed = FloatBuffer(count: rows * width).matrix(rows: rows, columns: width)
            gradient = FloatBuffer(count: rows * width).matrix(rows: rows, columns: width)
            roots = FloatBuffer(count: rows).matrix(rows: 1, columns: rows)
            logits = FloatBuffer(count: chunk * vocabulary).matrix(rows: chunk, columns: vocabulary)
        }
    }

    /// Norms all rows: normed = norm(input), [R, D].
    func prepare(_ team: ThreadTeam, _ rows: Rows, count: Int) {
        RMSNorm.forward(
            team: team, input: rows.input.rows(0..<count), weight: norm, epsilon: epsilon,
            output: rows.normed.rows(0..<count), inverseRoots: rows.roots.columns(0..<count))
    }

    /// The logits of some rows, at most a chunk: normed Wv', [rows, V].
    func logits(_ team: ThreadTeam, _ rows: Rows, _ range: Range<Int>) -> Matrix {
        let logits = rows.logits.rows(0..<range.count)
        let normed = rows.normed.rows(range)
        if isRowByRow {
            MatrixProduct.forwardRowByRow(team, normed, projection, logits)
        } else {
            MatrixProduct.forward(team, normed, projection, logits, allowsRounding: allowsRounding)
        }
        return logits
    }

    /// What the policy says of the targets of some rows.
    func statistics(_ team: ThreadTeam, _ logits: Matrix, targets: ArraySlice<Int>) -> [SoftmaxRows.Statistics] {
        SoftmaxRows.statistics(team, logits, targets: Array(targets), temperature: temperature)
    }

    /// From the logits of some rows to the gradients of their normed rows and of the head's weights.
    ///
    /// - Parameters:
    ///   - logits: [rows, V]; their gradient takes their place.
    ///   - weights: what the gradient of each row's log-probability and entropy is multiplied by.
    func backward(
        _ team: ThreadTeam, _ rows: Rows, _ range: Range<Int>, logits: Matrix, targets: ArraySlice<Int>,
        statistics: [SoftmaxRows.Statistics], weights: TokenWeights, weightGradient: Matrix?
    ) {
        let entropyWeights =
            weights.entropies.isEmpty ? [Float](repeating: 0, count: range.count) : weights.entropies
        let runs = SoftmaxRows.gradients(
            team, logits, targets: Array(targets), statistics: statistics, logProbabilityWeights: weights.logProbs,
            entropyWeights: entropyWeights, temperature: temperature)
        let gradient = rows.gradient.rows(range)
        if runs != [0..<range.count] { gradient.fill(0) }
        for run in runs {
            // d normed = d logits Wv, [rows, D]; d Wv += d logits' normed, [V, D]
            let part = logits.rows(run)
            MatrixProduct.inputGradient(
                team, part, projection, gradient.rows(run), allowsRounding: allowsRounding)
            if let weightGradient {
                let normed = rows.normed.rows(range).rows(run)
                MatrixProduct.weightGradient(team, part, normed, weightGradient, accumulate: true)
            }
        }
    }

    /// From the gradients of all normed rows to that of the residual stream, [T, D], which is zero before.
    func finish(
        _ team: ThreadTeam, _ rows: Rows, batch: PackedSequences, gradient: Matrix, weightGradient: Matrix?
    ) {
        let count = batch.targets.count
        guard count > 0 else { return }
        let target = rows.rowGradient.rows(0..<count)
        target.fill(0)
        RMSNorm.backward(
            team: team, input: rows.input.rows(0..<count), weight: norm, inverseRoots: rows.roots.columns(0..<count),
            outputGradient: rows.gradient.rows(0..<count), inputGradient: target, weightGradient: weightGradient)
        for (row, place) in batch.targets.enumerated() {
            gradient.rows(place - 1..<place).copy(target.rows(row..<row + 1))
        }
    }
}

/// What a policy says of scored tokens, in the order of the targets.
public struct TokenScores: Sendable, Equatable {
    /// The log-probability of each target, at the temperature of the pass.
    public internal(set) var logProbs: [Float] = []
    /// The entropy of the distribution that each target was predicted by, in nats.
    public internal(set) var entropies: [Float] = []
    /// The most probable token there.
    public internal(set) var greedy: [Int32] = []
}

extension TokenScores {
    init(_ statistics: [SoftmaxRows.Statistics]) {
        logProbs = statistics.map { Float($0.targetLogProbability) }
        entropies = statistics.map { Float($0.entropy) }
        greedy = statistics.map { Int32($0.largest) }
    }

    mutating func append(_ other: TokenScores) {
        logProbs += other.logProbs
        entropies += other.entropies
        greedy += other.greedy
    }
}

/// What the gradients of log-probabilities and entropies are multiplied by, in the order of the targets.
public struct TokenWeights: Sendable {
    /// d objective / d log-probability of each target.
    public var logProbs: [Float]
    /// d objective / d entropy; empty for zeros.
    public var entropies: [Float]

    /// Weights of log-probabilities, and of entropies where there are any.
    public init(logProbs: [Float], entropies: [Float] = []) {
        self.logProbs = logProbs
        self.entropies = entropies
    }
}

extension TokenWeights {
    func part(_ range: Range<Int>) -> TokenWeights {
        TokenWeights(
            logProbs: Array(logProbs[range]), entropies: entropies.isEmpty ? [] : Array(entropies[range]))
    }
}

import CLayers
import Glibc

/// A distribution over the tokens of a vocabulary: logits that are loaded, reshaped, cut to the likely tokens, and drawn from.
///
/// Between two loads, the methods are called in the order in which transformers applies its logits processors:
/// ``penalise(_:by:)``, ``divide(by:)``, then the cuts ``keepLargest(_:)``, ``keepMass(_:)``, ``keepShare(_:)``, then
/// ``draw(_:)``. Each is linear in the vocabulary and takes no memory: nothing is sorted but the tokens whose logits are close
/// to the edge of a cut. The same logits give the same bits on every processor. Not for several threads at once.
public final class TokenDistribution {
    /// V: how many tokens there are.
    public let vocabulary: Int
    let level: LayerLevel
    private let scores: Matrix
    private let weights: Matrix
    private let blockSums: UnsafeMutableBufferPointer<Double>
    private let counts: UnsafeMutableBufferPointer<Int64>
    private let masses: UnsafeMutableBufferPointer<Double>
    /// The tokens that the cuts left, ascending; meaningful where `keptCount` is not nil.
    private let kept: UnsafeMutableBufferPointer<Int32>
    private var keptCount: Int?
    private let edge: UnsafeMutableBufferPointer<Int32>
    private var source: Matrix
    private var maximum: Float = 0
    private var best = 0
    private var hasWeights = false
    private var originalMaximum: Float = 0
    private var original: Matrix
    private var logNormaliser = 0.0

    /// Room for rows of logits of a vocabulary, some 16 bytes a token.
    ///
    /// - Parameter vocabulary: from 1 to 2^31 - 1.
    public convenience init(vocabulary: Int) {
        self.init(vocabulary: vocabulary, level: .best)
    }

    init(vocabulary: Int, level: LayerLevel) {
        precondition(vocabulary > 0 && vocabulary <= Int32.max, "a vocabulary has tokens")
        self.vocabulary = vocabulary
        self.level = level
        scores = FloatBuffer(count: vocabulary).row
        weights = FloatBuffer(count: vocabulary).row
        let block = Int(CLAYERS_SAMPLING_BLOCK)
        blockSums = .allocate(capacity: (vocabulary + block - 1) / block)
        counts = .allocate(capacity: Int(CLAYERS_SAMPLING_BINS))
        masses = .allocate(capacity: Int(CLAYERS_SAMPLING_BINS))
        kept = .allocate(capacity: vocabulary)
        edge = .allocate(capacity: vocabulary)
        blockSums.initialize(repeating: 0)
        counts.initialize(repeating: 0)
        masses.initialize(repeating: 0)
        kept.initialize(repeating: 0)
        edge.initialize(repeating: 0)
        source = scores
        original = scores
    }

    deinit {
        blockSums.deallocate()
        counts.deallocate()
        masses.deallocate()
        kept.deallocate()
        edge.deallocate()
    }

    /// Starts from a row of logits, [V], which stays as it is and must not change before the next load.
    ///
    /// - Throws: ``LogitError`` where the logits are no distribution.
    public func load(_ logits: Matrix) throws(LogitError) {
        precondition(logits.rows == 1 && logits.columns == vocabulary, "a row has a logit for each token")
        source = logits
        original = logits
        keptCount = nil
        hasWeights = false
        try findMaximum()
        originalMaximum = maximum
        let sum = clayers_sampling_weights(
            level.rawValue, logits.base, Int64(vocabulary), maximum, weights.base, blockSums.baseAddress)
        logNormaliser = Glibc.log(sum)
        hasWeights = true
    }

    /// The most likely token; the lowest id of several.
    public var mostLikely: Int { best }

    /// The log-probability of a token under the logits as they were loaded.
    public func loadedLogProbability(of token: Int) -> Float {
        Float(Double(original[0, token]) - Double(originalMaximum) - logNormaliser)
    }

    /// Makes tokens less likely (more where the penalty is below 1), each once however often it is named: positive logits are
    /// divided by the penalty, others multiplied (CTRL, arXiv 1909.05858). Ids outside of the vocabulary are passed over.
    public func penalise(_ tokens: some Sequence<Int32>, by penalty: Float) throws(LogitError) {
        guard penalty != 1 else { return }
        scores.copy(source)
        for token in tokens where token >= 0 && Int(token) < vocabulary {
            let logit = source[0, Int(token)]
            scores[0, Int(token)] = logit < 0 ? logit * penalty : logit / penalty
        }
        source = scores
        hasWeights = false
        try findMaximum()
    }

    /// Divides all logits by a temperature, which is positive.
    public func divide(by temperature: Float) throws(LogitError) {
        guard temperature != 1 else { return }
        clayers_sampling_divide(level.rawValue, source.base, Int64(vocabulary), temperature, scores.base)
        source = scores
        hasWeights = false
        try findMaximum()
    }

    /// Keeps the tokens with the `count` largest logits, and any whose logit equals the least of them.
    public func keepLargest(_ count: Int) {
        precondition(count > 0, "a token is kept")
        guard count < keptCount ?? vocabulary else { return }
        weigh()
        makeHistogram()
        var bin = 0
        var above = 0
        while above + Int(counts[bin]) < count {
            above += Int(counts[bin])
            bin += 1
        }
        let members = sortEdge(bin: bin)
        precondition(count - above <= members, "the bins hold every token")
        cut(at: source[0, Int(edge[count - above - 1])], lastID: .max)
    }

    /// Keeps the fewest most likely tokens that hold a share of the probability, at least one; of equal ones those with lower
    /// ids (nucleus sampling, arXiv 1904.09751).
    ///
    /// - Parameter share: of the probability of what is kept so far, in (0, 1].
    public func keepMass(_ share: Double) {
        precondition(share > 0 && share <= 1, "a share is kept")
        guard share < 1 else { return }
        weigh()
        makeHistogram()
        let target = share * masses.reduce(0, +)
        var bin = 0
        var above = 0.0
        // A token is kept where those above it hold less than the share.
        while bin + 1 < masses.count, above + masses[bin] < target {
            above += masses[bin]
            bin += 1
        }
        let members = sortEdge(bin: bin)
        // Rounding may leave nothing below the edge of a bin; what is above is then all.
        guard members > 0 else { return }
        var last = 0
        above += Double(weights[0, Int(edge[0])])
        while last + 1 < members, above < target {
            last += 1
            above += Double(weights[0, Int(edge[last])])
        }
        cut(at: source[0, Int(edge[last])], lastID: edge[last])
    }

    /// Keeps the tokens at least a share as likely as the most likely one (min-p, arXiv 2407.01082).
    ///
    /// - Parameter share: in [0, 1].
    public func keepShare(_ share: Float) {
        precondition(share >= 0 && share <= 1, "a share is kept")
        guard share > 0 else { return }
        weigh()
        if let count = keptCount {
            keptCount = Int(
                clayers_sampling_keep(weights.base, kept.baseAddress, Int64(count), share, .max, kept.baseAddress))
        } else {
            keptCount = Int(
                clayers_sampling_at_least(level.rawValue, weights.base, Int64(vocabulary), share, kept.baseAddress))
        }
    }

    /// The tokens that the cuts left, ascending; nil where there was no cut.
    public var keptTokens: [Int32]? { keptCount.map { Array(kept[..<$0]) } }

    /// The token at a point of the cumulated probabilities, in the order of ids, and its log-probability in what the cuts left.
    ///
    /// - Parameter point: in [0, 1).
    public func draw(_ point: Double) -> (token: Int, logProbability: Float) {
        precondition(point >= 0 && point < 1, "a point is in [0, 1)")
        weigh()
        let total: Double
        let token: Int64
        if let count = keptCount {
            total = clayers_sampling_mass(weights.base, kept.baseAddress, Int64(count))
            token = clayers_sampling_draw(weights.base, kept.baseAddress, Int64(count), nil, point * total)
        } else {
            total = blockSums.reduce(0, +)
            token = clayers_sampling_draw(weights.base, nil, Int64(vocabulary), blockSums.baseAddress, point * total)
        }
        // The most likely token weighs 1 and no cut takes it away: some token is always found.
        precondition(token >= 0, "a token is left")
        return (Int(token), Float(Double(source[0, Int(token)]) - Double(maximum) - Glibc.log(total)))
    }

    private func findMaximum() throws(LogitError) {
        let place = clayers_sampling_maximum(level.rawValue, source.base, Int64(vocabulary), &maximum)
        guard place >= 0 else {
            let token = (0..<vocabulary).first { !(source[0, $0] < .infinity) }
            throw .notANumber(token: token ?? 0)
        }
        guard maximum > -.infinity else { throw .allExcluded }
        best = Int(place)
    }

    private func weigh() {
        guard !hasWeights else { return }
        _ = clayers_sampling_weights(
            level.rawValue, source.base, Int64(vocabulary), maximum, weights.base, blockSums.baseAddress)
        hasWeights = true
    }

    private func makeHistogram() {
        counts.update(repeating: 0)
        masses.update(repeating: 0)
        if let count = keptCount {
            clayers_sampling_histogram(
                source.base, weights.base, kept.baseAddress, Int64(count), maximum, counts.baseAddress,
                masses.baseAddress)
        } else {
            clayers_sampling_histogram(
                source.base, weights.base, nil, Int64(vocabulary), maximum, counts.baseAddress, masses.baseAddress)
        }
    }

    /// Leaves the tokens down to a bin in `kept` and those of the bin, the most likely first, in `edge`; says how many these are.
    private func sortEdge(bin: Int) -> Int {
        if keptCount == nil {
            // Somewhat below the bin: which bin a token is in is a matter of rounding.
            let width = 1 / Float(64)
            let isLast = bin == Int(CLAYERS_SAMPLING_BINS) - 1
            let floor = isLast ? -Float.infinity : maximum - Float(bin + 2) * width - abs(maximum) * 1e-6
            keptCount = Int(
                clayers_sampling_at_least(level.rawValue, source.base, Int64(vocabulary), floor, kept.baseAddress))
        }
        let count = clayers_sampling_bin(
            source.base, kept.baseAddress, Int64(keptCount ?? 0), maximum, Int64(bin), edge.baseAddress)
        clayers_sampling_sort(source.base, edge.baseAddress, count)
        return Int(count)
    }

    private func cut(at threshold: Float, lastID: Int32) {
        keptCount = Int(
            clayers_sampling_keep(
                source.base, kept.baseAddress, Int64(keptCount ?? 0), threshold, lastID, kept.baseAddress))
    }
}

import CLayers

/// What the output head makes of rows of logits l: log-probabilities and entropies of p = softmax(l / temperature), and their
/// gradients, with the logits in memory once.
///
/// Numbers are binary32 and their sums binary64, after the maximum is subtracted; a row depends on itself alone, whatever the
/// number of threads. A logit of -infinity has probability 0, and p log p = 0. Where a row has a NaN, +infinity, or nothing but
/// -infinity, its statistics are NaN.
public enum SoftmaxRows {
    /// The statistics of a row.
    public struct Statistics: Sendable {
        let row: clayers_row
        /// The log of the sum of exp(l / temperature).
        public let logSumExp: Double
        /// log p of the row's target; at most 0, up to rounding.
        public let targetLogProbability: Double
        /// - sum of p log p, in nats; at least 0.
        public var entropy: Double { row.entropy }
        /// The id of the largest logit, the lowest one of several.
        public var largest: Int { Int(row.largest) }
        /// The largest logit.
        public var maximum: Float { row.maximum }
    }

    /// The statistics of every row.
    ///
    /// - Parameters:
    ///   - logits: [rows, vocabulary].
    ///   - targets: An id for each row, each in the vocabulary.
    ///   - temperature: Above 0.
    /// - Complexity: two passes over the logits.
    public static func statistics(
        _ team: ThreadTeam, _ logits: Matrix, targets: [Int], temperature: Float = 1
    ) -> [Statistics] {
        statistics(team, logits, targets: targets, temperature: temperature, level: .best)
    }

    static func statistics(
        _ team: ThreadTeam, _ logits: Matrix, targets: [Int], temperature: Float, level: LayerLevel
    ) -> [Statistics] {
        check(logits, targets, temperature)
        let scale = 1 / temperature
        return [Statistics](unsafeUninitializedCapacity: logits.rows) { buffer, count in
            if let results = buffer.baseAddress.map({ SharedAddress(pointer: $0) }) {
                team.run { thread in
                    for row in stride(from: thread, to: logits.rows, by: team.count) {
                        let numbers = logits.base + row * logits.stride
                        let found = clayers_softmax_row(level.rawValue, numbers, logits.columns, scale)
                        // The difference is exact, or next to it, where the logits are large.
                        let target = (Double(numbers[targets[row]]) - Double(found.maximum)) * Double(scale)
                        (results.pointer + row).initialize(
                            to: Statistics(
                                row: found, logSumExp: Double(found.maximum) * Double(scale) + found.log_sum,
                                targetLogProbability: target - found.log_sum))
                    }
                }
            }
            count = logits.rows
        }
    }

    /// Overwrites the logits by the derivatives, with respect to them, of the sum over rows of a log p(target) + b H, H being
    /// the entropy:
    ///
    ///     (a ([j = target] - p_j) - b p_j (log p_j + H)) / temperature
    ///
    /// Rows with a = b = 0 become zeros without being looked at.
    ///
    /// - Parameters:
    ///   - logits: [rows, vocabulary], as they were for the statistics.
    ///   - targets: An id for each row, each in the vocabulary.
    ///   - statistics: Those of the rows, for the same temperature.
    ///   - logProbabilityWeights: a, one for each row.
    ///   - entropyWeights: b, one for each row.
    ///   - temperature: Above 0.
    /// - Returns: Runs of rows that are not zeros, ascending and not adjacent: products need no others.
    /// - Complexity: one pass over the logits.
    @discardableResult
    public static func gradients(
        _ team: ThreadTeam, _ logits: Matrix, targets: [Int], statistics: [Statistics], logProbabilityWeights: [Float],
        entropyWeights: [Float], temperature: Float = 1
    ) -> [Range<Int>] {
        gradients(
            team, logits, targets: targets, statistics: statistics, logProbabilityWeights: logProbabilityWeights,
            entropyWeights: entropyWeights, temperature: temperature, level: .best)
    }

    @discardableResult
    static func gradients(
        _ team: ThreadTeam, _ logits: Matrix, targets: [Int], statistics: [Statistics], logProbabilityWeights: [Float],
        entropyWeights: [Float], temperature: Float, level: LayerLevel
    ) -> [Range<Int>] {
        check(logits, targets, temperature)
        precondition(
            statistics.count == logits.rows && logProbabilityWeights.count == logits.rows
                && entropyWeights.count == logits.rows, "each row has statistics and weights")
        let rows = logits.rows
        let active = (0..<rows).filter { logProbabilityWeights[$0] != 0 || entropyWeights[$0] != 0 }
        let scale = 1 / temperature
        // Prompts are long runs of rows without weight, so that it is the others that are dealt out.
        team.run { thread in
            for index in stride(from: thread, to: active.count, by: team.count) {
                let row = active[index]
                withUnsafePointer(to: statistics[row].row) { found in
                    clayers_softmax_gradient(
                        level.rawValue, logits.base + row * logits.stride, logits.columns, scale, found, targets[row],
                        logProbabilityWeights[row], entropyWeights[row])
                }
            }
        }
        var runs: [Range<Int>] = []
        for row in active {
            if let last = runs.last, last.upperBound == row {
                runs[runs.count - 1] = last.lowerBound..<row + 1
            } else {
                runs.append(row..<row + 1)
            }
        }
        var next = 0
        for run in runs + [rows..<rows] {
            logits.rows(next..<run.lowerBound).fill(0)
            next = run.upperBound
        }
        return runs
    }

    private static func check(_ logits: Matrix, _ targets: [Int], _ temperature: Float) {
        precondition(targets.count == logits.rows, "each row has a target")
        precondition(targets.allSatisfy { $0 >= 0 && $0 < logits.columns }, "targets are in the vocabulary")
        precondition(logits.columns < 1 << 31, "ids have 31 bits")
        precondition(
            temperature > 0 && (1 / temperature).isFinite && temperature.isFinite, "the temperature is above 0")
    }
}

import CLayers
import Tensors

/// Rows of logits compared in pairs: everything of ``RowDivergence`` for p = softmax(x / temperature) and
/// q = softmax(y / temperature).
///
/// A row depends on itself alone, so that results are the same bits whatever the number of threads. Rows of the same bits
/// give exactly zero for every divergence, and no divergence is negative. See <doc:DivergencesOfRows>.
public enum DivergenceRows {
    /// What is compared, and how.
    public struct Settings: Sendable, Hashable {
        /// How many columns are compared, from 1 to 2^24; those behind them are padding and are not looked at.
        public var vocabularySize: Int
        /// What logits are divided by: above 0, and its inverse is finite.
        public var temperature: Double
        /// k: the length of the lists of tokens, from 1 to 65,536.
        public var topWidth: Int

        /// All columns at a temperature.
        public init(vocabularySize: Int, temperature: Double = 1, topWidth: Int = 10) {
            self.vocabularySize = vocabularySize
            self.temperature = temperature
            self.topWidth = topWidth
        }
    }

    /// What was measured.
    public struct Result: Sendable, Hashable {
        /// The statistics of each row.
        public var rows: [RowDivergence]
        /// The most probable tokens under p.
        public var topP: TopTokens
        /// The most probable tokens under q.
        public var topQ: TopTokens
    }

    /// Measures every row.
    ///
    /// A logit of -infinity has probability 0 and is no member of a list; where it stands on one side alone, the divergences
    /// that it makes infinite are infinite.
    ///
    /// - Parameters:
    ///   - reference: x, [rows, at least the vocabulary].
    ///   - policy: y, as many rows; its type and its number of columns may be others.
    ///   - targets: An id for each row, whose log-probabilities and ranks are taken; -1 for none.
    ///   - settings: Sizes and the temperature.
    /// - Throws: ``LogitRowError`` for the first row that is no distribution, whatever the number of threads.
    /// - Complexity: two passes over the logits, and 16 bytes of memory for each column and thread.
    public static func measure(
        _ team: ThreadTeam, reference: LogitRows, policy: LogitRows, targets: [Int32], settings: Settings
    ) throws(LogitRowError) -> Result {
        try measure(
            team, reference: reference, policy: policy, targets: targets, settings: settings, level: .best)
    }

    /// The same at a level of the processor, or from the plain definitions without one.
    static func measure(
        _ team: ThreadTeam, reference: LogitRows, policy: LogitRows, targets: [Int32], settings: Settings,
        level: LayerLevel?
    ) throws(LogitRowError) -> Result {
        check(reference, policy, targets, settings)
        let work = Work(reference: reference, policy: policy, targets: targets, settings: settings, level: level)
        let rows = reference.rows
        var result = Result(
            rows: [RowDivergence](repeating: RowDivergence(), count: rows),
            topP: TopTokens(width: settings.topWidth), topQ: TopTokens(width: settings.topWidth))
        result.topP.makeRoom(rows: rows)
        result.topQ.makeRoom(rows: rows)
        var faults = [clayers_row_fault](repeating: clayers_row_fault(), count: rows)
        result.rows.withUnsafeMutableBufferPointer { found in
            faults.withUnsafeMutableBufferPointer { faults in
                result.topP.withLists { topP in
                    result.topQ.withLists { topQ in
                        let places = SharedAcrossThreads((found: found, faults: faults, topP: topP, topQ: topQ))
                        team.run { thread in
                            let scratch = team.scratch(UInt8.self, count: work.scratchBytes, thread: thread)
                            for row in stride(from: thread, to: rows, by: team.count) {
                                let (found, faults, topP, topQ) = places.value
                                faults[row] = work.measure(
                                    row, scratch: scratch, into: &found[row], topP: topP.list(row),
                                    topQ: topQ.list(row))
                            }
                        }
                    }
                }
            }
        }
        for (row, fault) in faults.enumerated() {
            if let error = LogitRowError(fault, row: row) { throw error }
        }
        return result
    }

    private static func check(
        _ reference: LogitRows, _ policy: LogitRows, _ targets: [Int32], _ settings: Settings
    ) {
        let size = settings.vocabularySize
        precondition(
            reference.rows == policy.rows && targets.count == reference.rows, "each row has a partner and a target")
        precondition((1...1 << 24).contains(size), "a vocabulary has from 1 to 2^24 tokens")
        precondition(reference.columns >= size && policy.columns >= size, "rows hold the vocabulary")
        precondition(targets.allSatisfy { $0 >= -1 && $0 < size }, "targets are in the vocabulary")
        precondition((1...65_536).contains(settings.topWidth), "lists have from 1 to 65,536 tokens")
        precondition(
            settings.temperature > 0 && settings.temperature.isFinite && (1 / settings.temperature).isFinite,
            "the temperature is above 0")
    }

    /// One row after the other.
    private struct Work: Sendable {
        let reference: LogitRows
        let policy: LogitRows
        let targets: [Int32]
        let settings: Settings
        let level: LayerLevel?

        var scratchBytes: Int {
            clayers_divergence_scratch(Int64(settings.vocabularySize), Int64(settings.topWidth))
        }

        func measure(
            _ row: Int, scratch: UnsafeMutablePointer<UInt8>, into found: inout RowDivergence,
            topP: clayers_divergence_top, topQ: clayers_divergence_top
        ) -> clayers_row_fault {
            var divergence = clayers_divergence()
            let options = clayers_divergence_settings(
                count: Int64(settings.vocabularySize), temperature: settings.temperature,
                width: Int64(settings.topWidth), target: targets[row])
            let x = clayers_logits(numbers: reference.address(of: row), type: reference.type.logitType ?? -1)
            let y = clayers_logits(numbers: policy.address(of: row), type: policy.type.logitType ?? -1)
            let fault = withUnsafePointer(to: options) { options in
                if let level {
                    clayers_divergence_row(level.rawValue, x, y, options, scratch, &divergence, topP, topQ)
                } else {
                    clayers_divergence_row_plain(x, y, options, scratch, &divergence, topP, topQ)
                }
            }
            if fault.kind == Int32(CLAYERS_ROW_GOOD) { found = RowDivergence(divergence) }
            return fault
        }
    }
}

extension RowDivergence {
    /// What the kernel wrote, under the names of a diagnosis.
    init(_ found: clayers_divergence) {
        self.init()
        klPQ = found.kl_pq
        klQP = found.kl_qp
        jensenShannon = found.jensen_shannon
        totalVariation = found.total_variation
        chiSquarePQ = found.chi_pq
        chiSquareQP = found.chi_qp
        hellinger = found.hellinger
        entropyP = found.p.entropy
        entropyQ = found.q.entropy
        // Both parts are positive, so that nothing cancels.
        crossEntropyPQ = found.p.entropy + found.kl_pq
        crossEntropyQP = found.q.entropy + found.kl_qp
        varentropyP = found.p.varentropy
        varentropyQ = found.q.varentropy
        logP = found.p.target
        logQ = found.q.target
        logRatio = found.target_ratio
        rankP = found.p.rank
        rankQ = found.q.rank
        logNormaliserP = found.p.log_normaliser
        logNormaliserQ = found.q.log_normaliser
        squareP = found.p.square
        squareQ = found.q.square
        unsupportedPQ = found.unsupported_pq
        unsupportedQP = found.unsupported_qp
        topAgrees = found.p.largest == found.q.largest
        topOverlap = found.top_overlap
        topKL = found.top_kl
        topMassP = found.top_mass_p
        topMassQ = found.top_mass_q
    }
}

extension TopTokens {
    /// Where the lists of all rows are.
    struct Lists {
        let width: Int
        let ids: UnsafeMutablePointer<Int32>?
        let logs: UnsafeMutablePointer<Float>?

        func list(_ row: Int) -> clayers_divergence_top {
            clayers_divergence_top(ids: ids.map { $0 + row * width }, logs: logs.map { $0 + row * width })
        }
    }

    mutating func makeRoom(rows: Int) {
        ids = [Int32](repeating: -1, count: rows * width)
        logProbs = [Float](repeating: -.infinity, count: rows * width)
    }

    mutating func withLists(_ body: (Lists) -> Void) {
        let width = width
        ids.withUnsafeMutableBufferPointer { ids in
            logProbs.withUnsafeMutableBufferPointer { logs in
                body(Lists(width: width, ids: ids.baseAddress, logs: logs.baseAddress))
            }
        }
    }
}

extension TensorType {
    /// The number by which the loops in C know a type of logits; nil for what logits are not.
    var logitType: Int32? {
        switch self {
        case .float16: Int32(CLAYERS_LOGITS_F16)
        case .bfloat16: Int32(CLAYERS_LOGITS_BF16)
        case .float32: Int32(CLAYERS_LOGITS_F32)
        case .float64: Int32(CLAYERS_LOGITS_F64)
        default: nil
        }
    }
}

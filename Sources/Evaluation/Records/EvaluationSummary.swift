public import JSON

/// What the problems of an evaluation came to together.
public struct EvaluationSummary: Sendable {
    /// One measure at one k.
    public struct Row: Sendable, Hashable {
        /// The measure.
        public let measure: Measure
        /// How many rollouts it is about.
        public let k: Int
        /// Problems with at least k rollouts; the others do not count.
        public let problems: Int
        /// The mean over these problems and its interval.
        public let interval: BootstrapInterval
    }

    /// The rows: by measure, then in the order of the ks.
    public let rows: [Row]
    /// All problems.
    public let problems: Int
    /// All rollouts.
    public let rollouts: Int
    /// The confidence of the intervals.
    public let confidence: Double

    /// Sums up.
    ///
    /// Every row draws the same problems, so that intervals of different measures can be compared.
    ///
    /// - Parameters:
    ///   - records: one for each problem.
    ///   - ks: the numbers of rollouts to report, each at least 1; those that no problem has are left out.
    ///   - confidence: of the intervals, in (0, 1).
    ///   - resamples: for each row.
    ///   - seed: of the draws.
    public init(
        _ records: [ProblemRecord], ks: [Int], confidence: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 0
    ) {
        var rows: [Row] = []
        for measure in Measure.allCases {
            for k in ks {
                let values = records.compactMap { $0.value(measure, k: k) }
                let interval = BootstrapInterval(
                    of: values, confidence: confidence, resamples: resamples, seed: seed)
                guard let interval else { continue }
                rows.append(Row(measure: measure, k: k, problems: values.count, interval: interval))
            }
        }
        self.rows = rows
        self.confidence = confidence
        problems = records.count
        rollouts = records.reduce(0) { $0 + $1.rewards.count }
    }

    /// The summary as a JSON object: `problems`, `rollouts`, `confidence` and `measures`, a list of `measure`, `k`, `problems`,
    /// `mean`, `lower` and `upper`.
    public var json: JSONNode {
        .object([
            (key: "problems", value: .int(Int64(problems))), (key: "rollouts", value: .int(Int64(rollouts))),
            (key: "confidence", value: .double(confidence)),
            (
                key: "measures",
                value: .array(
                    rows.map { row in
                        .object([
                            (key: "measure", value: .string(row.measure.rawValue)),
                            (key: "k", value: .int(Int64(row.k))),
                            (key: "problems", value: .int(Int64(row.problems))),
                            (key: "mean", value: .double(row.interval.mean)),
                            (key: "lower", value: .double(row.interval.lower)),
                            (key: "upper", value: .double(row.interval.upper)),
                        ])
                    })
            ),
        ])
    }
}

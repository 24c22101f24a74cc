public import JSON

/// Numbers of a diagnosis under the names that others log them by, computed as they define them.
///
/// p stands for the policy that they call old, behaviour, rollout, sampling or reference, q for the one that is trained, and
/// the response for the tokens of their mask. Numbers that need what a diagnosis has not are nil.
public struct MetricNames: Sendable {
    /// Names and numbers, in the order of their groups.
    public private(set) var values: [(name: String, value: Double?)] = []

    /// The number of a name; nil where there is no such name too.
    public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }

    /// An object: null for numbers that do not exist or are not finite.
    public var json: JSONNode { .object(values.map { (key: $0.name, value: .number($0.value)) }) }

    mutating func add(_ name: String, _ value: Double?) { values.append((name, value)) }

    /// Keeps the names, and none of the numbers.
    mutating func forgetValues() { values = values.map { ($0.name, nil) } }
}

/// What the metrics of others are computed from: the tokens of the response whose log-ratio is known.
struct MetricTokens {
    /// A sequence's part of the tokens.
    let sequences: [Range<Int>]
    let logP: [Double]
    let logQ: [Double]
    let advantages: [Double]
    /// Tokens of each sequence's response, also where log-ratios are not known.
    let lengths: [Int]

    /// log q - log p.
    var logRatios: [Double] { zip(logQ, logP).map { $0 - $1 } }
    /// Whether every token has an advantage.
    var hasAdvantages: Bool { !advantages.isEmpty && !advantages.contains(where: \.isNaN) }

    init(_ file: borrowing DiagnosisFile, _ rows: ResponseRows) throws {
        let (logP, logQ) = (try file.statistic(.logP), try file.statistic(.logQ))
        let places = logP.indices.filter { rows.contains($0) && !(logQ[$0] - logP[$0]).isNaN }
        let advantages = try file.statistic(.advantage)
        self.logP = places.map { logP[$0] }
        self.logQ = places.map { logQ[$0] }
        self.advantages = places.map { advantages[$0] }
        lengths = rows.lengths.filter { $0 > 0 }
        var sequences: [Range<Int>] = []
        for (index, row) in places.enumerated() {
            if index > 0, rows.sequences[row] == rows.sequences[places[index - 1]], let last = sequences.popLast() {
                sequences.append(last.lowerBound..<index + 1)
            } else {
                sequences.append(index..<index + 1)
            }
        }
        self.sequences = sequences
    }

    /// The mean; NaN of nothing.
    static func mean(_ values: some Collection<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

    /// The sum over each sequence.
    func sums(_ values: [Double]) -> [Double] { sequences.map { values[$0].reduce(0, +) } }

    /// The mean over each sequence.
    func means(_ values: [Double]) -> [Double] { sequences.map { Self.mean(values[$0]) } }
}

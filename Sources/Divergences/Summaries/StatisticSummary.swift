public import Evaluation

/// A statistic over the tokens of the response.
public struct StatisticSummary: Sendable, Hashable {
    /// Which.
    public let statistic: TokenStatistic
    /// Tokens with a finite number.
    public let tokens: Int
    /// Tokens whose number is infinite.
    public let infinite: Int
    /// Tokens whose number is not known.
    public let unknown: Int
    /// The mean of the finite numbers and its interval over sequences; nil where there are none.
    public let mean: BootstrapInterval?
    /// The standard deviation of the finite numbers over tokens (divided by their number); NaN where there are none.
    public let standardDeviation: Double
    /// The quantiles of ``DiagnosisSummary/quantileShares``, over finite and infinite numbers; NaN where there are none.
    public let quantiles: [Double]

    static let shares = [0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]

    init(_ statistic: TokenStatistic, _ values: [Double], _ rows: ResponseRows, mean: BootstrapInterval?) {
        var known: [Double] = []
        known.reserveCapacity(values.count)
        var (infinite, unknown) = (0, 0)
        for row in values.indices where rows.contains(row) {
            let value = values[row]
            guard !value.isNaN else {
                unknown += 1
                continue
            }
            if value.isInfinite { infinite += 1 }
            known.append(value)
        }
        self.statistic = statistic
        tokens = known.count - infinite
        (self.infinite, self.unknown, self.mean) = (infinite, unknown, mean)
        standardDeviation = Moments(known).standardDeviation
        quantiles = Quantiles.of(&known, Self.shares)
    }
}

/// A statistic over the tokens of a group.
public struct GroupStatistic: Sendable, Hashable {
    /// Which.
    public let statistic: TokenStatistic
    /// Tokens of the group with a finite number.
    public let tokens: Int
    /// Tokens of the group whose number is infinite.
    public let infinite: Int
    /// The mean of the finite numbers and its interval over sequences; nil where there are none.
    public let mean: BootstrapInterval?
}

/// Some of the tokens.
public struct TokenGroup: Sendable, Hashable {
    /// What the group is called, such as "continuation" or "16-31".
    public let name: String
    /// Where it begins: a place in the response, a share of it, or an entropy; nil for segments.
    public let from: Double?
    /// Where it ends, exclusive; nil where it is open.
    public let to: Double?
    /// How many tokens it has.
    public let tokens: Int
    /// In how many sequences.
    public let sequences: Int
    /// The means of some statistics.
    public let statistics: [GroupStatistic]

    /// The statistics that groups have.
    static let kept: [TokenStatistic] = [
        .klPQ, .klQP, .jensenShannon, .totalVariation, .entropyP, .entropyQ, .logP, .logQ, .logRatio, .k3, .topKL,
    ]
}

/// One number of each sequence.
public struct SequenceStatistic: Sendable, Hashable {
    /// "tokens" for the lengths; else the column that is summed over the response.
    public let name: String
    /// Sequences with a finite number.
    public let sequences: Int
    /// Sequences whose number is infinite.
    public let infinite: Int
    /// The mean of the finite ones and its interval.
    public let mean: BootstrapInterval?
    /// Over sequences (divided by their number); NaN where there are none.
    public let standardDeviation: Double
    /// The least finite one; NaN where there are none.
    public let minimum: Double
    /// The greatest finite one; NaN where there are none.
    public let maximum: Double

    init(_ name: String, _ values: [Double], mean: BootstrapInterval?) {
        let moments = Moments(values)
        self.name = name
        sequences = moments.count
        infinite = values.count { $0.isInfinite }
        self.mean = mean
        standardDeviation = moments.standardDeviation
        minimum = values.lazy.filter(\.isFinite).min() ?? .nan
        maximum = values.lazy.filter(\.isFinite).max() ?? .nan
    }
}

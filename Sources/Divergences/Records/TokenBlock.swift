public import Kernels

/// What is known of consecutive tokens, column by column.
public struct TokenBlock: Sendable {
    /// How many tokens.
    public private(set) var count = 0
    /// For each ``TokenStatistic``, in their order, a number of each token.
    public private(set) var statistics: [[Double]]
    /// For each ``TokenCount``, in their order, a number of each token.
    public private(set) var counts: [[Int32]]
    /// The most probable tokens under p.
    public private(set) var topP: TopTokens
    /// The most probable tokens under q.
    public private(set) var topQ: TopTokens

    /// A token: which, and where it stands.
    public struct Place: Sendable, Hashable {
        /// The id; nil where it is not known.
        public var tokenID: Int32?
        /// The place in the sequence, from 0.
        public var position: Int32
        /// The number of the sequence.
        public var sequence: Int32
        /// The part of the sequence.
        public var segment: Segment
        /// The advantage; NaN where it is not known.
        public var advantage: Double

        /// Describes a token.
        public init(
            tokenID: Int32?, position: Int32, sequence: Int32, segment: Segment, advantage: Double = .nan
        ) {
            self.tokenID = tokenID
            self.position = position
            self.sequence = sequence
            self.segment = segment
            self.advantage = advantage
        }
    }

    /// No tokens yet.
    ///
    /// - Parameter topWidth: k, of the most probable tokens.
    public init(topWidth: Int) {
        statistics = TokenStatistic.allCases.map { _ in [] }
        counts = TokenCount.allCases.map { _ in [] }
        topP = TopTokens(width: topWidth)
        topQ = TopTokens(width: topWidth)
    }

    /// The numbers of a statistic.
    public subscript(statistic: TokenStatistic) -> [Double] { statistics[statistic.index] }
    /// The numbers of a column of whole numbers.
    public subscript(count: TokenCount) -> [Int32] { counts[count.index] }

    /// Appends tokens.
    ///
    /// - Parameters:
    ///   - rows: what was found of each of the places.
    ///   - noiseFloors: one for each.
    ///   - topP: as many rows.
    ///   - topQ: as many rows.
    public mutating func append(
        _ places: [Place], _ rows: [RowDivergence], noiseFloors: [Double], topP: TopTokens, topQ: TopTokens
    ) {
        precondition(places.count == rows.count && noiseFloors.count == rows.count, "each place has its numbers")
        precondition(
            topP.width == self.topP.width && topQ.width == self.topQ.width
                && topP.ids.count == rows.count * topP.width && topQ.ids.count == rows.count * topQ.width,
            "each place has its most probable tokens")
        for (index, row) in rows.enumerated() { append(places[index], row, noiseFloor: noiseFloors[index]) }
        self.topP.ids += topP.ids
        self.topP.logProbs += topP.logProbs
        self.topQ.ids += topQ.ids
        self.topQ.logProbs += topQ.logProbs
        count += rows.count
    }

    /// Forgets the tokens, and keeps the memory.
    public mutating func removeAll() {
        for index in statistics.indices { statistics[index].removeAll(keepingCapacity: true) }
        for index in counts.indices { counts[index].removeAll(keepingCapacity: true) }
        topP = TopTokens(width: topP.width)
        topQ = TopTokens(width: topQ.width)
        count = 0
    }

    private mutating func append(_ place: Place, _ row: RowDivergence, noiseFloor: Double) {
        let sampled = SampledToken(logP: row.logP, logQ: row.logQ, logRatio: row.logRatio)
        for statistic in TokenStatistic.allCases {
            let value =
                switch statistic {
                case .klPQ: row.klPQ
                case .klQP: row.klQP
                case .jensenShannon: row.jensenShannon
                case .totalVariation: row.totalVariation
                case .chiSquarePQ: row.chiSquarePQ
                case .chiSquareQP: row.chiSquareQP
                case .hellinger: row.hellinger
                case .entropyP: row.entropyP
                case .entropyQ: row.entropyQ
                case .crossEntropyPQ: row.crossEntropyPQ
                case .crossEntropyQP: row.crossEntropyQP
                case .varentropyP: row.varentropyP
                case .varentropyQ: row.varentropyQ
                case .logP: row.logP
                case .logQ: row.logQ
                case .logRatio: sampled.logRatio
                case .ratio: sampled.ratio
                case .deltaP: sampled.deltaP
                case .k1: sampled.k1
                case .k2: sampled.k2
                case .k3: sampled.k3
                case .unsupportedPQ: row.unsupportedPQ
                case .unsupportedQP: row.unsupportedQP
                case .topKL: row.topKL
                case .topMassP: row.topMassP
                case .topMassQ: row.topMassQ
                case .logNormaliserP: row.logNormaliserP
                case .logNormaliserQ: row.logNormaliserQ
                case .noiseFloor: noiseFloor
                case .advantage: place.advantage
                }
            statistics[statistic.index].append(value)
        }
        for column in TokenCount.allCases {
            let value =
                switch column {
                case .tokenID: place.tokenID ?? -1
                case .position: place.position
                case .sequence: place.sequence
                case .rankP: row.rankP
                case .rankQ: row.rankQ
                case .topAgrees: Int32(row.topAgrees ? 1 : 0)
                case .topOverlap: row.topOverlap
                case .segment: Int32(place.segment.rawValue)
                }
            counts[column.index].append(value)
        }
    }
}

/// What two policies say of the token that stands at a place.
public struct SampledToken: Sendable, Hashable {
    /// log x, under the reference.
    public let logP: Double
    /// log y, under the policy.
    public let logQ: Double

    /// l = log y - log x; NaN where both are -infinity.
    public let logRatio: Double

    /// The two log-probabilities; NaN where one is not known.
    ///
    /// - Parameter logRatio: their difference where it is known more exactly; NaN: not.
    public init(logP: Double, logQ: Double, logRatio: Double = .nan) {
        self.logP = logP
        self.logQ = logQ
        self.logRatio = logRatio.isNaN ? logQ - logP : logRatio
    }

    /// y / x.
    public var ratio: Double { Exponential.of(logRatio) }
    /// y - x, accurate where they are close.
    public var deltaP: Double {
        logP == -.infinity ? Exponential.of(logQ) : Exponential.of(logP) * Exponential.minusOne(logRatio)
    }
    /// -l (Schulman, "Approximating KL divergence", 2020).
    public var k1: Double { -logRatio }
    /// l^2 / 2.
    public var k2: Double { logRatio * logRatio / 2 }
    /// exp(l) - 1 - l; at least 0.
    public var k3: Double { Exponential.minusOneMinus(logRatio) }
}

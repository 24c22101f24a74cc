import Kernels

/// Compares what two top-k lists say of the same place.
enum TopListDivergence {
    /// Sums of log-probabilities in binary32 are this far from the truth; a rest below it may be rounding.
    private static let smallestTail = 1e-5

    /// What is known: a lower bound of KL(p || q) in `topKL`, and the probabilities of its tokens; NaN is what is not.
    ///
    /// Tokens that both lists have are outcomes, and all others together are one more, so that the sum is a divergence between
    /// coarser distributions (the data processing inequality). Each outcome adds p log(p / q) - p + q, which is never negative
    /// and 0 where p = q; with a rest too small to be told from rounding it is left out, which lowers the bound.
    ///
    /// - Parameter target: the token that stands at the place.
    static func measure(p: TopList, q: TopList, target: Int32?) -> RowDivergence {
        var row = unknown
        var (massP, massQ, sum) = (0.0, 0.0, 0.0)
        var other = 0
        for entry in p.entries {
            while other < q.entries.count, q.entries[other].id < entry.id { other += 1 }
            guard other < q.entries.count, q.entries[other].id == entry.id else { continue }
            let (logP, logQ) = (entry.logProb, q.entries[other].logProb)
            let (x, y) = (Exponential.of(logP), Exponential.of(logQ))
            massP += x
            massQ += y
            sum += term(logP: logP, logQ: logQ)
        }
        let (tailP, tailQ) = (1 - massP, 1 - massQ)
        if min(tailP, tailQ) > smallestTail {
            sum += term(logP: Exponential.log(tailP), logQ: Exponential.log(tailQ))
        }
        row.topKL = sum
        (row.topMassP, row.topMassQ) = (min(massP, 1), min(massQ, 1))
        if let target {
            if let entry = p[target] { (row.logP, row.rankP) = (entry.logProb, entry.rank) }
            if let entry = q[target] { (row.logQ, row.rankQ) = (entry.logProb, entry.rank) }
        }
        return row
    }

    /// p log(p / q) - p + q.
    private static func term(logP: Double, logQ: Double) -> Double {
        if logP == -.infinity { return Exponential.of(logQ) }
        return Exponential.of(logP) * Exponential.minusOneMinus(logQ - logP)
    }

    /// Says how far the most probable tokens agree.
    static func compare<IDs: Sequence<Int32>>(top p: IDs, _ q: IDs, into row: inout RowDivergence) {
        let others = Set(q)
        row.topOverlap = Int32(clamping: p.count { $0 >= 0 && others.contains($0) })
        row.topAgrees = p.first { _ in true } == q.first { _ in true } && row.topOverlap > 0
    }

    /// A row of which nothing is known.
    static var unknown: RowDivergence {
        var row = RowDivergence()
        for field in [
            \RowDivergence.klPQ, \.klQP, \.jensenShannon, \.totalVariation, \.chiSquarePQ, \.chiSquareQP, \.hellinger,
            \.entropyP, \.entropyQ, \.crossEntropyPQ, \.crossEntropyQP, \.varentropyP, \.varentropyQ, \.logNormaliserP,
            \.logNormaliserQ, \.squareP, \.squareQ, \.unsupportedPQ, \.unsupportedQP, \.topKL, \.topMassP, \.topMassQ,
        ] { row[keyPath: field] = .nan }
        return row
    }
}

extension TopTokens {
    /// Appends a row: the most probable tokens of a list, and where there are fewer than the width, none.
    mutating func append(_ list: TopList) {
        let top = list.top(width)
        for index in 0..<width {
            ids.append(index < top.count ? top[index].id : -1)
            logProbs.append(index < top.count ? Float(top[index].logProb) : -.infinity)
        }
    }

    /// The ids of a row.
    func ids(row: Int) -> ArraySlice<Int32> { ids[row * width..<(row + 1) * width] }

    /// Some of the rows.
    func rows(_ range: Range<Int>) -> TopTokens {
        var part = TopTokens(width: width)
        part.ids = Array(ids[range.lowerBound * width..<range.upperBound * width])
        part.logProbs = Array(logProbs[range.lowerBound * width..<range.upperBound * width])
        return part
    }
}

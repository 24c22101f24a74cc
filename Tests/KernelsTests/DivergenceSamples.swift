import Tensors

@testable import Kernels

extension RowDivergence {
    /// All statistics, in the order of the goldens, and their names.
    var named: [(name: String, number: Double)] {
        [
            ("klPQ", klPQ), ("klQP", klQP), ("jensenShannon", jensenShannon), ("totalVariation", totalVariation),
            ("chiSquarePQ", chiSquarePQ), ("chiSquareQP", chiSquareQP), ("hellinger", hellinger),
            ("entropyP", entropyP), ("entropyQ", entropyQ), ("crossEntropyPQ", crossEntropyPQ),
            ("crossEntropyQP", crossEntropyQP), ("varentropyP", varentropyP), ("varentropyQ", varentropyQ),
            ("logP", logP), ("logQ", logQ), ("rankP", Double(rankP)), ("rankQ", Double(rankQ)),
            ("logNormaliserP", logNormaliserP), ("logNormaliserQ", logNormaliserQ), ("squareP", squareP),
            ("squareQ", squareQ), ("unsupportedPQ", unsupportedPQ), ("unsupportedQP", unsupportedQP),
            ("topAgrees", topAgrees ? 1 : 0), ("topOverlap", Double(topOverlap)), ("topKL", topKL),
            ("topMassP", topMassP), ("topMassQ", topMassQ),
        ]
    }

    /// What is never negative, and zero for equal rows.
    var divergences: [Double] {
        [klPQ, klQP, jensenShannon, totalVariation, chiSquarePQ, chiSquareQP, hellinger, topKL]
    }

    /// The first statistic that is further from the other's than a relative error; nil where none is.
    func firstDifference(from other: RowDivergence, relative: Double) -> String? {
        for (found, expected) in zip(named, other.named) {
            let (a, b) = (found.number, expected.number)
            if a == b || (a.isNaN && b.isNaN) { continue }
            // A normaliser may be next to zero where the largest logit is not.
            let size = found.name.hasPrefix("logNormaliser") ? max(b.magnitude, 1) : b.magnitude
            // The root of a sum that is below all numbers is zero.
            if a.isFinite && b.isFinite && (a - b).magnitude <= relative * size + 1e-200 { continue }
            return "\(found.name): \(a), expected \(b)"
        }
        return nil
    }

    /// With p and q exchanged.
    var exchanged: RowDivergence {
        var other = self
        (other.klPQ, other.klQP) = (klQP, klPQ)
        (other.chiSquarePQ, other.chiSquareQP) = (chiSquareQP, chiSquarePQ)
        (other.entropyP, other.entropyQ) = (entropyQ, entropyP)
        (other.crossEntropyPQ, other.crossEntropyQP) = (crossEntropyQP, crossEntropyPQ)
        (other.varentropyP, other.varentropyQ) = (varentropyQ, varentropyP)
        (other.logP, other.logQ, other.logRatio) = (logQ, logP, 0 - logRatio)
        (other.rankP, other.rankQ) = (rankQ, rankP)
        (other.logNormaliserP, other.logNormaliserQ) = (logNormaliserQ, logNormaliserP)
        (other.squareP, other.squareQ) = (squareQ, squareP)
        (other.unsupportedPQ, other.unsupportedQP) = (unsupportedQP, unsupportedPQ)
        return other
    }
}

/// Rows of logits of a type.
enum DivergenceSamples {
    /// Rows in memory of a type, which rounds them.
    static func rows(_ rows: [[Double]], type: TensorType = .float32) -> LogitRows {
        let columns = rows.first?.count ?? 0
        let buffer = LogitBuffer(type: type, rows: rows.count, columns: columns)
        buffer.withBytes(rows: rows.count) { bytes in
            Array(rows.joined()).withUnsafeBytes { numbers in
                _ = ElementConversion.convert(numbers, from: .float64, into: bytes, to: type)
            }
        }
        return LogitRows(buffer, rows: 0..<rows.count)
    }

    /// Pairs of rows of every kind: near to each other and far, with offsets, masks and one token that has nearly everything.
    static func pairs(_ count: Int, columns: Int, seed: UInt64) -> (x: [[Double]], y: [[Double]]) {
        var random = RandomNumbers(seed: seed)
        let spreads: [Float] = [0, 1e-6, 1e-3, 0.05, 0.4, 2, 20]
        var (x, y): ([[Double]], [[Double]]) = ([], [])
        for index in 0..<count {
            let spread = spreads[index % spreads.count]
            var (a, b): ([Double], [Double]) = ([], [])
            for column in 0..<columns {
                var u = random.next() * 12
                var v = u + random.next() * spread
                switch index / spreads.count % 5 {
                case 1: (u, v) = (u + 1000, v - 300)
                case 2 where column != columns / 2: (u, v) = (u - 50, v - 45)
                case 3 where column % 3 == 1: (u, v) = (-.infinity, -.infinity)
                case 4 where column % 7 == 3: (u, v) = column % 2 == 0 ? (-.infinity, v) : (u, -.infinity)
                default: break
                }
                a.append(Double(u))
                b.append(Double(v))
            }
            x.append(a)
            y.append(b)
        }
        return (x, y)
    }
}

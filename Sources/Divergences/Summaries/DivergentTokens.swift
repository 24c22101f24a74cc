/// A token at which two policies differ much.
public struct DivergentToken: Sendable, Hashable {
    /// The row of the diagnosis.
    public let row: Int
    /// The sequence, from 0.
    public let sequence: Int
    /// What the input calls the sequence.
    public let sequenceID: String
    /// The place in the sequence.
    public let position: Int
    /// The part of the sequence.
    public let segment: Segment
    /// The token; nil where it is not known.
    public let tokenID: Int32?
    /// Its text, with U+FFFD for bytes that are not UTF-8; nil where it is not known.
    public let text: String?
    /// KL(p || q), of top-k inputs ``TokenStatistic/topKL``.
    public let kl: Double
    /// KL(q || p).
    public let klQP: Double
    /// The entropies of both.
    public let entropyP: Double
    /// The entropy of q.
    public let entropyQ: Double
    /// log p of the token.
    public let logP: Double
    /// log q of the token.
    public let logQ: Double
}

/// All tokens with one id.
public struct DivergentTokenID: Sendable, Hashable {
    /// The id.
    public let tokenID: Int32
    /// Its text, with U+FFFD for bytes that are not UTF-8; nil where it is not known.
    public let text: String?
    /// How many tokens with a known KL.
    public let tokens: Int
    /// Of these, tokens with an infinite KL.
    public let infinite: Int
    /// The sum of the finite KLs.
    public let totalKL: Double
    /// Of the sum over the response.
    public let share: Double

    /// The mean of the finite KLs; NaN where there are none.
    public var meanKL: Double { totalKL / Double(tokens - infinite) }
}

/// The tokens that contribute most to the divergence of two policies.
struct DivergentTokens {
    private(set) var tokens: [DivergentToken] = []
    private(set) var ids: [DivergentTokenID] = []

    /// - Parameter kls: of all tokens of the diagnosis.
    init(_ file: borrowing DiagnosisFile, _ kls: [Double], _ rows: ResponseRows, limit: Int) throws {
        guard limit > 0, rows.count > 0 else { return }
        let texts = try file.vocabulary()
        func text(_ id: Int32) -> String? { texts[id].map { String(decoding: $0, as: UTF8.self) } }
        let tokenIDs = try file.column(.tokenID)
        for row in Self.greatest(kls, rows, limit: limit) {
            func value(_ statistic: TokenStatistic) throws -> Double {
                try file.statistic(statistic, rows: row..<row + 1).first ?? .nan
            }
            let sequence = Int(rows.sequences[row])
            tokens.append(
                DivergentToken(
                    row: row, sequence: sequence,
                    sequenceID: try file.sequenceIDs(rows: sequence..<sequence + 1).first ?? "",
                    position: Int(try file.column(.position, rows: row..<row + 1).first ?? 0),
                    segment: rows.segments[row], tokenID: tokenIDs[row] < 0 ? nil : tokenIDs[row],
                    text: text(tokenIDs[row]), kl: kls[row], klQP: try value(.klQP), entropyP: try value(.entropyP),
                    entropyQ: try value(.entropyQ), logP: try value(.logP), logQ: try value(.logQ)))
        }
        ids = Self.grouped(kls, tokenIDs, rows, limit: limit, text: text)
    }

    /// The rows with the greatest numbers above 0, descending; of equal ones the first.
    private static func greatest(_ values: [Double], _ rows: ResponseRows, limit: Int) -> [Int] {
        var found: [Int] = []
        for row in values.indices where rows.contains(row) && values[row] > 0 {
            if found.count == limit, let last = found.last, values[row] <= values[last] { continue }
            let place = found.firstIndex { values[$0] < values[row] } ?? found.count
            found.insert(row, at: place)
            if found.count > limit { found.removeLast() }
        }
        return found
    }

    private static func grouped(
        _ kls: [Double], _ ids: [Int32], _ rows: ResponseRows, limit: Int, text: (Int32) -> String?
    ) -> [DivergentTokenID] {
        var groups: [Int32: (tokens: Int, infinite: Int, total: Double)] = [:]
        var total = 0.0
        for row in kls.indices where rows.contains(row) && !kls[row].isNaN {
            let isInfinite = kls[row].isInfinite
            let kl = isInfinite ? 0 : kls[row]
            total += kl
            guard ids[row] >= 0 else { continue }
            var group = groups[ids[row]] ?? (0, 0, 0)
            group.tokens += 1
            group.infinite += isInfinite ? 1 : 0
            group.total += kl
            groups[ids[row]] = group
        }
        let order = groups.filter { $0.value.total > 0 || $0.value.infinite > 0 }.keys.sorted {
            let (a, b) = (groups[$0]?.total ?? 0, groups[$1]?.total ?? 0)
            return a != b ? a > b : $0 < $1
        }
        return order.prefix(limit).compactMap { id in
            groups[id].map {
                DivergentTokenID(
                    tokenID: id, text: text(id), tokens: $0.tokens, infinite: $0.infinite, totalKL: $0.total,
                    share: $0.total / total)
            }
        }
    }
}

import Divergences
import JSON

/// The texts of a diagnosis, token by token.
struct TokenHeatmap: Sendable {
    let choice: SequenceChoice
    private let tokens: DiagnosisTokens
    private let vocabulary: [Int32: [UInt8]]
    private let summary: JSONNode
    private let limits: DiagnosisReport.Limits
    private let slots: [Int: Int]

    init(
        _ file: borrowing DiagnosisFile, _ tokens: DiagnosisTokens, vocabulary: [Int32: [UInt8]], summary: JSONNode,
        limits: DiagnosisReport.Limits
    ) throws {
        self.tokens = tokens
        self.vocabulary = vocabulary
        self.summary = summary
        self.limits = limits
        let divergent = (summary["divergent_tokens"]?.items ?? []).compactMap { $0["sequence"]?.integer }
        choice = SequenceChoice(tokens, divergent: divergent, limits: limits)
        slots = Dictionary(uniqueKeysWithValues: choice.sequences.enumerated().map { ($1, $0) })
    }

    /// Where the page shows a token: the place of its sequence among those shown, and its place in it; nil where it does not.
    func place(ofRow row: Int, inSequence sequence: Int) -> (slot: Int, token: Int)? {
        guard let slot = slots[sequence], tokens.offsets.indices.contains(sequence) else { return nil }
        let token = row - tokens.offsets[sequence]
        return token >= 0 && token < choice.lengths[slot] ? (slot, token) : nil
    }

    func section(_ file: borrowing DiagnosisFile) throws -> PageBlock {
        var table = TokenTable(vocabulary, textBytes: limits.textBytes)
        var sequences: [JSONNode] = []
        for slot in choice.sequences.indices { sequences.append(try node(of: slot, file, &table)) }
        let all = max(0, tokens.offsets.count - 1)
        var note =
            "Colours say how far the policies are apart at each token; choose one with the pointer, by touch, or with the "
        note += "arrow keys to see both lists of most probable tokens."
        if choice.sequences.count < all || choice.tokenCount < tokens.kl.count {
            note +=
                " Shown are \(choice.tokenCount) of \(tokens.kl.count) tokens, of \(choice.sequences.count) of \(all) "
            note +=
                "sequences: the most divergent ones and the first ones. All other parts of the page are about all tokens."
        }
        return .section(
            title: "Text", note: note,
            blocks: [
                .tokens([
                    "type": "tokens", "table": table.node, "sequences": .array(sequences), "scales": scales,
                    "kl_name": .string(tokens.klName), "top": .int(Int64(min(limits.topTokens, file.topWidth))),
                ])
            ])
    }

    private static let columns: [(key: String, statistic: TokenStatistic)] = [
        ("rkl", .klQP), ("js", .jensenShannon), ("l", .logRatio), ("dp", .deltaP), ("hp", .entropyP), ("hq", .entropyQ),
        ("lp", .logP), ("lq", .logQ), ("adv", .advantage),
    ]

    /// Those whose exponentials the page shows.
    private static let logarithms: Set<TokenStatistic> = [.logRatio, .logP, .logQ]

    private func node(
        of slot: Int, _ file: borrowing DiagnosisFile, _ table: inout TokenTable
    ) throws -> JSONNode {
        let sequence = choice.sequences[slot]
        let first = tokens.offsets[sequence]
        let rows = first..<(first + choice.lengths[slot])
        let ids = try file.column(.tokenID, rows: rows)
        var members: [(key: String, value: JSONNode)] = [
            ("number", .int(Int64(sequence))), ("id", .string(try name(of: sequence, file))),
            ("tokens", .int(Int64(tokens.offsets[sequence + 1] - first))),
            ("mean", PageNumber.node(choice.means[slot])),
            ("t", PageNumber.list(ids.map { table.place($0) })), ("runs", runs(ids)), ("segments", segments(rows)),
            ("pos", PageNumber.list(try file.column(.position, rows: rows).map(Int.init))),
            ("kl", PageNumber.list(tokens.kl[rows], digits: 3)),
        ]
        for (key, statistic) in Self.columns {
            let values = try file.statistic(statistic, rows: rows)
            // What is known of no token takes no room.
            guard values.contains(where: { !$0.isNaN }) else { continue }
            let isLogarithm = Self.logarithms.contains(statistic)
            members.append((key, isLogarithm ? PageNumber.logarithms(values) : PageNumber.list(values, digits: 3)))
        }
        for (key, column) in [("rp", TokenCount.rankP), ("rq", TokenCount.rankQ)] {
            members.append((key, PageNumber.list(try file.column(column, rows: rows).map(Int.init))))
        }
        let top = try file.topTokens(rows: rows)
        members += lists("p", top.p, top.logP, width: file.topWidth, &table)
        members += lists("q", top.q, top.logQ, width: file.topWidth, &table)
        return .object(members)
    }

    /// What the input calls a sequence, cut to what fits a line or two.
    private func name(of sequence: Int, _ file: borrowing DiagnosisFile) throws -> String {
        HTMLText.clipped(try file.sequenceIDs(rows: sequence..<(sequence + 1)).first ?? "", to: 120)
    }

    /// [first token, how many, text] of the tokens that share characters.
    private func runs(_ ids: [Int32]) -> JSONNode {
        let bytes = ids.map { vocabulary[$0] }
        return .array(
            TokenText.runs(bytes).map { run in
                let joined = bytes[run].flatMap { $0 ?? [] }
                return [
                    .int(Int64(run.lowerBound)), .int(Int64(run.count)),
                    .string(TokenText.text(joined, count: run.count)),
                ]
            })
    }

    /// [first token, segment] of each stretch of one segment.
    private func segments(_ rows: Range<Int>) -> JSONNode {
        var stretches: [JSONNode] = []
        for row in rows where row == rows.lowerBound || tokens.segments[row] != tokens.segments[row - 1] {
            stretches.append([.int(Int64(row - rows.lowerBound)), .int(Int64(tokens.segments[row].rawValue))])
        }
        return .array(stretches)
    }

    /// The most probable tokens, and 1e-5 nats: -log of their probabilities.
    private func lists(
        _ key: String, _ ids: [Int32], _ logs: [Float], width: Int, _ table: inout TokenTable
    ) -> [(key: String, value: JSONNode)] {
        let shown = min(width, limits.topTokens)
        var places: [Int] = []
        var costs: [JSONNode] = []
        for start in stride(from: 0, to: ids.count, by: max(1, width)) {
            for index in start..<(start + shown) {
                places.append(table.place(ids[index]))
                let cost = Double(-logs[index]) * 1e5
                costs.append(abs(cost) < 1e12 ? .int(Int64(cost.rounded())) : .null)
            }
        }
        return [("\(key)i", PageNumber.list(places)), ("\(key)l", .array(costs))]
    }

    /// Where the colours end: the quantile 0.99 of each statistic, so that few outliers do not pale the rest.
    private var scales: JSONNode {
        let shares = (summary["quantile_shares"]?.items ?? []).map { $0.number ?? .nan }
        let names = [
            ("kl", tokens.isLowerBound ? "topk_kl" : "kl_reference_policy"), ("rkl", "kl_policy_reference"),
            ("js", "js"), ("l", "log_ratio"),
            ("hp", "entropy_reference"), ("hq", "entropy_policy"),
        ]
        return .object(
            names.map { key, name in
                let statistic = (summary["statistics"]?.items ?? []).first { $0["name"]?.text == name }
                let quantiles = (statistic?["quantiles"]?.items ?? []).map { $0.number ?? .nan }
                let ends = zip(shares, quantiles).filter { $0.0 == 0.99 || (key == "l" && $0.0 == 0.01) }
                return (key, PageNumber.node(ends.map { abs($0.1) }.max() ?? .nan))
            })
    }
}

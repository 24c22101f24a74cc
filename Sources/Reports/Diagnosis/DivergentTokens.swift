import Divergences
import Glibc
import JSON

/// The tokens where the policies are furthest apart, in their context, and by what the token is.
struct DivergentTokens {
    let summary: JSONNode
    let tokens: DiagnosisTokens
    let heatmap: TokenHeatmap

    /// Tokens of context: half of them before the token, half behind it.
    static let context = 20

    func sections(_ file: borrowing DiagnosisFile, vocabulary: [Int32: [UInt8]]) throws -> [PageBlock] {
        var blocks: [PageBlock] = []
        if let table = try places(file, vocabulary) { blocks.append(.table(table)) }
        if let table = groups(vocabulary) { blocks.append(.table(table)) }
        return blocks.isEmpty ? [] : [.section(title: "Most divergent tokens", note: nil, blocks: blocks)]
    }

    private func places(_ file: borrowing DiagnosisFile, _ vocabulary: [Int32: [UInt8]]) throws -> PageTable? {
        let found = (summary["divergent_tokens"]?.items ?? []).prefix(50)
        guard !found.isEmpty else { return nil }
        var table = PageTable(
            [
                ("token in context", .context), ("KL", .bar), ("p", .share), ("q", .share), ("H(p)", .number),
                ("H(q)", .number), ("place", .number), ("segment", .text), ("sequence", .code), ("", .jump),
            ],
            title: "By place",
            note:
                "The tokens of the response with the largest \(tokens.klName), in \(Self.context) tokens of context. p and q are the "
                + "probabilities of the token that stands there.", shown: 15)
        for token in found {
            guard let row = token["row"]?.integer, tokens.kl.indices.contains(row),
                let sequence = token["sequence"]?.integer, sequence >= 0, sequence + 1 < tokens.offsets.count,
                (tokens.offsets[sequence]..<tokens.offsets[sequence + 1]).contains(row)
            else { continue }
            let place = heatmap.place(ofRow: row, inSequence: sequence)
            table.rows.append([
                try context(of: row, in: sequence, file, vocabulary),
                token["infinite"] == true ? .string("inf") : number(token["kl"]),
                // From the columns, since a summary has no word for the logarithm of 0.
                try probability(.logP, row, file), try probability(.logQ, row, file),
                number(token["entropy_reference"]),
                number(token["entropy_policy"]),
                token["position"] ?? .null, token["segment"] ?? .null,
                .string(named(token, sequence)), place.map { [.int(Int64($0.slot)), .int(Int64($0.token))] } ?? .null,
            ])
        }
        return table
    }

    private func named(_ token: JSONNode, _ sequence: Int) -> String {
        let id = token["sequence_id"]?.text ?? ""
        return id.isEmpty || id == "\(sequence)" ? "#\(sequence)" : "#\(sequence) " + HTMLText.clipped(id, to: 40)
    }

    private func context(
        of row: Int, in sequence: Int, _ file: borrowing DiagnosisFile, _ vocabulary: [Int32: [UInt8]]
    ) throws -> JSONNode {
        let half = Self.context / 2
        let range = tokens.offsets[sequence]..<tokens.offsets[sequence + 1]
        let rows = max(range.lowerBound, row - half)..<min(range.upperBound, row + half + 1)
        let ids = try file.column(.tokenID, rows: rows)
        let texts = ids.map { vocabulary[$0].map { Array($0.prefix(TokenText.longest)) } ?? Array("[\($0)]".utf8) }
        // A token that is a part of a character is shown with the others of it.
        let place = row - rows.lowerBound
        let middle = TokenText.runs(texts).first { $0.contains(place) } ?? place..<(place + 1)
        let parts = [
            TokenText.withoutLeadingRest(Array(texts[..<middle.lowerBound].joined())), Array(texts[middle].joined()),
            TokenText.withoutTrailingRest(Array(texts[middle.upperBound...].joined())),
        ].map { String(decoding: $0, as: UTF8.self) }
        return [
            .string((rows.lowerBound > range.lowerBound ? "\u{2026}" : "") + parts[0]), .string(parts[1]),
            .string(parts[2] + (rows.upperBound < range.upperBound ? "\u{2026}" : "")),
        ]
    }

    private func groups(_ vocabulary: [Int32: [UInt8]]) -> PageTable? {
        let found = summary["divergent_token_ids"]?.items ?? []
        guard !found.isEmpty else { return nil }
        var table = PageTable(
            [
                ("token", .token), ("id", .number), ("tokens", .number), ("mean KL", .number), ("total KL", .bar),
                ("of all KL", .share), ("infinite", .number),
            ],
            title: "By token",
            note: "Which tokens the KL of the response falls on: those with the largest share of its sum."
                + (found.contains { ($0["infinite"]?.integer ?? 0) > 0 }
                    ? " Means and shares are of the finite KLs; a total with an infinite one is infinite." : ""),
            shown: 15)
        for group in found {
            guard let id = group["token_id"]?.integer else { continue }
            let bytes = Int32(exactly: id).flatMap { vocabulary[$0] }
            let infinite = group["infinite"]?.integer ?? 0
            let isAllInfinite = infinite > 0 && infinite == group["tokens"]?.integer
            table.rows.append([
                TokenText.node(id: id, bytes), .int(Int64(id)),
                group["tokens"] ?? .null, isAllInfinite ? .string("inf") : number(group["mean_kl"]),
                infinite > 0 ? .string("inf") : number(group["total_kl"]),
                isAllInfinite ? .null : number(group["share"]),
                group["infinite"] ?? .null,
            ])
        }
        return table
    }

    private func number(_ node: JSONNode?) -> JSONNode { PageNumber.node(node?.number ?? .nan) }

    private func probability(
        _ logarithm: TokenStatistic, _ row: Int, _ file: borrowing DiagnosisFile
    ) throws -> JSONNode {
        PageNumber.node(exp(try file.statistic(logarithm, rows: row..<(row + 1)).first ?? .nan))
    }
}

import Divergences
import JSON
import Kernels
import TestFixtures

/// A diagnosis with the texts and numbers that a test asks for.
struct DiagnosisSample {
    /// The bytes of each token of the vocabulary.
    var texts: [[UInt8]]
    /// Of each sequence, its name and the tokens with the KL at each.
    var sequences: [(id: String, tokens: [(id: Int32, kl: Double)])]
    var topWidth = 2
    var coverage = "full"

    static let settings: [(key: String, value: JSONNode)] = [
        ("reference", ["path": "models/a", "kind": "model", "type": "bfloat16"]),
        ("policy", ["path": "models/b", "kind": "model", "type": "bfloat16"]), ("temperature", 1), ("shift", "next"),
        ("vocabulary_size", 32), ("top_k", 2), ("dataset", nil), ("prefix_ratio", nil),
    ]

    /// The first fifth of a sequence is its prompt, the next two are the expert's.
    static func segment(_ position: Int, of count: Int) -> Segment {
        position * 5 < count ? .prompt : position * 5 < count * 3 ? .prefix : .continuation
    }

    func write(to path: String) throws {
        let writer = try DiagnosisWriter(creating: path, topWidth: topWidth)
        for (sequence, (id, tokens)) in sequences.enumerated() {
            try writer.beginSequence(id: id)
            var block = TokenBlock(topWidth: topWidth)
            for (position, token) in tokens.enumerated() {
                var row = RowDivergence()
                row.klPQ = token.kl
                row.klQP = token.kl
                (row.entropyP, row.entropyQ) = (Double(position % 7) / 2, Double(position % 5) / 2)
                (row.logP, row.logQ) = (-1, -1 - token.kl)
                (row.rankP, row.rankQ) = (1, 2)
                (row.topKL, row.topMassP, row.topMassQ) = (token.kl / 2, 0.9, 0.9)
                var top = TopTokens(width: topWidth)
                top.ids = (0..<topWidth).map { Int32($0 % max(1, texts.count)) }
                top.logProbs = (0..<topWidth).map { -Float($0) - 0.5 }
                block.append(
                    [
                        .init(
                            tokenID: token.id, position: Int32(position), sequence: Int32(sequence),
                            segment: Self.segment(position, of: tokens.count))
                    ], [row], noiseFloors: [1e-9], topP: top, topQ: top)
            }
            try writer.append(block)
        }
        let settings = Self.settings + [("coverage", .string(coverage))]
        try writer.finish(settings: .object(settings), provenance: ["kedge_version": "0", "inputs": .array([])]) {
            texts.indices.contains(Int($0)) ? texts[Int($0)] : nil
        }
    }
}

/// Reading pages.
enum PageText {
    /// The page's data, as the browser gets it: what stands between the element's tags.
    static func data(of page: [UInt8]) throws -> JSONNode {
        let text = String(decoding: page, as: UTF8.self)
        let opening = "<script type=\"application/json\" id=\"data\">"
        let parts = text.components(separatedBy: opening)
        return JSONNode(try JSONDocument.parsing(parts[1].components(separatedBy: "</script>")[0]).root)
    }

    /// All blocks of a type, wherever they stand.
    static func blocks(_ type: String, in node: JSONNode) -> [JSONNode] {
        var found: [JSONNode] = []
        if node["type"] == .string(type) { found.append(node) }
        switch node {
        case .array(let items): for item in items { found += blocks(type, in: item) }
        case .object(let members): for member in members { found += blocks(type, in: member.value) }
        default: break
        }
        return found
    }
}

extension String {
    /// The parts between the places where `separator` stands.
    func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = Substring(self)
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}

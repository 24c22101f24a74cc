import Divergences
import Evaluation
import Foundation
import JSON
import Kernels
import TestFixtures
import Testing

/// The summary beside scripts/make-summary-goldens.py, which recomputes it with NumPy.
@Suite struct SummaryGoldenTests {
    private static func golden() throws -> JSONNode {
        let path = try #require(Bundle.module.path(forResource: "summary", ofType: "json", inDirectory: "Goldens"))
        return JSONNode(try JSONDocument.parsing(try String(contentsOfFile: path, encoding: .utf8)).root)
    }

    /// A diagnosis with the golden's columns.
    static func write(_ path: String, _ golden: JSONNode) throws {
        let columns = try #require(golden["columns"])
        func numbers(_ name: String) throws -> [Double] {
            guard case .array(let values)? = columns[name] else { throw MissingColumn(name: name) }
            return values.map { value in
                switch value {
                case .double(let number): number
                case .int(let number): Double(number)
                case .string: .infinity
                default: .nan
                }
            }
        }
        var names: [String: [Double]] = [:]
        guard case .object(let members) = columns else { throw MissingColumn(name: "columns") }
        for member in members { names[member.key] = try numbers(member.key) }
        func value(_ name: String, _ row: Int) -> Double { names[name]?[row] ?? .nan }
        let width = Int(golden["top_k"].flatMap(number) ?? 0)
        let writer = try DiagnosisWriter(creating: path, topWidth: width)
        for row in 0..<(names["sequences"]?.count ?? 0) {
            while writer.sequenceCount <= Int(value("sequences", row)) {
                try writer.beginSequence(id: "s\(writer.sequenceCount)")
            }
            var found = RowDivergence()
            (found.klPQ, found.klQP) = (value("kl_pq", row), value("kl_qp", row))
            (found.entropyP, found.entropyQ) = (value("entropy_p", row), value("entropy_q", row))
            (found.logP, found.logQ) = (value("log_p", row), value("log_q", row))
            (found.rankP, found.rankQ) = (Int32(value("rank_p", row)), Int32(value("rank_q", row)))
            found.topAgrees = value("top_1_agrees", row) == 1
            found.topOverlap = Int32(value("top_k_overlap", row))
            found.topKL = value("top_k_kl", row)
            if found.klPQ == .infinity { found.unsupportedPQ = 0.25 }
            var top = TopTokens(width: width)
            (top.ids, top.logProbs) = (Array(0..<Int32(width)), Array(repeating: -2, count: width))
            var block = TokenBlock(topWidth: width)
            block.append(
                [
                    .init(
                        tokenID: Int32(value("token_ids", row)), position: Int32(value("positions", row)),
                        sequence: Int32(value("sequences", row)),
                        segment: Segment(rawValue: UInt8(value("segments", row))) ?? .prompt,
                        advantage: value("advantage", row))
                ], [found], noiseFloors: [value("noise_floor", row)], topP: top, topQ: top)
            try writer.append(block)
        }
        try writer.finish(
            settings: summarySettings(coverage: "full"), provenance: ["kedge_version": "0", "inputs": .array([])]
        ) { Array("t\($0)".utf8) }
    }

    @Test func numbersAreNumPys() throws {
        let golden = try Self.golden()
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.h5"
        try Self.write(path, golden)
        var settings = SummarySettings()
        settings.resamples = Int(golden["resamples"].flatMap(number) ?? 0)
        settings.seed = UInt64(golden["seed"].flatMap(number) ?? 0)
        let summary = try DiagnosisSummary(try DiagnosisFile(path), settings: settings)
        let differences = differences(summary.json, try #require(golden["summary"]), "")
        #expect(differences.prefix(5).joined(separator: "\n") == "")
        #expect(summary.counts.infiniteKLPQ.tokens == 1 && summary.counts.infiniteKLPQ.mass == 0.25)
        #expect(summary.counts.knownTokens == summary.counts.responseTokens - 1)
        // The last sequence is a prompt alone.
        #expect(summary.counts.sequences == 6 && summary.counts.responseSequences == 5)
    }

    @Test func namesAreNumPys() throws {
        let golden = try Self.golden()
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.h5"
        try Self.write(path, golden)
        let file = try DiagnosisFile(path)
        var bySequence = MetricNames.VerlSettings()
        bySequence.level = .sequence
        for (names, key) in [
            (try MetricNames.verl(file), "verl"), (try MetricNames.verl(file, settings: bySequence), "verl_sequence"),
            (try MetricNames.trl(file), "trl"),
        ] {
            let differences = differences(names.json, try #require(golden[key]), key)
            #expect(differences.joined(separator: "\n") == "")
        }
    }

    private struct MissingColumn: Error { let name: String }
}

/// The settings of a diagnosis between two dumps.
func summarySettings(coverage: String, dataset: JSONNode = nil, kind: String = "logits") -> JSONNode {
    [
        "reference": ["path": "a", "kind": .string(kind), "type": "float32"],
        "policy": ["path": "b", "kind": .string(kind), "type": "float32"], "coverage": .string(coverage),
        "temperature": 1, "shift": "next", "vocabulary_size": 32, "top_k": 4, "dataset": dataset, "prefix_ratio": nil,
    ]
}

private func number(_ node: JSONNode) -> Double? {
    switch node {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
}

/// Where `found` is not what is expected of it; it may have more members, and in lists of things with names more of these.
private func differences(_ found: JSONNode?, _ expected: JSONNode, _ place: String) -> [String] {
    guard let found else { return ["\(place): missing"] }
    if let a = number(found), let b = number(expected) {
        return abs(a - b) <= 1e-9 * abs(b) + 1e-12 ? [] : ["\(place): \(a), expected \(b)"]
    }
    switch (found, expected) {
    case (_, .object(let members)):
        return members.flatMap { differences(found[$0.key], $0.value, "\(place)/\($0.key)") }
    case (.array(let elements), .array(let wanted)):
        guard let first = wanted.first, case .string? = first["name"] else {
            guard elements.count >= wanted.count else { return ["\(place): \(elements.count) elements"] }
            return wanted.indices.flatMap { differences(elements[$0], wanted[$0], "\(place)/\($0)") }
        }
        return wanted.flatMap { want in
            differences(elements.first { $0["name"] == want["name"] }, want, "\(place)/\(want["name"] ?? nil)")
        }
    default:
        return found == expected ? [] : ["\(place): \(found), expected \(expected)"]
    }
}

import JSON
import Kernels
import TestFixtures
import Testing

@testable import Divergences

@Suite struct DiagnosisFileTests {
    private static let settings: JSONNode = [
        "reference": ["path": "a", "kind": "logits", "type": "float32"],
        "policy": ["path": "b", "kind": "logits", "type": "float32"],
        "coverage": "full", "temperature": 1, "shift": "next", "vocabulary_size": 32, "top_k": 2, "dataset": nil,
        "prefix_ratio": nil,
    ]

    /// Two sequences of 3 and 2 tokens, with numbers that tell where they stand.
    static func write(_ path: String) throws {
        let writer = try DiagnosisWriter(creating: path, topWidth: 2)
        for (sequence, length) in [3, 2].enumerated() {
            try writer.beginSequence(id: "s\(sequence)")
            var block = TokenBlock(topWidth: 2)
            for position in 0..<length {
                var row = RowDivergence()
                row.klPQ = Double(sequence) + Double(position) / 10
                (row.logP, row.logQ) = (-1, -1.5)
                var top = TopTokens(width: 2)
                (top.ids, top.logProbs) = ([7, 9], [-0.5, -1])
                block.append(
                    [
                        .init(
                            tokenID: Int32(position), position: Int32(position), sequence: Int32(sequence),
                            segment: position == 0 ? .prompt : .continuation)
                    ], [row], noiseFloors: [1e-12], topP: top, topQ: top)
            }
            try writer.append(block)
        }
        try writer.finish(settings: settings, provenance: ["kedge_version": "0", "inputs": .array([])]) {
            $0 == 9 ? nil : Array("t\($0)".utf8)
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.h5"
        try Self.write(path)
        let file = try DiagnosisFile(path)
        #expect(file.count == 5)
        #expect(file.sequenceCount == 2)
        #expect(file.topWidth == 2)
        #expect(try file.statistic(.klPQ) == [0, 0.1, 0.2, 1, 1.1])
        #expect(try file.statistic(.klPQ, rows: 2..<4) == [0.2, 1])
        #expect(try file.statistic(.logRatio) == [-0.5, -0.5, -0.5, -0.5, -0.5])
        #expect(try file.column(.sequence) == [0, 0, 0, 1, 1])
        #expect(try file.segments() == [.prompt, .continuation, .continuation, .prompt, .continuation])
        #expect(try file.sequenceOffsets() == [0, 3, 5])
        #expect(try file.sequenceIDs() == ["s0", "s1"])
        #expect(try file.topTokens(rows: 1..<2).p == [7, 9])
        #expect(
            try file.vocabulary() == [
                0: Array("t0".utf8), 1: Array("t1".utf8), 2: Array("t2".utf8), 7: Array("t7".utf8),
            ])
    }
}

import Foundation
import JSON
import Kernels
import Testing

@testable import Transformers

/// Goldens: scripts/make-rotary-goldens.py.
@Suite struct RotaryTableTests {
    @Test func agreesWithTransformers() throws {
        let url = try #require(Bundle.module.url(forResource: "rotary", withExtension: "json", subdirectory: "Goldens"))
        let root = JSONNode(try JSONDocument.parsing(Array(try Data(contentsOf: url))).root)
        guard case .array(let cases) = root else {
            Issue.record("no cases")
            return
        }
        #expect(cases.count == 13)
        for golden in cases { try check(golden) }
    }

    private func check(_ golden: JSONNode) throws {
        let name = "\(golden["name"] ?? .null)"
        let configuration = try TransformerConfiguration(json: try #require(golden["config"]))
        let table = RotaryTable(configuration, positions: Int(try #require(numbers(golden["length"]).first)))
        let expected = numbers(golden["inverse_frequencies"])
        #expect(table.inverseFrequencies.count == expected.count)
        for (own, other) in zip(table.inverseFrequencies, expected) {
            #expect(abs(Double(own) - other) <= 1e-6 * abs(other), "\(name)")
        }
        let factor = try #require(numbers(golden["attention_factor"]).first)
        #expect(abs(Double(table.attentionFactor) - factor) <= 1e-6, "\(name)")
        for (index, position) in numbers(golden["positions"]).enumerated() {
            for (matrix, key) in [(table.cosines, "cosines"), (table.sines, "sines")] {
                guard case .array(let rows)? = golden[key] else { continue }
                let row = matrix.array(row: Int(position))
                #expect(row.count == numbers(rows[index]).count)
                for (own, other) in zip(row, numbers(rows[index])) {
                    // An angle of 63 rounded to binary32 is off by 4e-6.
                    #expect(abs(Double(own) - other) <= 1e-5, "\(name) \(key) at \(position)")
                }
            }
        }
    }

    private func numbers(_ node: JSONNode?) -> [Double] {
        switch node {
        case .array(let elements)?: elements.flatMap { numbers($0) }
        case .int(let value)?: [Double(value)]
        case .double(let value)?: [value]
        default: []
        }
    }

    @Test func dynamicScalingDependsOnTheLength() throws {
        let c = try ModelFixture.parse(
            """
            {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 2, "max_position_embeddings": 16,
             "rope_scaling": {"type": "dynamic", "factor": 2.0}}
            """)
        let short = RotaryTable(c, positions: 4)
        #expect(short.inverseFrequencies == RotaryTable(c, positions: 4, sequenceLength: 16).inverseFrequencies)
        let long = RotaryTable(c, positions: 4, sequenceLength: 32)
        #expect(long.inverseFrequencies[0] == 1 && long.inverseFrequencies[5] < short.inverseFrequencies[5])
    }
}

import Checkpoints
import Foundation
import JSON
import Tensors
import TestFixtures
import Testing

@testable import Transformers

/// Goldens: scripts/make-adapter-goldens.py.
@Suite struct AdapterGoldenTests {
    private let golden: String
    private let content: JSONNode

    init() throws {
        let url = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        golden = url.appendingPathComponent("adapter").path
        content = JSONNode(try JSONDocument.contents(ofFileAt: "\(golden)/merged.json").root)
    }

    private func numbers(_ key: String, _ name: String) -> [Float] {
        guard case .array(let elements)? = content[key]?[name] else { return [] }
        return elements.map {
            switch $0 {
            case .double(let value): Float(value)
            case .int(let value): Float(value)
            default: .nan
            }
        }
    }

    @Test func mergesAsPEFTDoes() throws {
        let configuration = try TransformerConfiguration(json: try #require(content["config"]))
        let adapter = try LoRAAdapter.load(golden, for: configuration)
        #expect(adapter.configuration.isRankStabilised && adapter.configuration.dropout == 0.1)
        let weights = TransformerWeights(configuration, type: .float32)
        for place in adapter.places {
            let before = numbers("before", "\(place.module).weight")
            TransformerWeights.store(before, in: weights.matrices[place.parameter], at: 0)
        }
        try adapter.merge(into: weights)
        #expect(adapter.places.count == 2)
        for place in adapter.places {
            let merged = numbers("merged", "\(place.module).weight")
            let own = weights.values[place.parameter]
            #expect(own.count == merged.count)
            #expect(zip(own, merged).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    /// What is written has the tensors of PEFT's own file, and its settings.
    @Test func writesWhatPEFTWrites() throws {
        let directory = try TemporaryDirectory()
        let configuration = try TransformerConfiguration(json: try #require(content["config"]))
        try LoRAAdapter.load(golden, for: configuration).save(directory: directory.file("adapter"))
        let files = ["\(golden)/adapter_model.safetensors", directory.file("adapter/adapter_model.safetensors")]
        let tensors = try files.map { file in
            let checkpoint = try Checkpoint.open(file)
            return try checkpoint.tensors.map { tensor in
                var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
                try bytes.withUnsafeMutableBytes { try checkpoint.reader(of: tensor).read(at: 0, into: $0) }
                return "\(tensor.name) \(tensor.shape) \(tensor.typeName) \(bytes)"
            }.sorted()
        }
        #expect(tensors[0].count == 4 && tensors[0] == tensors[1])
        let settings = try [golden, directory.file("adapter")].map {
            JSONNode(try JSONDocument.contents(ofFileAt: "\($0)/adapter_config.json").root)
        }
        guard case .object(let own) = settings[1] else {
            Issue.record("no settings")
            return
        }
        for (key, value) in own { #expect(settings[0][key] == value, "\(key)") }
    }
}

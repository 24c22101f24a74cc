import Checkpoints
import JSON
import Kernels
import TestFixtures
import Testing

@testable import Transformers

@Suite struct LoRAAdapterTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func adapter(
        _ configuration: LoRAConfiguration, model: String = "qwen3", seed: UInt64 = 5
    ) throws -> LoRAAdapter {
        let adapter = try LoRAAdapter(configuration, of: try ModelFixture.configuration(model), seed: seed)
        for index in adapter.places.indices {
            let b = adapter.b(index)
            for row in 0..<b.rows { b.set(row: row, (0..<b.columns).map { Float((row + $0 + index) % 7 - 3) / 8 }) }
        }
        return adapter
    }

    @Test func startsWithoutEffect() throws {
        let model = try ModelFixture.configuration("llama")
        let adapter = try LoRAAdapter(LoRAConfiguration(rank: 4, targets: .allLinear), of: model, seed: 5)
        #expect(adapter.places.count == 14)
        for (index, place) in adapter.places.enumerated() {
            let bound = 1 / Float(place.inputs).squareRoot()
            let numbers = (0..<4).flatMap { adapter.a(index).array(row: $0) }
            #expect(numbers.allSatisfy { abs($0) <= bound } && numbers.contains { abs($0) > bound / 2 })
            #expect((0..<place.outputs).allSatisfy { adapter.b(index).array(row: $0) == [0, 0, 0, 0] })
        }
        let weights = try TransformerWeights.random(model, seed: 1)
        let before = weights.values
        try adapter.merge(into: weights)
        #expect(weights.values == before)
    }

    @Test func targets() throws {
        let model = try ModelFixture.configuration("qwen3")
        func modules(_ targets: LoRAConfiguration.Targets) throws -> [String] {
            try LoRAAdapter(LoRAConfiguration(targets: targets), of: model, seed: 0).places.map(\.module)
        }
        #expect(
            try modules(.names(["v_proj", "layers.1.self_attn.q_proj"])) == [
                "model.layers.0.self_attn.v_proj", "model.layers.1.self_attn.q_proj", "model.layers.1.self_attn.v_proj",
            ])
        #expect(try modules(.pattern(#".*\.1\.mlp\.(up|down)_proj"#)).count == 2)
        #expect(failure { _ = try modules(.names(["c_attn"])) }?.contains("'c_attn'") == true)
        // A part of a name is not the end of it.
        #expect(failure { _ = try modules(.names(["proj"])) } != nil)
        #expect(failure { _ = try modules(.pattern("(")) }?.contains("no regular expression") == true)
        #expect(failure { _ = try modules(.pattern("q_proj")) }?.contains("matches no projection") == true)
    }

    @Test func mergeAddsTheProduct() throws {
        let model = try ModelFixture.configuration("qwen3")
        var configuration = LoRAConfiguration(rank: 4, alpha: 6, targets: .names(["k_proj", "down_proj"]))
        configuration.isRankStabilised = true
        let adapter = try adapter(configuration)
        #expect(adapter.scale == 3)
        let weights = try TransformerWeights.random(model, seed: 1)
        let before = weights.values
        try adapter.merge(into: weights, threads: 2)
        for (index, parameter) in weights.table.parameters.enumerated() {
            guard let place = adapter.places.firstIndex(where: { $0.parameter == index }) else {
                #expect(weights.values[index] == before[index])
                continue
            }
            let (a, b) = (adapter.a(place), adapter.b(place))
            for row in 0..<parameter.rows {
                for column in 0..<parameter.columns {
                    let product = (0..<4).reduce(0.0) { $0 + Double(b[row, $1]) * Double(a[$1, column]) }
                    let at = row * parameter.columns + column
                    #expect(abs(Double(weights.values[index][at]) - Double(before[index][at]) - 3 * product) < 1e-6)
                }
            }
        }
        try adapter.unmerge(from: weights)
        for (own, other) in zip(weights.values, before) {
            #expect(zip(own, other).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test func roundTrip() throws {
        let configuration = LoRAConfiguration(
            rank: 3, alpha: 4.5, targets: .names(["q_proj", "gate_proj"]), dropout: 0.05, baseModel: "some/model")
        let adapter = try adapter(configuration)
        try adapter.save(directory: directory.file("adapter"))
        #expect(try directory.contents("adapter") == ["adapter_config.json", "adapter_model.safetensors"])
        let again = try LoRAAdapter.load(directory.file("adapter"), for: try ModelFixture.configuration("qwen3"))
        #expect(again.configuration == configuration && again.places == adapter.places)
        #expect(again.numbers.row.array(row: 0) == adapter.numbers.row.array(row: 0))
        // A model of other shapes.
        let text = failure {
            _ = try LoRAAdapter.load(directory.file("adapter"), for: try ModelFixture.configuration("llama"))
        }
        #expect(text?.contains("has the shape [3") == false && text?.contains("has the shape") == true)
    }

    @Test func patternsFollowTheTensors() throws {
        let adapter = try adapter(LoRAConfiguration(rank: 2, targets: .pattern(#".*\.(q|k)_proj"#)))
        try adapter.save(directory: directory.file("adapter"))
        let again = try LoRAAdapter.load(directory.file("adapter"), for: try ModelFixture.configuration("qwen3"))
        #expect(again.places == adapter.places)
    }

    @Test(arguments: [
        (#""peft_type": "IA3""#, "'peft_type'"),
        (#""peft_type": "LORA", "bias": "all""#, "'bias'"),
        (#""peft_type": "LORA", "use_dora": true"#, "'use_dora'"),
        (#""peft_type": "LORA", "rank_pattern": {"q_proj": 4}"#, "'rank_pattern'"),
        (#""peft_type": "LORA", "alpha_pattern": {"q_proj": 4}"#, "'alpha_pattern'"),
        (#""peft_type": "LORA", "modules_to_save": ["lm_head"]"#, "'modules_to_save'"),
        (#""peft_type": "LORA", "init_lora_weights": "pissa""#, "'init_lora_weights'"),
        (#""peft_type": "LORA", "r": 0, "target_modules": ["q_proj"]"#, "'r'"),
        (#""peft_type": "LORA", "target_modules": null"#, "'target_modules'"),
        (#""peft_type": "LORA", "target_modules": ["q_proj"], "new_kind": 1"#, "'new_kind'"),
    ])
    func refusals(_ members: String, _ expected: String) {
        let text = failure {
            _ = try LoRAConfiguration(json: JSONNode(try JSONDocument.parsing("{\(members)}").root))
        }
        #expect(text?.contains(expected) == true, "\(text ?? "accepted")")
    }
}

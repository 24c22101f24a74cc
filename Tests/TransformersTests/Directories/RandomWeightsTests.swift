import Testing

@testable import Transformers

@Suite struct RandomWeightsTests {
    @Test func asTransformersInitialises() throws {
        let c = try ModelFixture.parse(
            """
            {"model_type": "qwen2", "vocab_size": 500, "hidden_size": 128, "intermediate_size": 200, "num_hidden_layers": 1,
             "num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.05, "pad_token_id": 7}
            """)
        let weights = try TransformerWeights.random(c, seed: 11)
        for (parameter, values) in zip(weights.table.parameters, weights.values) {
            guard !parameter.isVector else {
                #expect(values.allSatisfy { $0 == (parameter.name.hasSuffix("bias") ? 0 : 1) }, "\(parameter.name)")
                continue
            }
            let count = Double(values.count)
            let mean = values.reduce(0) { $0 + Double($1) } / count
            let square = values.reduce(0) { $0 + Double($1) * Double($1) } / count
            // Five standard errors; the padding's row takes 1/500 of the embedding's variance.
            #expect(abs(mean) < 5 * 0.05 / count.squareRoot(), "\(parameter.name)")
            #expect(abs(square.squareRoot() / 0.05 - 1) < 5 / (2 * count).squareRoot() + 0.002, "\(parameter.name)")
            // Of a normal distribution 4.55 % lie beyond two standard deviations.
            let beyond = Double(values.count { abs($0) > 0.1 }) / count
            #expect(abs(beyond - 0.0455) < 5 * (0.0455 / count).squareRoot(), "\(parameter.name)")
        }
        let embedding = try #require(weights.values.first)
        #expect(embedding[7 * 128..<8 * 128].allSatisfy { $0 == 0 })
        #expect(!embedding[6 * 128..<7 * 128].contains(0))
    }

    @Test func followsFromTheSeedAlone() throws {
        let c = try ModelFixture.parse(
            """
            {"model_type": "llama", "vocab_size": 3000, "hidden_size": 64, "intermediate_size": 32, "num_hidden_layers": 1,
             "num_attention_heads": 4}
            """)
        let one = try TransformerWeights.random(c, seed: 1, threads: 1).values
        #expect(try TransformerWeights.random(c, seed: 1, threads: 3).values == one)
        #expect(try TransformerWeights.random(c, seed: 2, threads: 1).values != one)
        // Parameters are not copies of each other.
        #expect(one[0].prefix(64) != one[2].prefix(64))
    }
}

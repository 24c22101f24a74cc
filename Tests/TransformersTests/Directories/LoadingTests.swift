import Checkpoints
import Kernels
import Tensors
import TestFixtures
import Testing

@testable import Transformers

@Suite struct LoadingTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func tensors(_ name: String) throws -> [(description: TensorDescription, values: [Float])] {
        ModelFixture.tensors(of: try ModelFixture.configuration(name))
    }

    @Test(arguments: ModelFixture.names)
    func everyFamily(_ name: String) throws {
        let tensors = try tensors(name)
        let path = try ModelFixture.write(name, tensors: tensors, in: directory)
        for threads in [1, 3] {
            let weights = try TransformerWeights.load(path, threads: threads)
            #expect(weights.storedType == .float32)
            #expect(weights.values == tensors.map(\.values))
        }
        // The numbers are exact in bfloat16.
        let narrow = try TransformerWeights.load(path, type: .bfloat16)
        #expect(narrow.storedType == .bfloat16 && narrow.values == tensors.map(\.values))
        #expect(narrow.matrix(.inputNorm, layer: 0)?.type == .float32)
    }

    @Test func typesAsStored() throws {
        for (type, expected) in [
            (TensorType.bfloat16, ElementType.bfloat16), (.float16, .float32), (.float64, .float32),
        ] {
            let directory = try TemporaryDirectory()
            var tensors = try tensors("qwen3")
            for index in tensors.indices { tensors[index].description.type = type }
            let path = try ModelFixture.write("qwen3", tensors: tensors, in: directory)
            let weights = try TransformerWeights.load(path)
            #expect(weights.storedType == expected && weights.values == tensors.map(\.values))
        }
    }

    @Test func namesWithoutPrefix() throws {
        var tensors = try tensors("llama biases")
        for index in tensors.indices {
            tensors[index].description.name = String(tensors[index].description.name.dropFirst("model.".count))
        }
        let path = try ModelFixture.write("llama biases", tensors: tensors, in: directory)
        #expect(try TransformerWeights.load(path).values == tensors.map(\.values))
    }

    @Test func hdf5CarriesItsConfigurationOrLiesBesideIt() throws {
        let tensors = try tensors("mistral")
        let text = try #require(ModelFixture.configurations["mistral"])
        try ModelFixture.write(
            tensors, to: directory.file("alone.h5"), format: .hdf5,
            metadata: [("config.json", text), ("generation_config.json", #"{"eos_token_id": [7, 9]}"#)])
        let alone = try TransformerWeights.load(directory.file("alone.h5"))
        #expect(alone.values == tensors.map(\.values) && alone.configuration.endOfSequence == [7, 9])
        let path = try directory.makeDirectory("beside")
        try directory.write("beside/config.json", text)
        try ModelFixture.write(tensors, to: "\(path)/weights.h5", format: .hdf5)
        #expect(try TransformerWeights.load(path).values == alone.values)
        #expect(try TransformerWeights.load("\(path)/weights.h5").values == alone.values)
        try ModelFixture.write(tensors, to: directory.file("bare.h5"), format: .hdf5)
        let text2 = failure { _ = try TransformerWeights.load(directory.file("bare.h5")) }
        #expect(text2?.contains("carries no configuration") == true)
    }

    @Test func harmlessTensors() throws {
        var tensors = try tensors("qwen2 tied")
        let embedding = tensors[0]
        tensors.append((TensorDescription(name: "lm_head.weight", type: .float32, shape: [32, 16]), embedding.values))
        tensors.append(
            (TensorDescription(name: "model.layers.0.self_attn.rotary_emb.inv_freq", type: .float32, shape: [1]), [1]))
        let path = try ModelFixture.write("qwen2 tied", tensors: tensors, in: directory)
        #expect(try TransformerWeights.load(path).values == tensors.dropLast(2).map(\.values))
        tensors[tensors.count - 2].values[100] += 1
        let other = try TemporaryDirectory()
        let wrong = try ModelFixture.write("qwen2 tied", tensors: tensors, in: other)
        #expect(failure { _ = try TransformerWeights.load(wrong) }?.contains("'lm_head.weight' differs") == true)
    }

    /// What is done to the tensors of a small Llama, and what is said of it.
    static let damages: [(String, @Sendable (inout [(description: TensorDescription, values: [Float])]) -> Void)] = [
        ("'model.norm.weight' is missing", { $0.removeAll { $0.description.name == "model.norm.weight" } }),
        ("'lm_head.weight' is missing", { $0.removeAll { $0.description.name == "lm_head.weight" } }),
        (
            "'model.layers.1.mlp.up_proj.weight' has the shape [16, 24], and config.json makes it [24, 16]",
            { tensors in
                for index in tensors.indices where tensors[index].description.name.contains("1.mlp.up") {
                    tensors[index].description.shape.reverse()
                }
            }
        ),
        (
            "'model.layers.0.self_attn.q_proj.weight' holds a NaN or an infinity at [2, 5]",
            { tensors in
                for index in tensors.indices where tensors[index].description.name.contains("0.self_attn.q_") {
                    tensors[index].values[2 * 16 + 5] = .nan
                }
            }
        ),
        (
            "'model.norm.weight' holds a NaN or an infinity at [3]",
            { tensors in
                for index in tensors.indices where tensors[index].description.name == "model.norm.weight" {
                    tensors[index].values[3] = -.infinity
                }
            }
        ),
        (
            "'model.layers.2.input_layernorm.weight' is not part of the llama",
            {
                $0.append(
                    (
                        TensorDescription(name: "model.layers.2.input_layernorm.weight", type: .float32, shape: [1]),
                        [1]
                    ))
            }
        ),
        (
            "'model.embed_tokens.weight' is of type int32",
            { $0[0].description.type = .int32 }
        ),
    ]

    @Test(arguments: damages.indices)
    func damagedWeights(_ index: Int) throws {
        let (expected, damage) = Self.damages[index]
        var tensors = try tensors("llama")
        damage(&tensors)
        if expected.contains("int32") {
            // Zeros are the same in every type; the writer of the tests converts to floating point only.
            tensors[0].description = TensorDescription(
                name: tensors[0].description.name, type: .float32, shape: tensors[0].description.shape)
        }
        let path: String
        if expected.contains("int32") {
            path = try writeWithIntegers(tensors)
        } else {
            path = try ModelFixture.write("llama", tensors: tensors, in: directory)
        }
        let text = failure { _ = try TransformerWeights.load(path) }
        #expect(text?.contains(expected) == true, "\(text ?? "accepted")")
        #expect(text?.contains("\n") == false)
    }

    private func writeWithIntegers(
        _ tensors: [(description: TensorDescription, values: [Float])]
    ) throws -> String {
        let path = try ModelFixture.write("llama", tensors: tensors, in: directory)
        let file = "model/model.safetensors"
        var bytes = try directory.read(file)
        // The same width, so that only the type in the header changes.
        let name = Array(#""model.embed_tokens.weight":{"dtype":"F32""#.utf8)
        let place = try #require((0..<bytes.count - name.count).first { Array(bytes[$0..<$0 + name.count]) == name })
        bytes[place + name.count - 4] = UInt8(ascii: "I")
        try directory.write(file, bytes)
        return path
    }

    @Test func truncatedFile() throws {
        let path = try ModelFixture.write("llama", tensors: try tensors("llama"), in: directory)
        let bytes = try directory.read("model/model.safetensors")
        try directory.write("model/model.safetensors", bytes.dropLast(100))
        let text = failure { _ = try TransformerWeights.load(path) }
        #expect(text?.contains("model.safetensors") == true)
    }

    @Test func numbersBeyondBFloat16() throws {
        var tensors = try tensors("llama")
        tensors[0].values[0] = .greatestFiniteMagnitude
        let path = try ModelFixture.write("llama", tensors: tensors, in: directory)
        #expect(try TransformerWeights.load(path).values == tensors.map(\.values))
        let text = failure { _ = try TransformerWeights.load(path, type: .bfloat16) }
        #expect(text?.contains("'model.embed_tokens.weight' holds") == true)
    }

    @Test func missingFiles() throws {
        let path = try directory.makeDirectory("empty")
        #expect(failure { _ = try TransformerWeights.load(path) }?.contains("has no config.json") == true)
        try directory.write("empty/config.json", "{")
        #expect(failure { _ = try TransformerWeights.load(path) } != nil)
        try directory.write("empty/config.json", try #require(ModelFixture.configurations["llama"]))
        #expect(failure { _ = try TransformerWeights.load(path) }?.contains("has no weights") == true)
    }

    @Test func modelsBeyondTheMemoryAreRefused() throws {
        let c = try ModelFixture.parse(
            #"{"model_type": "llama", "hidden_size": 262144, "intermediate_size": 1048576, "num_hidden_layers": 4096}"#)
        let text = failure { _ = try TransformerWeights.random(c, seed: 1) }
        #expect(text?.contains("bytes of memory") == true)
    }
}

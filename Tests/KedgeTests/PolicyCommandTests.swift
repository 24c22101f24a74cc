import JSON
import Schemas
import TestFixtures
import Testing

/// `init`, `generate` and `evaluate` on models of a few thousand parameters.
@Suite struct PolicyCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private static let fields = [
        "model_type": "\"qwen2\"", "architectures": "[\"Qwen2ForCausalLM\"]", "hidden_size": "16",
        "intermediate_size": "32", "num_hidden_layers": "1", "num_attention_heads": "2", "num_key_value_heads": "1",
        "vocab_size": "2048", "max_position_embeddings": "4096", "tie_word_embeddings": "true",
        "eos_token_id": "2002",
    ]

    /// The text of a config.json; `changes` replace fields, and nil takes one away.
    private static func configuration(_ changes: [String: String?] = [:]) -> String {
        var fields = fields
        for (name, value) in changes { fields[name] = value }
        return "{" + fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
            + "}"
    }

    /// Makes a model; what its weights are follows from the seed 0.
    private func make(
        _ name: String = "model", _ changes: [String: String?] = [:], _ options: [String] = []
    ) throws -> String {
        let configuration = try directory.write("\(name).json", Self.configuration(changes))
        let outcome = try Program.run(["init", configuration, "--output", directory.file(name)] + options)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errorText)")
        return directory.file(name)
    }

    private func generate(_ model: String, _ options: [String] = ["--prompt-ids", "1,2,3"]) throws -> Outcome {
        try Program.run(["generate", model, "--max-tokens", "6", "--threads", "2"] + options)
    }

    private func completions(_ outcome: Outcome) throws -> [JSONNode] {
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errorText)")
        let root = JSONNode(try JSONDocument.parsing(outcome.output).root)
        guard case .object(let members) = root, case .array(let list)? = members.first?.value else { return [] }
        #expect(members.map(\.key) == ["completions"])
        return list
    }

    @Test func aSeedGivesItsWeights() throws {
        _ = try make("a", [:], ["--seed", "3", "--tokenizer", Sample.tokenizer])
        _ = try make("b", [:], ["--seed", "3", "--threads", "1"])
        _ = try make("c", [:], ["--seed", "4"])
        let weights = try ["a", "b", "c"].map { try directory.read("\($0)/model.safetensors") }
        #expect(weights[0] == weights[1] && weights[0] != weights[2])
        #expect(
            Set(try directory.contents("a")) == [
                "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
            ])
        let again = try Program.run(["init", directory.file("a.json"), "--output", directory.file("a")])
        expectRefusal(again, [directory.file("a"), "--force"])
    }

    @Test func completionsDoNotDependOnTheirNumber() throws {
        let model = try make("model", [:], ["--tokenizer", Sample.tokenizer])
        let prompt = ["--prompt", "One and one", "--ignore-eos"]
        let four = try completions(try generate(model, prompt + ["--json", "--num-generations", "4"]))
        let two = try completions(
            try generate(model, prompt + ["--json", "--num-generations", "2", "--batch-size", "1"]))
        #expect(four.count == 4 && Array(four.prefix(2)) == two && Set(four.map { "\($0)" }).count == 4)
        guard case .object(let members)? = two.first,
            case .string(let text)? = members.first(where: { $0.key == "text" })?.value
        else { Issue.record("a completion is an object with a text"); return }
        #expect(members.map(\.key) == ["ids", "log_probs", "text", "finish_reason"])
        let streamed = try generate(model, prompt)
        #expect(streamed.text == text + "\n" && streamed.status == 0)
        let several = try generate(model, prompt + ["--num-generations", "2"])
        #expect(several.text.hasPrefix("--- 1 (length)\n" + text + "\n--- 2 (length)\n"))
    }

    @Test func stopsAndTemplates() throws {
        let model = try make("model", [:], ["--tokenizer", Sample.tokenizer])
        #expect(try generate(model, ["--prompt", "Hi", "--chat", "--system", "Be brief."]).status == 0)
        // Whatever the first token is, its text holds one of these.
        let stops = (32..<127).flatMap { ["--stop", String(UnicodeScalar(UInt8($0)))] }
        let stopped = try completions(try generate(model, ["--prompt", "Hi", "--json", "--temperature", "0"] + stops))
        #expect("\(stopped)".contains("stop_sequence"))
        #expect(try generate(model, ["--prompt", "- one", "--stop", "- two", "--top-k", "0"]).status == 0)
        // As transformers writes it where nobody has set a length.
        _ = try directory.write(
            "model/tokenizer_config.json", #"{"model_max_length": 1000000000000000019884624838656}"#)
        #expect(try generate(model, ["--prompt", "Hi"]).status == 0)
    }

    @Test func withoutATokenizerIdsAreEnough() throws {
        let model = try make()
        let ids = try generate(model)
        #expect(ids.status == 0 && ids.text.dropLast().allSatisfy { $0.isNumber || $0 == "," }, "\(ids.text)")
        expectRefusal(
            try generate(model, ["--prompt", "Hi"]), [model, "tokenizer.json", "--tokenizer", "--prompt-ids"])
        expectRefusal(try generate(model, ["--prompt-ids", "1,2048"]), ["--prompt-ids", "2048", "2047"])
        expectRefusal(
            try generate("\(model)/model.safetensors", ["--prompt", "Hi"]), ["tokenizer.json", "--tokenizer"])
        let small = try make("small", ["vocab_size": "100", "eos_token_id": "2"], ["--tokenizer", Sample.tokenizer])
        expectRefusal(try generate(small, ["--prompt", "What is one and one?"]), [small, "99", "tokenizer"])
    }

    @Test func aModelInOneFile() throws {
        let model = try make()
        let file = directory.file("alone.h5")
        #expect(try Program.run(["convert", model, file]).status == 0)
        #expect(try generate(file).output == generate(model).output)
        let shards = try make("shards", [:], ["--max-shard-size", "40KB"])
        #expect(try directory.contents("shards").count > 3)
        #expect(try generate(shards).output == generate(model).output)
    }

    @Test func evaluatesADataset() throws {
        let data = directory.file("data.h5")
        #expect(try tokenize([Sample.traces], output: data).status == 0)
        let model = try make("model", [:], ["--tokenizer", Sample.tokenizer])
        let lines = directory.file("lines.jsonl")
        let command = [
            "evaluate", model, "--dataset", data, "--max-tokens", "4", "--num-generations", "4", "--limit", "3",
        ]
        let whole = try Program.run(command + ["--output", lines, "--json", "--k", "1,4"])
        #expect(whole.status == 0 && whole.errors.isEmpty, "\(whole.errorText)")
        #expect(whole.text.hasPrefix("{\"problems\":3,\"rollouts\":12,"))
        let records = try directory.read("lines.jsonl").split(separator: UInt8(ascii: "\n"))
        #expect(records.count == 3)
        let contract = JSONNode(try JSONDocument.parsing(try #require(Schemas.json(named: "evaluation-record"))).root)
        guard case .object(let members) = contract else { return }
        // The version is the contract's own, and no keyword.
        let schema = try JSONSchema(.object(members.filter { $0.key != "version" }))
        for record in records {
            let line = JSONNode(try JSONDocument.parsing(Array(record)).root)
            #expect(schema.violations(in: line).isEmpty)
        }
        expectRefusal(try Program.run(command + ["--output", lines]), [lines, "--force"])
        let table = try Program.run(command + ["--prefix-ratio", "0.5"])
        #expect(table.status == 0 && table.text.contains("pass@4") && !table.text.contains("pass@8"), "\(table.text)")
        expectRefusal(try Program.run(command + ["--prefix-ratio", "0.3"]), [data, "0.3", "0.5"])
        let small = try make("small", ["vocab_size": "100", "eos_token_id": "2"], ["--tokenizer", Sample.tokenizer])
        expectRefusal(
            try Program.run(["evaluate", small, "--dataset", data, "--output", directory.file("none.jsonl")]),
            [data, "row 0", "99"])
        #expect(try directory.names().allSatisfy { !$0.hasPrefix("none.jsonl") && !$0.contains("partial") })
    }

    @Test(arguments: [
        (["num_hidden_layers": "2"], ["'model.layers.1.", "is missing"]),
        (["intermediate_size": "48"], ["'model.layers.0.mlp.", "[32, 16]", "[48, 16]"]),
        (["tie_word_embeddings": "false"], ["'lm_head.weight' is missing"]),
        (["model_type": "\"gpt2\""], ["'model_type' is gpt2"]),
        (["architectures": "[\"Qwen2ForSequenceClassification\"]"], ["Qwen2ForSequenceClassification"]),
        (["rope_scaling": "{\"rope_type\": \"longrope\"}"], ["longrope"]),
        (["quantization_config": "{\"bits\": 4}"], ["'quantization_config'"]),
        (["novelty": "1"], ["'novelty'"]),
        (["hidden_size": "1000000000"], ["'hidden_size'"]),
        (["num_hidden_layers": "1000000000"], ["'num_hidden_layers'"]),
        (["eos_token_id": "2048"], ["'eos_token_id'"]),
    ])
    func aConfigurationThatIsNotTheWeights(changes: [String: String], parts: [String]) throws {
        let model = try make()
        _ = try directory.write("model/config.json", Self.configuration(changes))
        expectRefusal(try generate(model), [model] + parts)
    }

    @Test func damagedWeights() throws {
        let model = try make()
        let file = "model/model.safetensors"
        let bytes = try directory.read(file)
        // The last number of the last tensor.
        _ = try directory.write(file, bytes.dropLast(4) + [0, 0, 0xC0, 0x7F])
        expectRefusal(try generate(model), [model, "'model.", "NaN"])
        _ = try directory.write(file, bytes.dropLast(10))
        expectRefusal(try generate(model), [file, "truncated"])
        _ = try directory.write(file, [UInt8](repeating: 0, count: 100))
        expectRefusal(try generate(model), [file])
        expectRefusal(try generate(directory.file("model.json")), [directory.file("model.json")])
        expectRefusal(try generate(directory.file("none")), [directory.file("none")])
        expectRefusal(try Program.run(["init", model, "--output", directory.file("x")]), [model, "directory"])
    }

    @Test(arguments: [
        ["generate", "m"], ["generate", "m", "--prompt", "a", "--prompt-ids", "1"],
        ["generate", "m", "--prompt-ids", "1,x"], ["generate", "m", "--prompt-ids", "1", "--chat"],
        ["generate", "m", "--prompt", "a", "--system", "b"], ["generate", "m", "--prompt", "a", "--stop", ""],
        ["generate", "m", "--prompt", "a", "--top-p", "0"], ["generate", "m", "--prompt", "a", "--temperature", "nan"],
        ["generate", "m", "--prompt", "a", "--max-tokens", "0"], ["generate", "m", "--prompt", "a", "--dtype", "int8"],
        ["evaluate", "m", "--dataset", "d", "--k", "9"], ["evaluate", "m", "--dataset", "d", "--prefix-ratio", "nan"],
        ["evaluate", "m", "--dataset", "d", "--limit", "0"], ["evaluate", "m"],
        ["init", "c.json", "--output", "o", "--dtype", "fp16"], ["init", "c.json", "--output", "o.h5"],
        ["bench", "train-step", "m", "--batch", "65536", "--length", "1048576"],
        ["bench", "gemm", "--m", "65536", "--n", "65536", "--k", "65536"],
        ["bench", "generate", "m", "--batch", "4096", "--max-tokens", "1048576"],
    ])
    func wrongUsage(arguments: [String]) throws {
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome.errorText)")
    }
}

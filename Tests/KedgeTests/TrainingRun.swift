import Glibc
import TestFixtures
import Testing

/// What `kedge train` needs: the sample as a dataset, a model of a few thousand parameters, and settings.
struct TrainingRun {
    let directory: TemporaryDirectory

    private static let supervised = """
        objective: sft
        max_steps: 3
        per_device_train_batch_size: 2
        gradient_accumulation_steps: 1
        max_length: 64
        """

    private static let rollouts = """
        objective: grpo
        max_steps: 3
        per_device_train_batch_size: 4
        gradient_accumulation_steps: 1
        num_generations: 2
        max_completion_length: 4
        reward_funcs: [accuracy, format]
        """

    /// - Parameter vocabulary: how many ids the model knows; the sample's tokenizer has 2,005.
    init(vocabulary: Int = 2048, positions: Int = 512) throws {
        directory = try TemporaryDirectory()
        let made = try tokenize([Sample.traces], output: data)
        #expect(made.status == 0, "\(made.errorText)")
        try writeModel("model", vocabulary: vocabulary, positions: positions)
        try write("sft.yaml", Self.supervised)
        try write("grpo.yaml", Self.rollouts)
    }

    var data: String { directory.file("data.h5") }
    var output: String { directory.file("run") }

    /// Writes settings, with the paths in front.
    func write(_ name: String, _ settings: String) throws {
        _ = try directory.write(
            name,
            """
            model_name_or_path: \(directory.file("model"))
            dataset_name: \(data)
            output_dir: \(output)
            \(settings)

            """)
    }

    /// Makes a model whose weights follow from the seed.
    func writeModel(_ name: String, vocabulary: Int = 2048, positions: Int = 512, seed: Int = 0) throws {
        let configuration = try directory.write(
            "\(name).json",
            """
            {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "hidden_size": 16, "intermediate_size": 32,
             "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": \(vocabulary),
             "max_position_embeddings": \(positions), "tie_word_embeddings": true, "eos_token_id": 2}
            """)
        let made = try Program.run([
            "init", configuration, "--output", directory.file(name), "--tokenizer", Sample.tokenizer, "--seed",
            "\(seed)",
            "--force",
        ])
        #expect(made.status == 0, "\(made.errorText)")
    }

    private func words(_ settings: String, _ options: [String]) -> [String] {
        ["train", directory.file(settings), "--threads", "1"] + options
    }

    /// Trains.
    func train(_ settings: String, _ options: [String] = [], shell: String? = nil) throws -> Outcome {
        try Program.run(words(settings, options), shell: shell)
    }

    /// Begins to train.
    func start(_ settings: String, _ options: [String] = []) throws -> RunningProgram {
        try Program.start(words(settings, options))
    }

    /// Removes a checkpoint, as if the run had been killed before it.
    func removeCheckpoint(_ step: Int) throws {
        let path = "run/checkpoint-\(step)"
        for name in try directory.contents(path) { unlink(directory.file("\(path)/\(name)")) }
        rmdir(directory.file(path))
    }

    /// The lines of metrics.jsonl.
    func metrics(in name: String = "run") throws -> [String] {
        String(decoding: try directory.read("\(name)/metrics.jsonl"), as: UTF8.self).split(separator: "\n").map(
            String.init)
    }

    /// The lines of metrics.jsonl without what a clock says.
    func untimedMetrics(in name: String = "run") throws -> [String] {
        try metrics(in: name).map { line in
            let timings = ["\"step_time\":", "\"eval_runtime\":", "\"timing_s/gen\":"]
            return line.split(separator: ",").filter { part in !timings.contains { part.hasPrefix($0) } }.joined(
                separator: ",")
        }
    }

    /// The names in the run's directory but for TensorBoard's.
    func names() throws -> [String] {
        try directory.contents("run").filter { !$0.hasPrefix("events.") }.sorted()
    }

    /// Expects what a run leaves that has updates and checkpoints, and nothing else.
    func expectFiles(checkpoints: [Int], sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(
            try names()
                == (checkpoints.map { "checkpoint-\($0)" } + ["configuration.json", "metrics.jsonl", "samples.jsonl"])
                .sorted(), sourceLocation: sourceLocation)
    }
}

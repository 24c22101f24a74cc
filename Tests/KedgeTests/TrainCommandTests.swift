import Glibc
import TestFixtures
import Testing

@Suite struct TrainCommandTests {
    @Test(arguments: ["sft", "grpo"])
    func aRun(objective: String) throws {
        let run = try TrainingRun()
        let outcome = try run.train("\(objective).yaml", ["--save_steps", "2", "--learning-rate=1e-4"])
        #expect(outcome.status == 0, "\(outcome.errorText)")
        #expect(outcome.text == "3 updates; \(run.output)/checkpoint-3\n")
        try run.expectFiles(checkpoints: [2, 3])
        let metrics = try run.metrics()
        #expect(metrics.count == 3)
        #expect(metrics.allSatisfy { $0.contains("\"loss\":") && $0.contains("\"learning_rate\":") })
        #expect(metrics[0].contains("\"learning_rate\":0.0001"))
        #expect(metrics[0].contains("rewards/accuracy/mean") == (objective == "grpo"))
        #expect(
            Set(try run.directory.contents("run/checkpoint-3")).isSuperset(of: [
                "config.json", "model.safetensors", "tokenizer.json", "optimizer.safetensors", "trainer_state.json",
            ]))

        expectRefusal(try run.train("\(objective).yaml"), [run.output, "holds a run already"])
        #expect(try run.train("\(objective).yaml", ["--force", "--max_steps", "1"]).status == 0)
        try run.expectFiles(checkpoints: [1])
        let generated = try Program.run([
            "generate", "\(run.output)/checkpoint-1", "--prompt-ids", "1,2", "--max-tokens", "2",
        ])
        #expect(generated.status == 0, "\(generated.errorText)")
    }

    @Test func aDryRunWritesNothing() throws {
        let run = try TrainingRun()
        for settings in ["sft.yaml", "grpo.yaml"] {
            let outcome = try run.train(settings, ["--dry-run"])
            #expect(outcome.status == 0 && outcome.text.contains("updates"), "\(outcome.errorText)")
            #expect(outcome.text.contains("row 0"))
        }
        #expect(run.directory.isMissing("run"))
    }

    @Test(arguments: [
        (["--learning-rat", "1"], ["--learning_rat", "learning_rate"]),
        (["--learning_rate", "-1"], ["--learning_rate", "at least 0"]),
        (["--learning_rate", "nan"], ["--learning_rate", "number"]),
        (["--max_steps", "0"], ["--max_steps", "1 at least"]),
        (["--num_generations", "1"], ["--num_generations", "at least 2"]),
        (["--num_generations", "3"], ["--num_generations", "4 rollouts"]),
        (["--reward_funcs", "[acuracy]"], ["--reward_funcs", "accuracy"]),
        (["--output_dir", "none/at/all"], ["none/at/all"]),
        (["--output_dir", "/dev/null"], ["/dev/null"]),
        (["--dataset_name", "none.h5"], ["none.h5"]),
        (["--model_name_or_path", "none"], ["none"]),
    ])
    func wrongSettings(options: [String], parts: [String]) throws {
        let run = try TrainingRun()
        expectRefusal(try run.train("grpo.yaml", options), parts)
        #expect(run.directory.isMissing("run"))
    }

    @Test(arguments: [
        ("a: &a [x]\nb: [*a, *a]\n", ["anchors"]), ("learning-rate: 1\n", [":4:", "learning_rate"]),
        ("objective: sft\nobjective: sft\n", [":5:", "line 4"]),
        ("a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", ["deep"]),
        ("# " + String(repeating: "x", count: 10_000_000), ["larger than the limit"]), ("%", ["not YAML"]),
    ])
    func wrongFiles(text: String, parts: [String]) throws {
        let run = try TrainingRun()
        try run.write("bad.yaml", text)
        expectRefusal(try run.train("bad.yaml"), [run.directory.file("bad.yaml")] + parts)
        #expect(run.directory.isMissing("run"))
    }

    // MARK: Data and models

    @Test func anotherTokenizer() throws {
        let run = try TrainingRun()
        let text = String(decoding: try run.directory.read("model/tokenizer.json"), as: UTF8.self)
        _ = try run.directory.write("model/tokenizer.json", text + "\n")
        expectRefusal(try run.train("sft.yaml"), [run.data, run.directory.file("model/tokenizer.json")])
        #expect(run.directory.isMissing("run"))
    }

    @Test(arguments: ["sft.yaml", "grpo.yaml"])
    func aVocabularyThatIsTooSmall(settings: String) throws {
        let run = try TrainingRun(vocabulary: 100)
        for options in [[], ["--dry-run"]] {
            expectRefusal(try run.train(settings, options), [run.data, "row 0", "0 to 99"])
        }
        #expect(run.directory.isMissing("run"))
    }

    @Test func tooFewPositions() throws {
        let run = try TrainingRun(positions: 52)
        expectRefusal(try run.train("sft.yaml"), [run.data, "64 tokens", "52 positions", "max_length: 52"])
        // The longest prompt of the sample has 49 tokens.
        expectRefusal(try run.train("grpo.yaml"), [run.data, "49 tokens", "53", "52 positions"])
        #expect(run.directory.isMissing("run"))
        #expect(try run.train("sft.yaml", ["--max_length", "52", "--max_steps", "1"]).status == 0)
        #expect(
            try run.train("grpo.yaml", ["--max_completion_length", "3", "--max_steps", "1", "--force"]).status == 0)
    }

    @Test func noRows() throws {
        let run = try TrainingRun()
        let none = try tokenize(
            [Sample.traces], output: run.directory.file("none.h5"),
            ["--min-expert", "100000", "--max-expert", "100001"])
        // An empty dataset is not made at all, or refused here.
        if none.status == 0 {
            expectRefusal(
                try run.train("sft.yaml", ["--dataset_name", run.directory.file("none.h5")]), ["none.h5", "no rows"])
        }
    }
}

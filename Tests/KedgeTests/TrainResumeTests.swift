import Glibc
import JSON
import TestFixtures
import Testing

/// `kedge train` that is stopped, fails, and goes on.
@Suite struct TrainResumeTests {
    /// Waits until a run has so many updates.
    private func wait(_ run: TrainingRun, updates: Int) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline, ((try? run.metrics().count) ?? 0) < updates { usleep(2000) }
    }

    @Test(arguments: ["sft", "grpo"])
    func goesOnAsIfItHadNotStopped(objective: String) throws {
        let run = try TrainingRun()
        let whole = ["--output_dir", run.directory.file("whole")]
        #expect(try run.train("\(objective).yaml", whole).status == 0)
        // Killed where nobody can tidy up: after the update 2 there is a checkpoint, the update 3 is lost.
        #expect(try run.train("\(objective).yaml", ["--save_steps", "2"]).status == 0)
        try run.removeCheckpoint(3)
        let half = try run.directory.read("run/metrics.jsonl") + Array("{\"step\":4,\"lo".utf8)
        _ = try run.directory.write("run/metrics.jsonl", half)
        let outcome = try run.train("\(objective).yaml", ["--resume", "--save_steps", "2"])
        #expect(outcome.status == 0 && !outcome.errorText.contains("no checkpoint"), "\(outcome.errorText)")
        #expect(try run.untimedMetrics() == run.untimedMetrics(in: "whole"))
        for name in ["model.safetensors", "optimizer.safetensors"] {
            #expect(
                try run.directory.read("run/checkpoint-3/\(name)") == run.directory.read("whole/checkpoint-3/\(name)"))
        }
        try run.expectFiles(checkpoints: [2, 3])
    }

    @Test func withoutACheckpointItBeginsAndSaysSo() throws {
        let run = try TrainingRun()
        let first = try run.train("sft.yaml", ["--resume"])
        #expect(first.status == 0 && first.errorText.contains("no checkpoint"), "\(first.errorText)")
        try run.removeCheckpoint(3)
        let again = try run.train("sft.yaml", ["--resume", "--max_steps", "2"])
        #expect(again.status == 0 && again.errorText.contains("no checkpoint"), "\(again.errorText)")
        try run.expectFiles(checkpoints: [2])
        #expect(try run.metrics().count == 2)
        let settings = JSONNode(try JSONDocument.parsing(try run.directory.read("run/configuration.json")).root)
        #expect("\(settings)".contains("max_steps"))
        #expect(
            try String(decoding: run.directory.read("run/configuration.json"), as: UTF8.self).contains(
                "\"max_steps\": 2"))
    }

    @Test(arguments: ["data.h5", "model/model.safetensors", "model/config.json", "model/tokenizer.json"])
    func whatHasChangedIsNamed(name: String) throws {
        let run = try TrainingRun()
        #expect(try run.train("sft.yaml", ["--max_steps", "1"]).status == 0)
        var bytes = try run.directory.read(name)
        if name == "data.h5" {
            // Other rows of the same tokenizer.
            let lines = try run.directory.write("fewer.jsonl", Sample.lines(Array(try Sample.rows().dropLast())))
            unlink(run.data)
            #expect(try tokenize([lines], output: run.data).status == 0)
        } else if name == "model/tokenizer.json" {
            _ = try run.directory.write(name, bytes + [0x0A])
        } else if name == "model/config.json" {
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try run.directory.write(name, text.replacing("\"eos_token_id\": 2", with: "\"eos_token_id\": 3"))
        } else {
            // The exponent of the last number.
            bytes[bytes.count - 1] ^= 1
            _ = try run.directory.write(name, bytes)
        }
        expectRefusal(try run.train("sft.yaml", ["--resume", "--max_steps", "1"]), [run.directory.file(name)])
        try run.expectFiles(checkpoints: [1])
    }

    @Test func otherSettingsAreNamed() throws {
        let run = try TrainingRun()
        #expect(try run.train("sft.yaml", ["--max_steps", "1"]).status == 0)
        expectRefusal(try run.train("sft.yaml", ["--resume", "--max_steps", "2"]), ["max_steps", "checkpoint-1"])
        let usage = try run.train("sft.yaml", ["--resume", "--force"])
        #expect(usage.status == 64)
    }

    // MARK: Signals

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalStopsAfterTheUpdate(_ signal: Int32) throws {
        let run = try TrainingRun()
        let running = try run.start("sft.yaml", ["--max_steps", "1000000"])
        try wait(run, updates: 2)
        running.send(signal)
        let outcome = try running.wait(limit: 20)
        #expect(outcome.status == 128 + signal && !outcome.isSignalled, "\(outcome.errorText)")
        let steps = try run.metrics().count
        try run.expectFiles(checkpoints: [steps])
    }

    /// The completions would take minutes.
    @Test func aSignalStopsSampling() throws {
        let run = try TrainingRun(positions: 1 << 20)
        try run.write(
            "long.yaml",
            """
            phases:
              - objective: sft
                max_steps: 1
                per_device_train_batch_size: 1
                max_length: 32
              - objective: grpo
                max_steps: 1
                per_device_train_batch_size: 64
                num_generations: 8
                max_completion_length: 1000000
            """)
        let running = try run.start("long.yaml")
        try wait(run, updates: 1)
        usleep(100_000)
        let sent = ContinuousClock.now
        running.send(SIGTERM)
        let outcome = try running.wait(limit: 20)
        #expect(outcome.status == 143 && !outcome.isSignalled, "\(outcome.errorText)")
        #expect(ContinuousClock.now - sent < .seconds(10))
        try run.expectFiles(checkpoints: [1])
    }

    /// A program that never answers is not waited for.
    @Test func aSignalStopsAReward() throws {
        let run = try TrainingRun()
        let running = try run.start(
            "grpo.yaml",
            ["--reward_funcs", "[process]", "--reward_command", "[/bin/sleep, \"1000\"]", "--reward_timeout", "1000"])
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline, run.directory.isMissing("run/samples.jsonl") { usleep(2000) }
        usleep(300_000)
        running.send(SIGINT)
        let outcome = try running.wait(limit: 20)
        #expect(outcome.status == 130 && !outcome.isSignalled, "\(outcome.errorText)")
        try run.expectFiles(checkpoints: [])
    }

    // MARK: Full disks

    /// The limit stands for a disk that is full: for the checkpoint's weights, and for a line of metrics.
    @Test func aFullDiskWhileSaving() throws {
        let run = try TrainingRun()
        let whole = ["--output_dir", run.directory.file("whole")]
        #expect(try run.train("sft.yaml", whole + ["--save_steps", "1"]).status == 0)
        #expect(try run.train("sft.yaml", ["--save_steps", "1", "--max_steps", "1"]).status == 0)
        // Blocks of 512 bytes: the model's file has 140 kB.
        let options = ["--save_steps", "1", "--output_dir", run.directory.file("full")]
        let blocked = try run.train("sft.yaml", options, shell: "ulimit -f 200; exec \"$@\"")
        expectRefusal(blocked, ["full/.checkpoint-1.tmp", "no checkpoint yet", "--resume"])
        #expect(try run.directory.contents("full").allSatisfy { !$0.contains("checkpoint") })
        let done = try run.train("sft.yaml", options + ["--resume"])
        #expect(done.status == 0, "\(done.errorText)")
        #expect(try run.untimedMetrics(in: "full") == run.untimedMetrics(in: "whole"))
    }

    @Test func aFullDiskWhileLogging() throws {
        let run = try TrainingRun()
        #expect(
            try run.train("sft.yaml", ["--save_steps", "1", "--output_dir", run.directory.file("whole")]).status == 0)
        #expect(try run.train("sft.yaml", ["--save_steps", "1"]).status == 0)
        for step in [2, 3] { try run.removeCheckpoint(step) }
        // A line so long that of the next one a part still fits; the largest file of a checkpoint has 280 kB.
        let limit = 800 * 512
        let line = "{\"step\":1,\"\(String(repeating: "x", count: limit - 100))\":1}\n"
        _ = try run.directory.write("run/metrics.jsonl", line)
        let blocked = try run.train("sft.yaml", ["--resume", "--save_steps", "1"], shell: "ulimit -f 800; exec \"$@\"")
        expectRefusal(blocked, ["metrics.jsonl", "checkpoint-1 is whole", "--resume"])
        #expect(try run.directory.read("run/metrics.jsonl") == Array(line.utf8))
        try run.expectFiles(checkpoints: [1])
        #expect(try run.train("sft.yaml", ["--resume", "--save_steps", "1"]).status == 0)
        #expect(try Array(run.untimedMetrics().dropFirst()) == Array(run.untimedMetrics(in: "whole").dropFirst()))
        #expect(
            try run.directory.read("run/checkpoint-3/model.safetensors")
                == run.directory.read("whole/checkpoint-3/model.safetensors"))
    }
}

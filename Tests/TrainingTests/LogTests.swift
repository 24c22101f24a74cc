import Files
import JSON
import Schemas
import TestFixtures
import Testing

@testable import Training

@Suite struct LogTests {
    private func text(_ path: String) throws -> String {
        String(decoding: try FileSystem.readFile(at: path, limit: 1 << 24), as: UTF8.self)
    }

    @Test func metricsKeepTheirOrder() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/metrics.jsonl"
        var log = try MetricsLog(path: path, keepingThrough: 0)
        try log.append(
            step: 1,
            [("loss", 0.5), ("a/b \"c\"\n", 1e-7), ("kl", .nan), ("loss", 0.25), ("x", -.infinity), ("step", 9)])
        try log.append(step: 2, [])
        #expect(
            try text(path)
                == "{\"step\":1,\"a/b \\\"c\\\"\\n\":1e-07,\"kl\":null,\"loss\":0.25,\"x\":null}\n{\"step\":2}\n")
        let contract = JSONNode(try JSONDocument.parsing(try #require(Schemas.json(named: "training-metrics"))).root)
        let schema = try JSONSchema(.object(contract.membersOrNone.filter { $0.key != "version" }))
        for line in try text(path).split(separator: "\n") {
            #expect(schema.violations(in: JSONNode(try JSONDocument.parsing(String(line)).root)).isEmpty)
        }
        #expect(!schema.violations(in: ["step": 1, "loss": "low"]).isEmpty)
        #expect(!schema.violations(in: ["loss": 1]).isEmpty)
    }

    @Test func resumingCutsLaterLinesOff() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/metrics.jsonl"
        var log = try MetricsLog(path: path, keepingThrough: 0)
        for step in 1...5 { try log.append(step: step, [("loss", Double(step))]) }
        var half = try AppendedFile(path: path)
        try half.append(Array("{\"step\":6,\"lo".utf8))
        var whole = try MetricsLog(path: path, keepingThrough: 5)
        #expect(try text(path).hasSuffix("{\"step\":5,\"loss\":5.0}\n"))
        whole = try MetricsLog(path: path, keepingThrough: 3)
        try whole.append(step: 4, [("loss", 40)])
        #expect(
            try text(path)
                == "{\"step\":1,\"loss\":1.0}\n{\"step\":2,\"loss\":2.0}\n{\"step\":3,\"loss\":3.0}\n{\"step\":4,\"loss\":40.0}\n"
        )
        _ = try MetricsLog(path: path, keepingThrough: 0)
        #expect(try text(path).isEmpty)
    }

    @Test(arguments: [
        "{\"step\":1}\nnonsense\n{\"step\":2}\n", "{\"step\":1}\n{\"loss\":1}\n", "{\"step\":1}\n\n",
        "{\"step\":1}\n[1]\n",
    ])
    func whatIsNoMetricsIsRefused(_ content: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/metrics.jsonl"
        try OutputFile.write(Array(content.utf8), to: path, overwrite: true)
        let error = #expect(throws: LogError.self) { _ = try MetricsLog(path: path, keepingThrough: 5) }
        #expect(error?.line == 2)
        #expect(error?.description.contains("\n") == false)
        #expect(try text(path) == content)
    }

    @Test func pathsThatAreNoFiles() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: LogError.self) { _ = try MetricsLog(path: directory.path, keepingThrough: 0) }
        #expect(throws: LogError.self) {
            _ = try MetricsLog(path: directory.path + "/none/metrics.jsonl", keepingThrough: 0)
        }
        #expect(throws: LogError.self) { _ = try MetricsLog(path: "/dev/full", keepingThrough: 0) }
    }

    @Test func samplesReadBack() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/samples.jsonl"
        let sample = RolloutSample(
            step: 2, group: 1, rollout: 3, prompt: "1+1\n", prefix: "</script>", continuation: "\u{1F600} \"2\"",
            prefixRatio: 0.5, prefixTokens: 4, continuationTokens: 3, finishReason: "stop", reward: 1,
            rewards: [("accuracy", 1), ("process", nil)], advantage: .nan)
        var log = try SamplesLog(path: path, keepingThrough: 0)
        try log.append([])
        try log.append([sample, sample])
        let lines = try text(path).split(separator: "\n")
        #expect(lines.count == 2)
        let read = try #require(RolloutSample(JSONNode(try JSONDocument.parsing(String(lines[1])).root)))
        #expect(read == sample)
        #expect(read.advantage == nil)
        #expect(read.rewards.map(\.name) == ["accuracy", "process"])
        #expect(RolloutSample(["step": 1]) == nil)
        _ = try SamplesLog(path: path, keepingThrough: 1)
        #expect(try text(path).isEmpty)
    }
}

@Suite struct RunDirectoryTests {
    private func configuration(_ steps: Int = 3) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            yaml: Array(
                "{model_name_or_path: m, output_dir: o, dataset_name: d, objective: sft, max_steps: \(steps)}".utf8))
    }

    @Test func aRunIsNotReplacedUnasked() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/run/"
        do {
            let run = try RunDirectory(creating: path, try configuration())
            #expect(run.metricsPath == directory.path + "/run/metrics.jsonl")
            #expect(try run.configuration() == configuration())
            // Two trainers in one directory would spoil each other's files.
            #expect(throws: LogError.self) { _ = try RunDirectory(resuming: path) }
            #expect(throws: LogError.self) {
                _ = try RunDirectory(creating: path, try configuration(), overwriting: true)
            }
            for name in ["checkpoint-4", "reference-1", ".checkpoint-6.tmp", ".checkpoint-6.tmp.kedge-partial"] {
                try FileSystem.createDirectory(at: "\(run.path)/\(name)")
                try OutputFile.write([1], to: "\(run.path)/\(name)/model.safetensors", overwrite: false)
            }
            try FileSystem.createDirectory(at: run.path + "/checkpoint-notes")
            try OutputFile.write([1], to: run.path + "/notes.txt", overwrite: false)
            try OutputFile.write([1], to: run.metricsPath, overwrite: false)
        }
        let error = #expect(throws: LogError.self) { _ = try RunDirectory(creating: path, try configuration()) }
        #expect(error?.code == .occupied)
        let again = try RunDirectory(creating: path, try configuration(5), overwriting: true)
        #expect(again.lastCheckpoint == nil)
        #expect(try again.configuration().phases[0].optimization.maxSteps == 5)
        #expect(
            try FileSystem.contents(ofDirectory: again.path) == ["checkpoint-notes", "configuration.json", "notes.txt"])
    }

    @Test func otherDirectoriesAreLeftAlone() throws {
        let directory = try TemporaryDirectory()
        try OutputFile.write([1], to: directory.path + "/thesis.tex", overwrite: false)
        for overwriting in [false, true] {
            let error = #expect(throws: LogError.self) {
                _ = try RunDirectory(creating: directory.path, try configuration(), overwriting: overwriting)
            }
            #expect(error?.code == .occupied)
        }
        #expect(throws: LogError.self) { _ = try RunDirectory(resuming: directory.path) }
        #expect(throws: LogError.self) { _ = try RunDirectory(resuming: directory.path + "/none") }
        #expect(try FileSystem.contents(ofDirectory: directory.path) == ["thesis.tex"])
    }

    @Test func wholeCheckpointsAreFoundByTheirNames() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/run"
        do {
            let run = try RunDirectory(creating: path, try configuration())
            for name in [
                "checkpoint-2", "checkpoint-10", "checkpoint-9", "checkpoint-07", "checkpoint-+3", "checkpoint-",
            ] {
                try FileSystem.createDirectory(at: "\(run.path)/\(name)")
                try OutputFile.write([1], to: "\(run.path)/\(name)/trainer_state.json", overwrite: false)
            }
            // Not whole: somebody removed what says where the run stood.
            try FileSystem.createDirectory(at: run.path + "/checkpoint-100")
            #expect(try CheckpointStore.checkpoints(in: run.path).map(\.step) == [2, 9, 10])
        }
        let again = try RunDirectory(resuming: path, try configuration(5))
        #expect(again.lastCheckpoint == path + "/checkpoint-10")
        // It goes on with a checkpoint of the run that it describes.
        #expect(try again.configuration() == configuration())
    }

    @Test func whatAKilledProcessLeftIsRemoved() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/run"
        do {
            let run = try RunDirectory(creating: path, try configuration())
            for name in [".checkpoint-3.tmp", ".checkpoint-1.removed", ".reference-1.tmp"] {
                try FileSystem.createDirectory(at: "\(run.path)/\(name)")
                try OutputFile.write([1], to: "\(run.path)/\(name)/a", overwrite: false)
            }
            let partial = run.path + "/.checkpoint-3.tmp.kedge-partial"
            try FileSystem.createDirectory(at: partial)
            try FileSystem.createDirectory(at: partial + "/files")
            try OutputFile.write([1], to: partial + "/files/a", overwrite: false)
        }
        let run = try RunDirectory(resuming: path)
        #expect(try FileSystem.contents(ofDirectory: path) == ["configuration.json"])
        #expect(try run.configuration() == configuration())
    }

    @Test func aRunWithoutACheckpointBeginsWithItsNewSettings() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/run"
        do { _ = try RunDirectory(creating: path, try configuration()) }
        let run = try RunDirectory(resuming: path, try configuration(5))
        #expect(try run.configuration() == configuration(5))
        // The file that was locked is another one now.
        let error = #expect(throws: LogError.self) { _ = try RunDirectory(resuming: path) }
        #expect(error?.code == .inUse)
    }

    @Test func logsGoOnAfterTheCheckpoint() throws {
        let directory = try TemporaryDirectory()
        let run = try RunDirectory(creating: directory.path + "/run", try configuration())
        var settings = RunSettings()
        settings.loggingSteps = 2
        settings.completionSteps = 4
        settings.completionLimit = 3
        var log = try RunLog(run, settings, after: 0)
        for step in 1...4 { try log.append(step: step, [("loss", 1)]) }
        #expect((1...8).map { log.sampleLimit(step: $0) } == [3, 0, 0, 3, 0, 0, 0, 3])
        // Batches that are used for two updates each begin with odd ones.
        #expect([1, 3, 5, 7].map { log.sampleLimit(step: $0, updates: 2) } == [3, 3, 0, 3])
        log = try RunLog(run, settings, after: 2)
        let lines = try FileSystem.readFile(at: run.metricsPath, limit: 1 << 20).split(separator: 0x0A)
        #expect(lines.count == 2)
        let events = try FileSystem.contents(ofDirectory: run.path).filter { $0.hasPrefix("events") }
        #expect(events.count == 2)
        settings.reporting = .none
        settings.logsCompletions = false
        log = try RunLog(run, settings, after: 2)
        #expect(log.sampleLimit(step: 4) == 0)
        #expect(try FileSystem.contents(ofDirectory: run.path).filter { $0.hasPrefix("events") } == events)
    }
}

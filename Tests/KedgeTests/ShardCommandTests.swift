import TestFixtures
import Testing

/// `tokenize --shard-size` and `verify --merge`.
@Suite struct ShardCommandTests {
    private func shards(
        _ directory: TemporaryDirectory, _ options: [String] = [], environment: [String: String?] = [:]
    ) throws -> Outcome {
        try Program.run(
            [
                "tokenize", Sample.traces, "--tokenizer", Sample.tokenizer, "--output", directory.file("out"),
                "--shard-size", "5kB",
            ] + options, environment: environment)
    }

    @Test(
        arguments: [
            (["OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"], 1, 2),
            (["PMI_RANK": "2", "PMI_SIZE": "3"], 2, 3),
            (["SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "4"], 1, 4),
            // A batch script by itself is one process, whatever the job has.
            (["SLURM_PROCID": "0", "SLURM_NTASKS": "8"], 0, 1),
            (["SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "4"], 1, 3),
            (
                [
                    "SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "1",
                    "SLURM_ARRAY_TASK_MAX": "5", "SLURM_ARRAY_TASK_STEP": "2",
                ], 2, 3
            ),
            // What starts processes inside the tasks of an array does not matter.
            (
                [
                    "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "2", "OMPI_COMM_WORLD_RANK": "0",
                    "OMPI_COMM_WORLD_SIZE": "2",
                ], 2, 4
            ),
            (
                [
                    "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "2", "PMI_RANK": "1", "PMI_SIZE": "2",
                    "SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2",
                ], 3, 4
            ),
            (
                [
                    "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_PROCID": "1",
                    "SLURM_STEP_NUM_TASKS": "2",
                ], 3, 4
            ),
        ] as [([String: String], Int, Int)])
    func ranksFromTheEnvironment(_ variables: [String: String], _ rank: Int, _ worldSize: Int) throws {
        let directory = try TemporaryDirectory()
        let outcome = try shards(directory, environment: variables.mapValues { $0 })
        #expect(outcome.status == 0, "\(outcome.errorText)")
        let names = try directory.contents("out").filter { $0.hasPrefix("data-") }
        let total = try #require(names.first.flatMap { Int($0.split(separator: "-").last?.prefix(5) ?? "") })
        let mine = Array(stride(from: rank, to: total, by: worldSize))
        #expect(names.compactMap { Int($0.dropFirst(5).prefix(5)) } == mine)
        #expect(directory.isMissing("out/index.json") == (worldSize > 1))
    }

    @Test func ranksThatCannotBe() throws {
        let directory = try TemporaryDirectory()
        for (options, variables) in [
            (["--rank", "2", "--world-size", "2"], [:]), (["--rank", "0"], [:]),
            (["--rank", "-1", "--world-size", "2"], [:]),
            (["--resume", "--force"], [:]), ([], ["PMI_RANK": "x", "PMI_SIZE": "2"]),
            // --array=1,3,5,9: each task must be refused, not only those whose number is too large.
            (
                [],
                [
                    "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "1",
                    "SLURM_ARRAY_TASK_MAX": "9",
                ]
            ),
            ([], ["SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_MIN": "3"]),
            (["--dropped", "a/b.jsonl"], [:]), (["--shard-size", "0"], [:]), (["--shard-size", "many"], [:]),
        ] as [([String], [String: String])] {
            let outcome = try shards(directory, options, environment: variables.mapValues { $0 })
            #expect(outcome.status == 64, "\(options) \(variables): \(outcome.errorText)")
        }
        #expect(directory.isMissing("out"))
        let single = try tokenize([Sample.traces], output: directory.file("a.h5"), ["--resume"])
        #expect(single.status == 64)
    }

    @Test func mergedByVerify() throws {
        let directory = try TemporaryDirectory()
        let out = directory.file("out")
        #expect(try shards(directory, ["--rank", "0", "--world-size", "2"]).status == 0)
        expectRefusal(try Program.run(["inspect", out]), [out, "has no index.json"])
        expectRefusal(try Program.run(["verify", out, "--merge"]), [out, "missing", "--resume"])
        #expect(directory.isMissing("out/index.json"))
        #expect(try shards(directory, ["--rank", "1", "--world-size", "2"]).status == 0)
        let merged = try Program.run(["verify", out, "--merge", "--tokenizer", Sample.tokenizer])
        #expect(merged.status == 0 && merged.errors.isEmpty && merged.text.contains("shards, 35 rows"))
        let inspected = try Program.run(["inspect", out])
        #expect(inspected.status == 0 && inspected.text.contains("35 rows of 16 prompts"))
        let last = try Program.run(["inspect", out, "--decode", "34"])
        #expect(last.status == 0 && last.text.hasPrefix("row 34"))
        expectRefusal(try Program.run(["inspect", out, "--decode", "35"]), ["has no row 35"])
        // What is there stays there.
        expectRefusal(try shards(directory), ["is there already", "--resume", "--force"])
        expectRefusal(try shards(directory, ["--template", "plain"]), ["other settings"])
        let again = try shards(directory, ["--resume"])
        #expect(again.status == 0 && again.text.contains("0 shards written"))
    }
}

import JSON
import TestFixtures
import Testing

@Suite struct ObjectiveCommandTests {
    private let directory: TemporaryDirectory
    private let batch: String

    init() throws {
        directory = try TemporaryDirectory()
        batch = try directory.write(
            "batch.json",
            #"""
            {"log_probs": [[-0.1, -2], [-0.5]], "rewards": [1, 0], "groups": [7, 7],
             "settings": {"max_length": 4, "alpha": 0.3}}
            """#)
    }

    private func result(_ arguments: [String], shell: String? = nil) throws -> JSONNode {
        let outcome = try Program.run(["objective"] + arguments, shell: shell)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errorText)")
        return JSONNode(try JSONDocument.parsing(outcome.output).root)
    }

    @Test func readsAFileOrStandardInput() throws {
        let fromFile = try result(["dr_grpo", batch])
        #expect(fromFile["loss"] == -0.0625)
        #expect(fromFile["gradients"] == [[-0.0625, -0.0625], [0.0625]])
        #expect(fromFile["advantages"] == [0.5, -0.5])
        #expect(try result(["dr_grpo"], shell: #"exec "$@" <"# + "'\(batch)'") == fromFile)
        #expect(try result(["dr_grpo", "--pretty", batch]) == fromFile)
    }

    /// What the command line says counts more than what the batch says, and a batch may have other methods' settings.
    @Test func settings() throws {
        let found = try result(["dr_grpo", batch, "--setting", "max_length=2", "--setting", "loss_type=sum"])
        #expect(found["loss"] == -0.5 && found["settings"]?["max_length"] == 2)
        #expect(try result(["trapo", batch])["settings"]?["alpha"] == 0.3)
        #expect(found["unused_settings"] == ["alpha"])
    }

    @Test(arguments: [
        ["grp"], ["grpo", "--setting", "alpha=0.1"], ["grpo", "--setting", "epsilom=0.1"],
        ["grpo", "--setting", "epsilon"],
        ["grpo", "--setting", "epsilon=wide"], [],
    ])
    func wrongUsage(_ arguments: [String]) throws {
        let outcome = try Program.run(["objective"] + arguments)
        #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome.errorText)")
    }

    @Test(arguments: [
        (#"{"log_probs": [[-1], [0.5]]}"#, "log_probs, rollout 1, token 0"),
        (#"{"log_probs": [[-1]], "rewards": [1, 2], "groups": [1]}"#, "rewards: has 2 entries"),
        (#"{"log_probs": [[-1]], "settings": {"epsilom": 1}}"#, "the nearest is epsilon"),
        (#"{"log_probs": [[-1]]}"#, "rewards: is missing"), ("{", "line 1"), ("", "no JSON"),
        (#"{"log_probs": [[NaN]]}"#, "log_probs, rollout 0, token 0"),
    ])
    func badBatches(_ text: String, _ part: String) throws {
        let path = try directory.write("bad.json", text)
        expectRefusal(try Program.run(["objective", "grpo", path]), [path, part])
        expectRefusal(
            try Program.run(["objective", "grpo"], shell: #"exec "$@" <"# + "'\(path)'"), ["standard input", part])
    }
}

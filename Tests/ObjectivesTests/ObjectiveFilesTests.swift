import JSON
import Schemas
import Testing

@testable import Objectives

/// Batches and results as JSON.
@Suite struct ObjectiveFilesTests {
    private func read(_ text: String) throws -> ObjectiveBatch {
        try ObjectiveBatch(try JSONDocument.parsing(text).root)
    }

    @Test(arguments: [
        ("[]", "batch: wants an object"), ("{}", "log_probs: is missing"),
        (#"{"log_probs": []}"#, "log_probs: there are no rollouts"), (#"{"log_probs": 3}"#, "log_probs: wants a list"),
        (#"{"log_probs": [-1]}"#, "log_probs, rollout 0: wants a list of numbers"),
        (#"{"log_probs": [[-1], [-1, "x"]]}"#, "log_probs, rollout 1, token 1: wants a number"),
        (#"{"log_probs": [[-1], [-1, null]]}"#, "log_probs, rollout 1, token 1: wants a number"),
        (#"{"log_probs": [[-1], [-1, 0.5]]}"#, "log_probs, rollout 1, token 1: 0.5 is above 0"),
        (#"{"log_probs": [[-1]], "old_log_probs": [[1]]}"#, "old_log_probs, rollout 0, token 0: 1.0 is above 0"),
        (#"{"log_probs": [[-1]], "ref_log_probs": [[1]]}"#, "ref_log_probs, rollout 0, token 0: 1.0 is above 0"),
        (#"{"log_probs": [[-1]], "old_log_probs": [[-1], [-1]]}"#, "old_log_probs: has 2 rollouts; log_probs has 1"),
        (#"{"log_probs": [[-1], [-1]], "mask": [[1], [1, 1]]}"#, "mask, rollout 1: has 2 tokens; log_probs has 1"),
        (#"{"log_probs": [[-1]], "mask": [[2]]}"#, "mask, rollout 0, token 0: wants 0 or 1"),
        (#"{"log_probs": [[-1]], "prefix_mask": [["a"]]}"#, "prefix_mask, rollout 0, token 0: wants 0 or 1"),
        (#"{"log_probs": [[-1]], "prefix_loss_mask": [1, 1]}"#, "prefix_loss_mask: has 2 entries; there are 1"),
        (#"{"log_probs": [[-1]], "rewards": []}"#, "rewards: has 0 entries; there are 1 rollouts"),
        (#"{"log_probs": [[-1]], "rewards": [null]}"#, "rewards, rollout 0: is null"),
        (#"{"log_probs": [[-1]], "groups": []}"#, "groups: has 0 entries; there are 1 rollouts"),
        (
            #"{"log_probs": [[-1]], "groups": [1.5]}"#,
            "groups, rollout 0: the query of a rollout is an integer or a string"
        ),
        (#"{"log_probs": [[-1]], "entropies": [[-1]]}"#, "entropies, rollout 0, token 0: -1.0 is below 0"),
        (#"{"log_probs": [[-1]], "log_prob": [[-1]]}"#, "log_prob: there is no such field; the nearest is log_probs"),
        (#"{"log_probs": [[-1]], "settings": [1]}"#, "settings: wants an object"),
        (#"{"log_probs": [[-1]], "settings": {"alpha": [1]}}"#, "alpha: a setting is a number"),
        (#"{"log_probs": [[-1]], "version": 2}"#, "version: only version 1"),
    ])
    func refusals(_ text: String, _ message: String) throws {
        let error = try #require(throws: ObjectiveError.self) { try read(text) }
        #expect(error.description.hasPrefix(message), "\(error)")
    }

    /// As Python writes what JSON has no notation for.
    @Test(arguments: [
        (#"{"log_probs": [[-1], [-1, -2, NaN]]}"#, "log_probs, rollout 1, token 2: NaN is no number"),
        (#"{"a \" [b": 1, "log_probs": [[-1, -Infinity]]}"#, "log_probs, rollout 0, token 1: -Infinity is no number"),
        (#"{"log_probs": [[-1]], "rewards": [1, Infinity]}"#, "rewards, rollout 1: Infinity is no number"),
        (#"{"log_probs": [[-1]], "settings": {"alpha": NaN}}"#, "settings: NaN is no number"),
        (#"{"log_probs": [[-1]], "settings": {"alpha": Nan}}"#, nil), ("[NaN]", nil), ("NaN", nil), ("{", nil),
        ("", nil),
        (#"{"log_probs": [["-NaN", "#, nil),
    ])
    func notNumbers(_ text: String, _ message: String?) throws {
        let error = try #require(throws: JSONError.self) { try JSONDocument.parsing(text) }
        let found = ObjectiveError.notFinite(in: Array(text.utf8), error)
        #expect(message.map { found?.description.hasPrefix($0) ?? false } ?? (found == nil), "\(text)")
    }

    @Test func refusalsOfLists() throws {
        #expect(throws: ObjectiveError.self) { try RolloutBatch(offsets: [0], logProbs: []) }
        #expect(throws: ObjectiveError.self) { try RolloutBatch(offsets: [0, 2, 1], logProbs: [-1]) }
        for bad in [Double.nan, .infinity, -.infinity] {
            let error = try #require(throws: ObjectiveError.self) { try Lists(logProbs: [[-1], [-1, bad]]).batch() }
            #expect(error.rollout == 1 && error.token == 1 && error.field == "log_probs")
            let reward = try #require(throws: ObjectiveError.self) {
                try Lists(logProbs: [[-1]], rewards: [bad], groups: [0]).batch()
            }
            #expect(reward.rollout == 0 && reward.field == "rewards" && reward.code == .notFinite)
        }
        #expect(throws: ObjectiveError.self) { try Lists(logProbs: [[.nan]], mask: [[false]]).batch() }
        // What single precision makes of a certain token.
        #expect(try Lists(logProbs: [[1e-6]]).batch().tokenCount == 1)
    }

    @Test(arguments: [
        ("grpo", "rewards: is missing; grpo needs it", #"{"log_probs": [[-1]]}"#),
        ("quatro", "groups: is missing; quatro needs it", #"{"log_probs": [[-1]], "rewards": [1]}"#),
        (
            "trapo", "ref_log_probs: is missing; a KL penalty",
            #"{"log_probs": [[-1]], "rewards": [1], "groups": [1], "settings": {"beta": 0.1}}"#
        ),
        (
            "dapo", "entropies: is missing; an entropy bonus",
            #"{"log_probs": [[-1]], "rewards": [1], "groups": [1], "settings": {"entropy_coef": 0.1}}"#
        ),
    ])
    func missingFields(_ name: String, _ message: String, _ text: String) throws {
        let input = try read(text)
        let objective = try ObjectiveMethod(named: name).objective(settings: input.settings)
        let error = try #require(throws: ObjectiveError.self) { try objective.evaluate(input.batch) }
        #expect(error.description.hasPrefix(message), "\(error)")
    }

    @Test func names() throws {
        #expect(throws: ObjectiveError.self) { try ObjectiveMethod(named: "ppo") }
        let error = try #require(throws: ObjectiveError.self) { try ObjectiveMethod(named: "drgrpo") }
        #expect(error.description.contains("the nearest is dr_grpo"))
        for (name, value, part) in [
            ("epsilom", SettingValue.number(1), "the nearest is epsilon"),
            ("alpha", .number(0.1), "means nothing to grpo"),
            ("epsilon", .text("x"), "wants a number of at least 0"), ("epsilon", .number(-1), "at least 0; not -1"),
            ("loss_type", .text("mean"), "token_mean"), ("beta", .number(.infinity), "wants a number"),
            ("scale_rewards", .text("all"), "group, batch, none"), ("max_length", .number(0), "at least 1"),
        ] {
            let error = try #require(throws: ObjectiveError.self) {
                try ObjectiveMethod.grpo.objective(settings: [(name, value)])
            }
            #expect(error.description.hasPrefix(name) && error.description.contains(part), "\(error)")
        }
        // A batch for several methods may have other methods' settings, but none that no method has.
        _ = try ObjectiveMethod.grpo.objective(settings: [("alpha", .number(0.1))], ignoresUnused: true)
        #expect(throws: ObjectiveError.self) {
            try ObjectiveMethod.grpo.objective(settings: [("alpa", .number(0.1))], ignoresUnused: true)
        }
    }

    /// Every setting that a method reports can be given back, and then is in force.
    @Test(arguments: ObjectiveMethod.allCases) func settingsGoRound(_ method: ObjectiveMethod) throws {
        let given = method.objective.settings
        let again = try method.objective(settings: given.map { ($0.name, $0.value) })
        #expect(again.settings == method.objective.settings)
        let parsed = try method.objective(
            settings: given.filter { $0.value != .null }.map { ($0.name, SettingValue(parsing: $0.value.description)) })
        #expect(parsed.settings == method.objective.settings)
    }

    private func violations(_ node: JSONNode, _ name: String) throws -> [JSONSchema.Violation] {
        let schema = JSONNode(try JSONDocument.parsing(try #require(Schemas.json(named: name))).root)
        guard case .object(let members) = schema else { return [] }
        return try JSONSchema(.object(members.filter { $0.key != "version" })).violations(in: node)
    }

    @Test(arguments: ObjectiveMethod.allCases) func resultsKeepTheirContract(_ method: ObjectiveMethod) throws {
        let text = #"""
            {"log_probs": [[-0.25, -1], [], [-3]], "mask": [[1, 0], [], [true]], "rewards": [1, 0, 0.5],
             "groups": ["a", "a", "b"], "entropies": [[1, 2], [], [0.5]], "settings": {"alpha": 0.3, "delta": 0.2},
             "ref_log_probs": null, "format": "kedge.objective-batch", "version": 1}
            """#
        #expect(try violations(JSONNode(try JSONDocument.parsing(text).root), "objective-batch") == [])
        let input = try read(text)
        let objective = try method.objective(settings: input.settings, ignoresUnused: true)
        let result = try objective.evaluate(input.batch)
        for isPretty in [false, true] {
            let unused = method.unused(input.settings.map(\.name))
            let bytes = ResultWriter(isPretty: isPretty).write(
                result, of: input.batch, by: objective, unusedSettings: unused)
            #expect(
                unused.count
                    == (["quatro", "quatro-practical", "trsft", "trapo", "trapo-code"].contains(objective.name) ? 1 : 2)
            )
            let node = JSONNode(try JSONDocument.parsing(bytes).root)
            #expect(try violations(node, "objective-result") == [])
            #expect(node["objective"] == .string(method.rawValue) && node["loss"] == .double(result.loss))
            guard case .array(let rows) = node["gradients"] else { return #expect(Bool(false)) }
            #expect(rows.map { GoldenTests.numbers($0).count } == [2, 0, 1])
            #expect(GoldenTests.numbers(node["gradients"]) == result.gradients)
            #expect(bytes.contains(0x0A) == isPretty)
        }
    }
}

import JSON
import Objectives
import Schemas
import Testing

@testable import Training

@Suite struct TrainingConfigurationTests {
    private static let start = "model_name_or_path: m\noutput_dir: o\ndataset_name: d\n"

    private func read(_ text: String, _ words: [String] = []) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            yaml: Array((Self.start + text).utf8), path: "c.yaml", overrides: try ConfigurationOverride.parsing(words))
    }

    private func refusal(_ text: String, _ words: [String] = [], start: String = Self.start) -> ConfigurationError? {
        do throws(ConfigurationError) {
            let overrides = try ConfigurationOverride.parsing(words)
            _ = try TrainingConfiguration(yaml: Array((start + text).utf8), path: "c.yaml", overrides: overrides)
            return nil
        } catch {
            return error
        }
    }

    @Test func defaultsDependOnTheObjective() throws {
        let sft = try #require(try read("objective: sft").phases.first)
        #expect(sft.optimization.learningRate == 2e-5)
        #expect(sft.optimization.sequencesPerUpdate == 8)
        #expect(sft.optimization.scheduleType == .linear)
        let trapo = try #require(try read("objective: trapo").phases.first)
        #expect(trapo.optimization.learningRate == 1e-6)
        #expect(trapo.optimization.sequencesPerUpdate == 64)
        #expect(trapo.optimization.scheduleType == .constant)
        #expect(!trapo.rollouts.isSamplingDynamic)
        #expect(try read("objective: dapo").phases[0].rollouts.isSamplingDynamic)
        #expect(try read("objective: trapo-code").phases[0].rollouts.schedule == .code)
    }

    @Test func valuesAreRead() throws {
        let text = """
            objective: grpo
            learning_rate: 3e-6
            per_device_train_batch_size: 4
            gradient_accumulation_steps: 4
            max_steps: 1e3
            lr_scheduler_type: cosine
            warmup_ratio: 0.05
            beta: 0.04
            epsilon_high: 0.3
            scale_rewards: false
            num_generations: 16
            use_peft: true
            lora_target_modules: [q_proj, v_proj]
            reward_funcs: [accuracy, format]
            reward_weights: [1, 0.1]
            save_total_limit: null
            """
        let configuration = try read(text)
        let phase = configuration.phases[0]
        #expect(phase.optimization.maxSteps == 1000)
        #expect(phase.optimization.warmupSteps(of: 1000) == 50)
        #expect(phase.optimization.scheduleType == .cosine)
        #expect(phase.methodSettings.map(\.name) == ["beta", "epsilon_high", "scale_rewards"])
        let objective = try #require(try phase.objective() as? ClippedObjective)
        #expect(objective.epsilonHigh == 0.3)
        #expect(objective.terms.klPenalty.beta == 0.04)
        #expect(objective.advantages.scale == .none)
        #expect(configuration.model.adapterTargets == ["q_proj", "v_proj"])
        #expect(phase.rewards.weights == [1, 0.1])
        #expect(configuration.run.saveLimit == nil)
    }

    @Test func theObjectivesLengthIsThatOfCompletions() throws {
        let trapo = try read("objective: trapo\nmax_completion_length: 96").phases[0]
        #expect(try #require(try trapo.objective() as? TRAPOObjective).terms.normalization.maxLength == 96)
        let other = try read("objective: trapo\nobjective_settings: {max_length: 50}").phases[0]
        #expect(try #require(try other.objective() as? TRAPOObjective).terms.normalization.maxLength == 50)
    }

    @Test func objectiveSettingsWinOverKeys() throws {
        let phase = try read(
            "objective: quatro\ndelta: 0.2\nobjective_settings:\n  delta: 0.3\n  normalize_by_lambda: true"
        ).phases[0]
        #expect(phase.methodSettings == [.init("delta", .number(0.3)), .init("normalise_by_lambda", .flag(true))])
    }

    @Test func phasesOverrideWhatIsAbove() throws {
        let text = """
            learning_rate: 1e-4
            max_length: 64
            num_generations: 8
            beta: 0.1
            phases:
            - objective: sft
              max_steps: 50
            - objective: grpo
              max_steps: 100
              learning_rate: 1e-5
            """
        let phases = try read(text).phases
        #expect(phases.map(\.method) == [.sft, .grpo])
        #expect(phases.map(\.optimization.learningRate) == [1e-4, 1e-5])
        #expect(phases[0].data.maxLength == 64)
        // What means nothing to a phase's objective leaves it as it is.
        #expect(phases[1].data.maxLength == 1024)
        #expect(phases[0].methodSettings.isEmpty)
        #expect(phases[1].methodSettings.map(\.name) == ["beta"])
        let overridden = try read(text, ["--phases.1.max_steps", "7", "--max-length=32"]).phases
        #expect(overridden[1].optimization.maxSteps == 7)
        #expect(overridden[0].data.maxLength == 32)
        let error = try #require(refusal(text, ["--learning_rate", "1e-3"]))
        #expect(error.description == "--learning_rate: phase 1 has a value of its own; give --phases.1.learning_rate")
    }

    @Test func overridesWin() throws {
        let configuration = try read(
            "objective: grpo\nlearning_rate: 1e-6",
            [
                "--learning-rate", "1e-5", "--max_steps=-1", "--use_peft", "--seed", "7", "--lora_target_modules",
                "[q_proj]",
            ])
        #expect(configuration.phases[0].optimization.learningRate == 1e-5)
        #expect(configuration.phases[0].optimization.maxSteps == nil)
        #expect(configuration.model.usesAdapter)
        #expect(configuration.run.seed == 7)
        #expect(configuration.model.adapterTargets == ["q_proj"])
    }

    @Test func canonicalTextReadsBackAsTheSame() throws {
        let texts = [
            "objective: sft", "objective: trapo\nmicro_group_thresholds: [-1, 0.4, 0.6, 0.8]\nuse_peft: true",
            "objective: trapo-code\nalpha: 0.05",
            "objective: quatro-practical\nnum_generations: 16\nref_model: r\nbeta: 0.01\nreport_to: none",
            "phases: [{objective: sft, max_steps: 3}, {objective: luffy, off_policy_reshape: p_div_p_0.1, max_prompt_length: null}]",
        ]
        for text in texts {
            let configuration = try read(text)
            let canonical = try JSONWriter(isPretty: true).string(configuration.node)
            let again = try TrainingConfiguration(yaml: Array(canonical.utf8))
            #expect(again == configuration, "\(canonical)")
            #expect(try again.digest() == configuration.digest())
        }
        #expect(try read("objective: sft").digest() != read("objective: dft").digest())
    }

    @Test(arguments: [
        (
            "objective: grpo\nlearning_rat: 1",
            "c.yaml:5: learning_rat: there is no such setting; the nearest is learning_rate"
        ),
        ("objective: grpo\nzzzzzzzzzzzzzzz: 1", "c.yaml:5: zzzzzzzzzzzzzzz: there is no such setting; kedge schema"),
        ("objective: grpp", "c.yaml:4: objective: is \"grpp\", expected"),
        ("beta: 0.1", "c.yaml: has no objective"),
        ("objective: grpo\nlearning_rate: fast", "c.yaml:5: learning_rate: is a string, expected number"),
        ("objective: grpo\nlearning_rate: -1", "c.yaml:5: learning_rate: is -1.0, at least 0.0"),
        ("objective: grpo\ntemperature: 0", "c.yaml:5: temperature: wants more than 0"),
        ("objective: grpo\ntemperature: 1e-50", "c.yaml:5: temperature: wants 1e-6 at least"),
        ("objective: grpo\nadam_beta1: 1", "c.yaml:5: adam_beta1: wants less than 1"),
        ("objective: grpo\nmax_steps: 0", "c.yaml:5: max_steps: wants 1 at least"),
        ("objective: grpo\nmax_steps: 1.5", "c.yaml:5: max_steps: is a number, expected integer"),
        ("objective: grpo\nseed: 1e300", "c.yaml:5: seed: has a value that cannot be held"),
        ("objective: trapo\nnum_generations: 16", "c.yaml:5: num_generations: 16 are not the 8 rollouts"),
        ("objective: trapo\nmicro_group_sizes: [4, 4]", "c.yaml:5: micro_group_sizes: there are 2 sizes, 4 ratios"),
        (
            "objective: trapo-code\nmicro_group_sizes: [4, 4]",
            "c.yaml:5: micro_group_sizes: means nothing to the objective"
        ),
        ("objective: grpo\nnum_generations: 7", "c.yaml:5: num_generations: 7 does not divide the 64"),
        ("objective: sft\nbeta: 0.1", "c.yaml:5: beta: means nothing to the objective sft"),
        ("objective: sft\nnum_generations: 8", "c.yaml:5: num_generations: means nothing to the objective sft"),
        ("objective: grpo\nmax_length: 8", "c.yaml:5: max_length: means nothing to the objective grpo"),
        ("objective: grpo\nbeta: -1", "c.yaml:5: beta: wants a number of at least 0"),
        (
            "objective: grpo\nobjective_settings:\n  bета: 1",
            "c.yaml:6: objective_settings.bета: there is no such setting"
        ),
        (
            "objective: grpo\nobjective_settings: {delta: 1}",
            "c.yaml:5: objective_settings.delta: means nothing to grpo"
        ),
        (
            "objective: grpo\nobjective_settings: {window_tokens: 1}",
            "c.yaml:5: objective_settings.window_tokens: is what"
        ),
        ("objective: sft\nlora_r: 8", "c.yaml:5: lora_r: means nothing without use_peft"),
        ("objective: grpo\nref_model: x", "c.yaml:5: ref_model: has no use without beta"),
        ("objective: sft\nlr_scheduler_type: constant\nwarmup_steps: 5", "c.yaml:6: warmup_steps: is not what"),
        ("objective: sft\nmax_steps: 5\nwarmup_steps: 6", "c.yaml:6: warmup_steps: is more than max_steps, 5"),
        ("objective: sft\nwarmup_ratio: 0.1\nwarmup_steps: 6", "c.yaml:5: warmup_ratio: and warmup_steps"),
        (
            "objective: grpo\nreward_funcs: [acuracy]",
            "c.yaml:5: reward_funcs: there is no reward acuracy; the nearest is accuracy"
        ),
        ("objective: grpo\nreward_funcs: [process]", "c.yaml:5: reward_funcs: names process"),
        ("objective: grpo\nreward_command: [x]", "c.yaml:5: reward_command: is run for"),
        ("objective: grpo\nreward_weights: [1, 2]", "c.yaml:5: reward_weights: has 2 weights for 1 rewards"),
        (
            "soft_punish_cache: 256\nobjective: grpo\nreward_funcs: [soft_overlong_punishment]",
            "c.yaml:4: soft_punish_cache: 256"
        ),
        ("objective: grpo\nsteps_per_generation: 12", "c.yaml:5: steps_per_generation: is no multiple"),
        ("objective: grpo\nuse_vllm: true", "c.yaml:5: use_vllm: there is no such setting; rollouts are always"),
        ("phases: []", "c.yaml:4: phases: has 0 items"),
        ("phases: [{objective: sft, output_dir: x}]", "c.yaml:4: phases.0.output_dir: holds for the whole run"),
        ("phases:\n- objective: sft\n- max_steps: 1", "c.yaml:6: phases.1: has no objective"),
        ("phases:\n- objective: sft\n  num_generations: 8", "c.yaml:6: phases.0.num_generations: means nothing"),
        ("objective: grpo\nsave_steps: 0", "c.yaml:5: save_steps: is 0.0, at least 1.0"),
        ("- a", "c.yaml:4: this is not YAML"),
    ])
    func errorsNameLineAndKey(_ text: String, _ expected: String) throws {
        let error = try #require(refusal(text))
        #expect(error.description.hasPrefix(expected), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test func missingKeysAreNamed() throws {
        for key in ["model_name_or_path", "output_dir", "dataset_name"] {
            let rest = Self.start.split(separator: "\n").filter { !$0.hasPrefix(key) }.joined(separator: "\n")
            let error = try #require(refusal("\nobjective: sft", start: rest))
            #expect(error.code == .missingKey)
            #expect(error.description.contains(key), "\(error)")
        }
        #expect(try #require(refusal("", start: "just words")).description.contains("is no mapping"))
    }

    @Test func overridesThatMakeNoSense() throws {
        #expect(
            try #require(refusal("objective: sft", ["--seed", "x"])).description
                == "--seed: is a string, expected integer")
        #expect(
            try #require(refusal("objective: sft", ["--sed", "1"])).description.hasPrefix(
                "--sed: there is no such setting"))
        #expect(try #require(refusal("objective: sft", ["seed", "1"])).description.hasPrefix("seed: is no setting"))
        #expect(
            try #require(refusal("objective: sft", ["--phases.0.seed", "1"])).description.contains(
                "there is no phase 0"))
        #expect(
            try #require(refusal("objective: sft", ["--seed", "[1"])).description.hasPrefix("--seed: this is not YAML"))
    }

    @Test func theSchemaAndTheProgramKnowTheSame() throws {
        let bytes = try #require(Schemas.json(named: "training-configuration"))
        let schema = JSONNode(try JSONDocument.parsing(bytes).root)
        _ = try JSONSchema(.object(schema.membersOrNone.filter { $0.key != "version" }))
        let top = try #require(schema["properties"]).membersOrNone.map(\.key)
        let phase = try #require(schema["$defs"]?["phase"]?["properties"]).membersOrNone.map(\.key)
        #expect(Set(phase) == Set(ConfigurationKeys.phase))
        #expect(Set(top) == Set(ConfigurationKeys.phase + ConfigurationKeys.run))
        let definitions = try #require(schema["$defs"])
        var expected: [String: JSONNode] = [:]
        for setting in ModelSettings.settings { expected[setting.name] = setting.read(ModelSettings()) }
        for setting in RunSettings.settings { expected[setting.name] = setting.read(RunSettings()) }
        let grpo = TrainingPhase(.grpo)
        for setting in TrainingPhase.settings { expected[setting.name] = setting.read(grpo) }
        for (name, rule) in definitions.membersOrNone {
            guard let value = rule["default"], name != "max_steps", name != "objective_settings" else { continue }
            let wanted = try #require(expected[name], "\(name)")
            #expect(value == wanted || value.real == wanted.real && value.real != nil, "\(name)")
        }
        let methods = try #require(definitions["objective"]?["enum"])
        #expect(methods == .array(ObjectiveMethod.allCases.map { .string($0.rawValue) }))
    }
}

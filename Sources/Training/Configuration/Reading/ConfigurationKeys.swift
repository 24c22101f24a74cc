import Objectives

/// The keys of a configuration.
enum ConfigurationKeys {
    /// Those that hold for a whole run.
    static var run: [String] {
        ModelSettings.settings.map(\.name) + RunSettings.settings.map(\.name) + ["phases"]
    }

    /// Those that may differ from phase to phase.
    static var phase: [String] {
        ["objective", "objective_settings"] + TrainingPhase.settings.map(\.name) + objective + objectiveAliases
    }

    /// The settings of objectives that are keys of their own. Not among them are `max_length`, which is that of supervised
    /// data (the objectives' is `max_completion_length`), and what the trainer sets for each update.
    static var objective: [String] {
        ObjectiveMethod.settingNames.filter { $0 != "max_length" && !$0.hasPrefix("window_") }
    }

    /// Other names of those.
    static let objectiveAliases = ["normalize_by_lambda", "entropy_coeff", "epsilon_low"]

    /// The key that counts, of one that may have another name too.
    static func canonical(_ key: String) -> String {
        objectiveAliases.contains(key) ? ObjectiveMethod.canonical(key) : key
    }

    /// What to write in place of keys of TRL's that have no counterpart here, or another one.
    static func hint(for key: String) -> String? {
        switch key {
        case "fp16": "activations are binary32 and weights binary32 or bfloat16 (bf16)"
        case "use_vllm", "vllm_mode": "rollouts are always sampled in this process"
        case "generation_batch_size": "give steps_per_generation"
        case "model": "give model_name_or_path"
        case "lora_dropout": "adapters are trained without dropout"
        case "lr": "give learning_rate"
        case "max_seq_length": "give max_length"
        case "do_eval": "give eval_dataset_name"
        default: nil
        }
    }
}

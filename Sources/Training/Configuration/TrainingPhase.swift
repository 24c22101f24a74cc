import JSON
public import Objectives

/// A part of a run with one objective.
public struct TrainingPhase: Sendable, Equatable {
    /// What is optimised [`objective`].
    public var method: ObjectiveMethod
    /// Settings of the objective that are not its defaults, by name, in the order of the names [`objective_settings`, and each
    /// of them as a key of its own: `beta`, `epsilon`, ...].
    public var methodSettings: [MethodSetting] = []
    /// What is learnt from.
    public var data = DataSettings()
    /// How many updates, of how many sequences, and how large.
    public var optimization = OptimizationSettings()
    /// What is sampled; of a supervised phase in evaluations only.
    public var rollouts = RolloutSettings()
    /// What is rewarded; in a supervised phase what evaluations report.
    public var rewards = RewardSettings()

    /// How the policy is tested meanwhile.
    public var evaluation = EvaluationSettings()

    /// A setting of an objective by name.
    public struct MethodSetting: Sendable, Hashable {
        /// Its name, as `ObjectiveMethod` knows it.
        public var name: String
        /// Its value.
        public var value: SettingValue

        /// Makes a setting.
        public init(_ name: String, _ value: SettingValue) {
            self.name = name
            self.value = value
        }
    }

    /// A phase with the defaults of its objective, some of which depend on whether it is supervised.
    public init(_ method: ObjectiveMethod) {
        self.method = method
        if method.isSupervised {
            optimization.learningRate = 2e-5
        } else {
            optimization.learningRate = 1e-6
            optimization.gradientAccumulationSteps = 8
            optimization.scheduleType = .constant
        }
        switch method {
        case .trapoCode: rollouts.schedule = .code
        case .dapo: rollouts.isSamplingDynamic = true
        default: break
        }
    }

    /// Whether the phase learns from expert tokens alone, without sampling.
    public var isSupervised: Bool { method.isSupervised }

    /// The objective with the phase's settings. Where it has a maximum length L and `objective_settings` set none, that is
    /// `max_completion_length`.
    ///
    /// - Throws: `ObjectiveError` for a setting that means nothing to the objective.
    public func objective() throws(ObjectiveError) -> any Objective {
        var settings = methodSettings.map { (name: $0.name, value: $0.value) }
        let knowsLength = method.unused(["max_length"]).isEmpty
        if !isSupervised, knowsLength, !settings.contains(where: { $0.name == "max_length" }) {
            settings.append(("max_length", .number(Double(rollouts.maxCompletionLength))))
        }
        return try method.objective(settings: settings)
    }

    /// The phase as JSON: the settings that mean something to its objective, see ``TrainingConfiguration/node``.
    var node: JSONNode {
        var members: [(key: String, value: JSONNode)] = [
            ("objective", .string(method.rawValue)),
            ("objective_settings", .object(methodSettings.map { ($0.name, $0.value.node) })),
        ]
        members += TrainingPhase.settings.filter { method.uses($0.name, isEvaluated: evaluation.path != nil) }.map {
            ($0.name, $0.read(self))
        }
        return .object(members)
    }

    /// All settings of a phase, but those of its objective.
    static var settings: [Setting<Self>] {
        DataSettings.settings.map { $0.lifted(\.data) }
            + OptimizationSettings.settings.map { $0.lifted(\.optimization) }
            + RolloutSettings.settings.map { $0.lifted(\.rollouts) }
            + RewardSettings.settings.map { $0.lifted(\.rewards) }
            + EvaluationSettings.settings.map { $0.lifted(\.evaluation) }
    }
}

extension ObjectiveMethod {
    /// Whether the method learns from expert tokens alone, without rollouts.
    public var isSupervised: Bool {
        switch self {
        case .sft, .dft, .trsft: true
        default: false
        }
    }

    /// Whether a setting of a phase means something to the method.
    ///
    /// - Parameter isEvaluated: whether the phase names a dataset to evaluate on.
    func uses(_ name: String, isEvaluated: Bool) -> Bool {
        let isOfReward = RewardSettings.settings.contains { $0.name == name }
        if isSupervised, isEvaluated, isOfReward || EvaluationSettings.shared.contains(name) { return true }
        return switch name {
        case "max_length", "completion_only_loss": isSupervised
        case "micro_group_sizes", "micro_group_ratios", "micro_group_thresholds": self == .trapo
        default:
            !isSupervised || !(isOfReward || RolloutSettings.settings.contains { $0.name == name })
        }
    }
}

extension SettingValue {
    /// A setting from JSON; nil for lists, mappings and numbers that are not finite.
    init?(_ node: JSONNode) {
        switch node {
        case .null: self = .null
        case .bool(let value): self = .flag(value)
        case .string(let value): self = .text(value)
        default:
            guard let value = node.real else { return nil }
            self = .number(value)
        }
    }

    /// The value as JSON; whole numbers as integers.
    var node: JSONNode {
        switch self {
        case .number(let value): Int64(exactly: value).map { .int($0) } ?? .double(value)
        case .text(let value): .string(value)
        case .flag(let value): .bool(value)
        case .null: .null
        }
    }
}

/// The methods by name.
public enum ObjectiveMethod: String, Sendable, CaseIterable {
    /// ``SupervisedObjective/sft``
    case sft
    /// ``SupervisedObjective/dft``
    case dft
    /// ``SupervisedObjective/trsft``
    case trsft
    /// ``ClippedObjective/grpo``
    case grpo
    /// ``ClippedObjective/drGRPO``
    case drGRPO = "dr_grpo"
    /// ``ClippedObjective/dapo``
    case dapo
    /// ``ClippedObjective/bnpo``
    case bnpo
    /// ``ClippedObjective/gspo``
    case gspo
    /// ``CISPOObjective``
    case cispo
    /// ``LUFFYObjective``
    case luffy
    /// ``TRAPOObjective``
    case trapo
    /// ``TRAPOObjective/code``
    case trapoCode = "trapo-code"
    /// ``QUATROObjective/derived``
    case quatro
    /// ``QUATROObjective/practical``
    case quatroPractical = "quatro-practical"

    /// The method of this name.
    ///
    /// - Throws: ``ObjectiveError`` with the nearest name, where there is none of this.
    public init(named name: String) throws(ObjectiveError) {
        guard let found = ObjectiveMethod(rawValue: name) else {
            let names = ObjectiveMethod.allCases.map(\.rawValue)
            throw ObjectiveError(
                .unknownMethod, name, "there is no such objective; \(NearestName.hint(for: name, among: names))")
        }
        self = found
    }

    /// The method as its paper or code has it.
    public var objective: any Objective {
        switch self {
        case .sft: SupervisedObjective.sft
        case .dft: SupervisedObjective.dft
        case .trsft: SupervisedObjective.trsft
        case .grpo: ClippedObjective.grpo
        case .drGRPO: ClippedObjective.drGRPO
        case .dapo: ClippedObjective.dapo
        case .bnpo: ClippedObjective.bnpo
        case .gspo: ClippedObjective.gspo
        case .cispo: CISPOObjective()
        case .luffy: LUFFYObjective()
        case .trapo: TRAPOObjective()
        case .trapoCode: TRAPOObjective.code
        case .quatro: QUATROObjective.derived
        case .quatroPractical: QUATROObjective.practical
        }
    }

    /// The method with settings, of which the last of a name counts.
    ///
    /// - Parameters:
    ///   - settings: names and values. Some have other names too: `max_completion_length`, `normalize_by_lambda`,
    ///     `entropy_coeff`, `epsilon_low`.
    ///   - ignoresUnused: whether settings of other methods are passed over, as in a batch that several methods share.
    /// - Throws: ``ObjectiveError`` with the setting's name and the nearest one, or with what it wants.
    public func objective(
        settings: [(name: String, value: SettingValue)], ignoresUnused: Bool = false
    ) throws(ObjectiveError) -> any Objective {
        var objective = objective
        for (given, value) in settings {
            let name = ObjectiveMethod.canonical(given)
            if try objective.set(name, to: value) { continue }
            guard ObjectiveMethod.settingNames.contains(name) else {
                let hint = NearestName.hint(for: given, among: ObjectiveMethod.settingNames)
                throw ObjectiveError(.unknownSetting, given, "there is no such setting; \(hint)")
            }
            guard ignoresUnused else {
                let own = objective.settings.map(\.name).joined(separator: ", ")
                throw ObjectiveError(.unusedSetting, given, "means nothing to \(rawValue), whose settings are \(own)")
            }
        }
        return objective
    }

    /// Those of some settings, known or not, that mean nothing to the method, in their order.
    public func unused(_ settings: [String]) -> [String] {
        let own = objective.settings.map(\.name)
        return settings.filter { !own.contains(ObjectiveMethod.canonical($0)) }
    }

    /// The names of all methods' settings.
    public static let settingNames: [String] = {
        var names: [String] = []
        for method in allCases {
            for setting in method.objective.settings where !names.contains(setting.name) { names.append(setting.name) }
        }
        return names
    }()

    /// The name under which a setting is known here, of one that may have another name elsewhere.
    public static func canonical(_ name: String) -> String {
        switch name {
        case "max_completion_length": "max_length"
        case "normalize_by_lambda": "normalise_by_lambda"
        case "entropy_coeff": "entropy_coef"
        case "epsilon_low": "epsilon"
        default: name
        }
    }
}

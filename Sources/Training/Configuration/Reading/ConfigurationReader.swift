import JSON
import Objectives
import Schemas

/// Makes a configuration of a value that was read, and checks it on the way.
struct ConfigurationReader {
    private let source: SourcedConfiguration
    private let top: [(key: String, value: JSONNode)]

    init(_ source: SourcedConfiguration) {
        self.source = source
        top = source.root.membersOrNone
    }

    /// - Throws: ``ConfigurationError`` for the first rule that is broken.
    func configuration() throws(ConfigurationError) -> TrainingConfiguration {
        try checkKeys()
        try checkSchema()
        var model = ModelSettings()
        var run = RunSettings()
        for (key, value) in top {
            if let setting = ModelSettings.settings.first(where: { $0.name == key }) {
                try require(setting.write(&model, value), at: "/\(key)")
            } else if let setting = RunSettings.settings.first(where: { $0.name == key }) {
                try require(setting.write(&run, value), at: "/\(key)")
            }
        }
        let configuration = TrainingConfiguration(model: model, run: run, phases: try phases())
        try ConfigurationChecks(source: source, configuration: configuration).run()
        return configuration
    }

    private func require(_ isWritten: Bool, at pointer: String) throws(ConfigurationError) {
        guard isWritten else {
            throw source.error(
                .invalidValue, at: pointer, "has a value that cannot be held: too large, or not of its kind")
        }
    }

    // MARK: Keys

    private func checkKeys() throws(ConfigurationError) {
        let phaseKeys = ConfigurationKeys.phase
        let allKeys = ConfigurationKeys.run + phaseKeys
        for (key, _) in top where !allKeys.contains(key) { throw unknown(key, at: "/\(key)", among: allKeys) }
        guard case .array(let phases)? = source.root["phases"] else { return }
        for (index, phase) in phases.enumerated() {
            for (key, _) in phase.membersOrNone where !phaseKeys.contains(key) {
                let pointer = "/phases/\(index)/\(key)"
                if ConfigurationKeys.run.contains(key) {
                    throw source.error(
                        .misplacedKey, at: pointer, "holds for the whole run; write it above the phases, not in one")
                }
                throw unknown(key, at: pointer, among: phaseKeys)
            }
            // A phase's own value would win over what somebody has just typed.
            for (key, _) in phase.membersOrNone where source.isOverridden("/\(key)") {
                guard !source.isOverridden("/phases/\(index)/\(key)") else { continue }
                throw source.error(
                    .contradiction, at: "/\(key)",
                    "phase \(index) has a value of its own; give --phases.\(index).\(key)")
            }
        }
    }

    private func unknown(_ key: String, at pointer: String, among keys: [String]) -> ConfigurationError {
        let hint =
            ConfigurationKeys.hint(for: key) ?? NearestName.nearest(to: key, among: keys).map { "the nearest is \($0)" }
            ?? "kedge schema training-configuration prints all"
        return source.error(.unknownKey, at: pointer, "there is no such setting; \(hint)")
    }

    private func checkSchema() throws(ConfigurationError) {
        guard let bytes = Schemas.json(named: "training-configuration"),
            let document = try? JSONDocument.parsing(bytes),
            let schema = try? JSONSchema(
                .object(JSONNode(document.root).membersOrNone.filter { $0.key != "version" }))
        else {
            throw ConfigurationError(.invalidValue, "the schema training-configuration of this program cannot be read")
        }
        guard let violation = schema.violations(in: source.root).first else { return }
        throw source.error(.invalidValue, at: violation.pointer, violation.message)
    }

    // MARK: Phases

    private func phases() throws(ConfigurationError) -> [TrainingPhase] {
        guard case .array(let listed)? = source.root["phases"] else { return [try phase(nil, index: 0)] }
        var phases: [TrainingPhase] = []
        for (index, members) in listed.enumerated() {
            phases.append(try phase(members.membersOrNone, index: index))
        }
        return phases
    }

    /// - Parameter own: the members of the phase's mapping; nil where the whole run is one phase.
    private func phase(
        _ own: [(key: String, value: JSONNode)]?, index: Int
    ) throws(ConfigurationError) -> TrainingPhase {
        var sources: [String: (value: JSONNode, pointer: String)] = [:]
        var order: [String] = []
        func add(_ members: [(key: String, value: JSONNode)], _ front: String) {
            for (key, value) in members where ConfigurationKeys.phase.contains(key) {
                let name = ConfigurationKeys.canonical(key)
                if sources.updateValue((value, "\(front)/\(key)"), forKey: name) == nil { order.append(name) }
            }
        }
        add(top, "")
        if let own { add(own, "/phases/\(index)") }
        guard case .string(let name)? = sources["objective"]?.value, let pointer = sources["objective"]?.pointer else {
            throw source.error(
                .missingKey, at: own == nil ? "" : "/phases/\(index)",
                "has no objective; give objective: sft, grpo, trapo, quatro or another")
        }
        let method: ObjectiveMethod
        do throws(ObjectiveError) {
            method = try ObjectiveMethod(named: name)
        } catch {
            throw source.error(.invalidValue, at: pointer, error.description)
        }
        var phase = TrainingPhase(method)
        let settings = TrainingPhase.settings
        var isEvaluated = false
        if case .string? = sources["eval_dataset_name"]?.value { isEvaluated = true }
        for key in order {
            guard let (value, pointer) = sources[key], let setting = settings.first(where: { $0.name == key }) else {
                continue
            }
            if method.uses(key, isEvaluated: isEvaluated) {
                try require(setting.write(&phase, value), at: pointer)
            } else if own == nil || pointer.hasPrefix("/phases") {
                throw unused(key, by: method, at: pointer)
            }
        }
        try setObjective(&phase, sources, isOnly: own == nil)
        return phase
    }

    private func unused(_ key: String, by method: ObjectiveMethod, at pointer: String) -> ConfigurationError {
        source.error(.contradiction, at: pointer, "means nothing to the objective \(method.rawValue); remove it")
    }

    /// The objective's settings: those with keys of their own, over which those of `objective_settings` win.
    private func setObjective(
        _ phase: inout TrainingPhase, _ sources: [String: (value: JSONNode, pointer: String)], isOnly: Bool
    ) throws(ConfigurationError) {
        var given: [String: (value: JSONNode, pointer: String)] = [:]
        for key in ConfigurationKeys.objective {
            guard let source = sources[key] else { continue }
            if phase.method.unused([key]).isEmpty {
                given[key] = source
            } else if isOnly || source.pointer.hasPrefix("/phases") {
                throw unused(key, by: phase.method, at: source.pointer)
            }
        }
        if let (value, pointer) = sources["objective_settings"] {
            for (key, value) in value.membersOrNone {
                let place = "\(pointer)/\(key)"
                let name = ObjectiveMethod.canonical(key)
                guard !name.hasPrefix("window_") else {
                    throw source.error(.contradiction, at: place, "is what the trainer sets for each update; remove it")
                }
                given[name] = (value, place)
            }
        }
        for name in given.keys.sorted() {
            guard let (value, pointer) = given[name] else { continue }
            guard let setting = SettingValue(value) else {
                throw source.error(.invalidValue, at: pointer, "wants a number, a word, true, false or null")
            }
            phase.methodSettings.append(.init(name, setting))
            do throws(ObjectiveError) {
                _ = try phase.method.objective(settings: [(name, setting)])
            } catch {
                throw source.error(
                    error.code == .unknownSetting ? .unknownKey : .invalidValue, at: pointer, error.message)
            }
        }
    }
}

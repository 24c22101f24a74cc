/// A projection that can have an adapter.
struct LoRATarget {
    let parameter: Int
    let role: ParameterRole
    let layer: Int
    /// The name of its module in transformers.
    let module: String

    private static let roles: Set<ParameterRole> = [.query, .key, .value, .output, .gate, .up, .down]

    /// All of a model, in the order of its parameters.
    static func all(_ table: ParameterTable) -> [LoRATarget] {
        table.parameters.enumerated().compactMap { index, parameter in
            guard roles.contains(parameter.role), let layer = parameter.layer else { return nil }
            return LoRATarget(
                parameter: index, role: parameter.role, layer: layer,
                module: String(parameter.name.dropLast(".weight".count)))
        }
    }

    /// Those that a configuration chooses.
    ///
    /// - Throws: `malformed` for a pattern that is none, `invalidRequest` for names that no projection has.
    static func chosen(
        _ targets: LoRAConfiguration.Targets, of table: ParameterTable, path: String
    ) throws(TransformerError) -> [LoRATarget] {
        let all = all(table)
        switch targets {
        case .allLinear: return all
        case .names(let names):
            func matches(_ target: LoRATarget, _ name: String) -> Bool {
                target.module == name || target.module.hasSuffix(".\(name)")
            }
            for name in names where !all.contains(where: { matches($0, name) }) {
                throw TransformerError(
                    .invalidRequest, path: path, subject: "target_modules",
                    "has '\(name)', which is no projection of the model; there are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj and down_proj"
                )
            }
            return all.filter { target in names.contains { matches(target, $0) } }
        case .pattern(let pattern):
            guard let expression = try? Regex(pattern) else {
                throw TransformerError(
                    .malformed, path: path, subject: "target_modules", "is no regular expression: \(pattern)")
            }
            let chosen = all.filter { (try? expression.wholeMatch(in: $0.module)) != nil }
            guard !chosen.isEmpty else {
                throw TransformerError(
                    .invalidRequest, path: path, subject: "target_modules",
                    "matches no projection of the model: \(pattern)")
            }
            return chosen
        }
    }
}

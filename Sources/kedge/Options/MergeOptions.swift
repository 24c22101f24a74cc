public import ArgumentParser
public import Checkpoints
import Tensors

extension MergeMethod: ExpressibleByArgument {}
extension MergeRescaling: ExpressibleByArgument {}
extension SignElection: ExpressibleByArgument {}

/// The parameters of a merge.
struct MergeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What each model counts: one number for all, or one each: 0.7,0.3.", valueName: "w,..."))
    var weight: String?

    @Option(
        help: ArgumentHelp(
            "ties, dare-*: the share of each difference that is kept, for all or one each. (default: 1)",
            valueName: "d,..."))
    var density: String?

    @Option(
        name: .customLong("t"),
        help: "slerp: the place between the models, 0 the first and 1 the second. (default: 0.5)")
    var interpolation: Double?

    @Option(help: "What the merged difference from the base is multiplied by. (default: 1)")
    var lambda: Double?

    @Flag(
        inversion: .prefixedNo,
        help: "Divide by the sum of the weights. (default: for linear and ties)")
    var normalize: Bool?

    @Option(
        help: "After dropping: divide by the density (dare's paper), keep the L1 norm (mergekit), or none.")
    var rescale: MergeRescaling?

    @Option(help: "ties, dare-ties: the elected sign is that of the sum, or of most models. (default: sum)")
    var consensus: SignElection?

    @Option(help: "dare-*: decides, together with tensors' names, what is dropped. (default: 0)")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp("The type of merged tensors. (default: as in the base or first model)", valueName: "type"))
    var dtype: String?

    @Flag(help: "Take tensors that not all checkpoints have from the base, or the first model that has them.")
    var allowMissing = false

    @Option(
        help: ArgumentHelp(
            "Other weights, density or t for tensors by name: '*.mlp.*:weight=1,0'. The last that matches counts. Repeatable.",
            valueName: "GLOB:NAME=VALUE"))
    var rule: [String] = []

    func validate() throws {
        _ = try settings(.linear)
    }

    /// Refuses what the method has no use for, and what does not fit the number of models.
    ///
    /// - Throws: `ValidationError`.
    func validate(_ method: MergeMethod, models: Int, hasBase: Bool) throws {
        let isDropping = method == .dareLinear || method == .dareTies
        for (option, isGiven, isUsed) in [
            ("--t", interpolation != nil, method == .slerp), ("--weight", weight != nil, method != .slerp),
            ("--normalize", normalize != nil, method != .slerp), ("--lambda", lambda != nil, method.needsBase),
            ("--density", density != nil, method.usesDensity), ("--rescale", rescale != nil, method.usesDensity),
            ("--consensus", consensus != nil, method.electsSigns), ("--seed", seed != nil, isDropping),
        ] where isGiven && !isUsed {
            throw ValidationError("\(option) means nothing to \(method.name); leave it out")
        }
        let settings = try settings(method)
        do throws(MergeSettingsError) {
            try settings.check(models: models, hasBase: hasBase)
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// The settings as given.
    func settings(_ method: MergeMethod) throws -> MergeSettings {
        var settings = MergeSettings(method)
        if let weight { settings.weights = try Self.numbers(weight, "--weight") }
        if let density { settings.densities = try Self.numbers(density, "--density") }
        if let interpolation { settings.interpolation = interpolation }
        if let lambda { settings.lambda = lambda }
        settings.isNormalized = normalize
        settings.rescaling = rescale
        if let consensus { settings.election = consensus }
        if let seed { settings.seed = seed }
        if let dtype {
            guard let type = TensorType(named: dtype), type.isFloatingPoint else {
                throw ValidationError("--dtype wants a floating-point type such as bfloat16; not '\(dtype)'")
            }
            settings.type = type
        }
        settings.allowsMissing = allowMissing
        settings.rules = try rule.map { try Self.rule($0) }
        return settings
    }

    private static func numbers(_ text: String, _ option: String) throws -> [Double] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map {
            guard let number = Double($0), number.isFinite else {
                throw ValidationError("\(option) wants numbers with commas in between; not '\(text)'")
            }
            return number
        }
    }

    private static func rule(_ text: String) throws -> MergeRule {
        // Names of tensors may hold colons.
        guard let colon = text.lastIndex(of: ":"), let equals = text[colon...].firstIndex(of: "=") else {
            throw ValidationError("--rule wants GLOB:NAME=VALUE; not '\(text)'")
        }
        var rule = MergeRule(NamePattern(String(text[..<colon])))
        let values = try numbers(String(text[text.index(after: equals)...]), "--rule")
        switch text[text.index(after: colon)..<equals] {
        case "weight": rule.weights = values
        case "density": rule.densities = values
        case "t" where values.count == 1: rule.interpolation = values[0]
        default: throw ValidationError("--rule is about weight, density or one t; not '\(text)'")
        }
        return rule
    }
}

public import ArgumentParser
public import Rewards

extension AnswerMode: ExpressibleByArgument {}

/// Which rewards are computed, and how.
struct RewardOptions: ParsableArguments {
    @Option(
        name: .customLong("reward"),
        help: ArgumentHelp(
            "One of: \(RewardName.allCases.map(\.rawValue).joined(separator: ", ")). Repeatable. (default: accuracy, or process with --process)",
            valueName: "name[=weight]"))
    var rewards: [String] = []

    @Option(
        name: .customLong("setting"), parsing: .singleValue,
        help: ArgumentHelp("A setting of these rewards, such as max_len=4096. Repeatable.", valueName: "name=value"))
    var settings: [String] = []

    @Option(help: "How answers are compared: strict (as mathematics) or compat (as Math-Verify).")
    var mode = AnswerMode.strict

    @Option(help: ArgumentHelp("The most work that reading and comparing an answer may take.", valueName: "n"))
    var steps = AnswerChecker.defaultSteps

    @Option(
        help: ArgumentHelp(
            "Strict: a decimal of at least so many significant digits may be another number's rounding.", valueName: "n"
        ))
    var significantDigits = AnswerChecker.defaultSignificantDigits

    func validate() throws {
        guard significantDigits > 0 else { throw ValidationError("--significant-digits wants a number of 1 or more") }
        guard steps > 0 else { throw ValidationError("--steps wants a number of 1 or more") }
    }

    /// The recipe that the options describe.
    ///
    /// - Parameter hasProcess: whether --process is given.
    func recipe(hasProcess: Bool) throws -> RewardRecipe {
        var recipe = RewardRecipe(
            try rewards.map { try Self.part($0) },
            checker: AnswerChecker(mode: mode, steps: steps, significantDigits: significantDigits))
        if hasProcess, !recipe.contains(.process) { recipe.parts.append(.init(.process)) }
        if recipe.parts.isEmpty { recipe.parts = [.init(.accuracy)] }
        guard hasProcess || !recipe.contains(.process) else {
            throw ValidationError("--reward process wants --process COMMAND")
        }
        if let twice = recipe.parts.indices.first(where: { index in
            recipe.parts[..<index].contains { $0.name == recipe.parts[index].name }
        }) {
            throw ValidationError("--reward \(recipe.parts[twice].name.rawValue) is given twice")
        }
        do throws(RewardSettingError) {
            for setting in settings {
                guard let equals = setting.firstIndex(of: "="), equals > setting.startIndex else {
                    throw RewardSettingError(name: setting, message: "wants name=value")
                }
                try recipe.set(String(setting[..<equals]), to: String(setting[setting.index(after: equals)...]))
            }
            if let problem = recipe.problem { throw problem }
        } catch {
            throw ValidationError("--setting \(error)")
        }
        return recipe
    }

    private static func part(_ text: String) throws -> RewardRecipe.Part {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = RewardName(rawValue: String(parts[0])) else {
            let names = RewardName.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--reward \(parts[0]) is not known; there are \(names)")
        }
        guard parts.count == 2 else { return .init(name) }
        guard let weight = Double(parts[1]), weight.isFinite else {
            throw ValidationError("--reward \(name.rawValue) wants a number as weight, not '\(parts[1])'")
        }
        return .init(name, weight: weight)
    }
}

/// A reward that another program computes.
struct RewardProcessOptions: ParsableArguments {
    @Option(
        name: .customLong("process"),
        help: ArgumentHelp(
            "A program that judges responses: requests in, answers out, a line of JSON each (kedge schema reward-request, reward-response).",
            valueName: "command"))
    var command: String?

    @Flag(name: .customLong("process-shell"), help: "Run the command with /bin/sh.")
    var usesShell = false

    @Option(
        name: .customLong("process-timeout"),
        help: ArgumentHelp("How long an answer may take. (default: 30)", valueName: "seconds"))
    var timeout: Double?

    @Option(
        name: .customLong("process-start"),
        help: ArgumentHelp("How much longer the first answer may take. (default: 10)", valueName: "seconds"))
    var start: Double?

    func validate() throws {
        guard command != nil || (!usesShell && timeout == nil && start == nil) else {
            throw ValidationError("--process-shell, --process-timeout and --process-start go with --process")
        }
        if let timeout, !(timeout > 0 && timeout <= 1e6) {
            throw ValidationError("--process-timeout wants a number of seconds above 0")
        }
        if let start, !(start >= 0 && start <= 1e6) {
            throw ValidationError("--process-start wants a number of seconds, 0 or more")
        }
        _ = try settings()
    }

    /// Nil where no process is wanted.
    func settings() throws -> RewardProcessSettings? {
        guard let command else { return nil }
        let words = usesShell ? ["/bin/sh", "-c", command] : RewardProcessSettings.words(of: command)
        guard let words else {
            throw ValidationError("--process wants a program and its arguments, with quotes closed, not '\(command)'")
        }
        var settings = RewardProcessSettings(command: words)
        if let timeout { settings.timeout = .seconds(timeout) }
        if let start { settings.startAllowance = .seconds(start) }
        return settings
    }
}

import ArgumentParser
import Divergences
import JSON
import Tensors

/// What is compared on which texts, where the policies are models.
struct ModelDiagnosisOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A LoRA adapter (PEFT) that is added to the reference.", valueName: "dir"))
    var referenceAdapter: String?

    @Option(help: ArgumentHelp("A LoRA adapter (PEFT) that is added to the policy.", valueName: "dir"))
    var policyAdapter: String?

    @Option(
        help: ArgumentHelp(
            "The type of the weights in memory: fp32 or bf16. (default: bf16 where all are, else fp32)",
            valueName: "type"))
    var dtype: String?

    @Option(
        help: ArgumentHelp(
            """
            Which prefix of the expert's trace is told apart from the continuation; one of the dataset's ratios. \
            (default: the largest below 1, or else the largest)
            """, valueName: "x"))
    var prefixRatio: Double?

    @Flag(help: "Leave out the tokens of prompts.")
    var skipPrompts = false

    @Option(help: ArgumentHelp("Only the first rows of the dataset.", valueName: "n"))
    var limit: Int?

    @Option(help: ArgumentHelp("Tokens of the texts that go through the models together.", valueName: "n"))
    var batchTokens = 2048

    @Option(help: ArgumentHelp("Where the tokenizer is. (default: the reference's directory)", valueName: "dir"))
    var tokenizer: String?

    func validate() throws {
        _ = try type
        guard limit ?? 1 >= 1 else { throw ValidationError("--limit wants 1 or more") }
        guard (1...1 << 24).contains(batchTokens) else { throw ValidationError("--batch-tokens wants 1 to 16777216") }
        if let prefixRatio, !(0...1).contains(prefixRatio) {
            throw ValidationError("--prefix-ratio wants a number from 0 to 1")
        }
    }

    /// The type asked for.
    var type: ElementType? {
        get throws {
            guard let dtype else { return nil }
            guard let type = TensorType(named: dtype)?.elementType, type == .float32 || type == .bfloat16 else {
                throw ValidationError("--dtype wants fp32 or bf16")
            }
            return type
        }
    }

    /// The names of the options that were given and choose from a dataset.
    var givenForDatasets: [String] {
        [
            ("--prefix-ratio", prefixRatio != nil), ("--skip-prompts", skipPrompts), ("--limit", limit != nil),
        ].filter(\.1).map(\.0)
    }

    /// The names of the options that were given, for inputs that they do not go with.
    var given: [String] {
        [
            ("--reference-adapter", referenceAdapter != nil), ("--policy-adapter", policyAdapter != nil),
            ("--dtype", dtype != nil), ("--batch-tokens", batchTokens != 2048),
        ].filter(\.1).map(\.0)
    }
}

/// How distributions are compared.
struct MeasuringOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What logits are divided by.", valueName: "x"))
    var temperature = 1.0

    @Option(
        help: ArgumentHelp(
            "The columns of logits that are compared; those behind them are padding. (default: all)", valueName: "n"))
    var vocabularySize: Int?

    @Option(
        help: ArgumentHelp("How many of the most probable tokens are kept of each place, up to 256.", valueName: "n"))
    var topK = 10

    func validate() throws {
        guard temperature > 0, temperature.isFinite, (1 / temperature).isFinite else {
            throw ValidationError("--temperature wants a number above 0")
        }
        guard vocabularySize ?? 1 >= 1 else { throw ValidationError("--vocabulary-size wants 1 or more") }
        guard (1...256).contains(topK) else { throw ValidationError("--top-k wants a number from 1 to 256") }
    }
}

/// Whose names a summary has.
enum MetricFamily: String, ExpressibleByArgument, CaseIterable {
    case kedge, verl, trl
    case verlSequence = "verl-sequence"
}

/// How a diagnosis is summarised.
struct SummaryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Ratios below 1 - x count as clipped.", valueName: "x"))
    var epsilon = 0.2

    @Option(help: ArgumentHelp("Ratios above 1 + x count as clipped. (default: --epsilon)", valueName: "x"))
    var epsilonHigh: Double?

    @Option(help: ArgumentHelp("The share of tokens that counts as of high entropy.", valueName: "x"))
    var highEntropyShare = 0.2

    @Option(help: ArgumentHelp("Importance weights are clamped to 1 / x and x.", valueName: "x"))
    var weightCap = 2.0

    @Option(help: ArgumentHelp("Draws of sequences for the intervals.", valueName: "n"))
    var resamples = 10_000

    @Option(help: ArgumentHelp("What the draws follow from.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Of the intervals.", valueName: "x"))
    var confidence = 0.95

    func validate() throws {
        guard epsilon >= 0, epsilon <= 1, epsilonHigh ?? 0 >= 0, (epsilonHigh ?? 0).isFinite else {
            throw ValidationError("--epsilon wants a number from 0 to 1, --epsilon-high one from 0 on")
        }
        guard highEntropyShare > 0, highEntropyShare < 1 else {
            throw ValidationError("--high-entropy-share wants a number between 0 and 1")
        }
        guard weightCap > 1, weightCap.isFinite else { throw ValidationError("--weight-cap wants a number above 1") }
        guard (1...1_000_000).contains(resamples) else { throw ValidationError("--resamples wants 1 to 1000000") }
        guard confidence > 0, confidence < 1 else {
            throw ValidationError("--confidence wants a number between 0 and 1")
        }
    }

    /// As asked for.
    var settings: SummarySettings {
        var settings = SummarySettings()
        (settings.epsilonLow, settings.epsilonHigh) = (epsilon, epsilonHigh ?? epsilon)
        (settings.highEntropyShare, settings.weightCap) = (highEntropyShare, weightCap)
        (settings.resamples, settings.seed, settings.confidence) = (resamples, seed, confidence)
        return settings
    }

    /// Whether any of them was given.
    var isUsed: Bool {
        let usual = SummarySettings()
        return settings != usual
    }
}

/// How a diagnosis is summed up, and under whose names.
struct ResultOptions: ParsableArguments {
    @OptionGroup(title: "Summary") var summary: SummaryOptions

    @Option(
        help: ArgumentHelp(
            """
            kedge prints the summary; verl (its weights by token), verl-sequence and trl print metrics under their \
            names, as they compute them.
            """,
            valueName: "whose"))
    var names = MetricFamily.kedge

    /// Whether any of them was given.
    var isUsed: Bool { summary.isUsed || names != .kedge }

    /// The result of a diagnosis, for people or as JSON.
    func text(of path: String, isJSON: Bool) throws -> String {
        let file = try DiagnosisFile(path)
        let metrics: MetricNames
        switch names {
        case .kedge:
            let summary = try DiagnosisSummary(file, settings: self.summary.settings)
            return isJSON ? try JSONWriter(isPretty: true).string(summary.json) + "\n" : DiagnosisView(summary).text()
        case .verl, .verlSequence:
            var settings = MetricNames.VerlSettings()
            settings.level = names == .verl ? .token : .sequence
            (settings.clipLow, settings.clipHigh) = (summary.epsilon, summary.epsilonHigh ?? summary.epsilon)
            settings.threshold = summary.weightCap
            metrics = try .verl(file, settings: settings)
        case .trl:
            var settings = MetricNames.TRLSettings()
            (settings.epsilon, settings.epsilonHigh) = (summary.epsilon, summary.epsilonHigh ?? summary.epsilon)
            metrics = try .trl(file, settings: settings)
        }
        return isJSON
            ? try JSONWriter(isPretty: true).string(metrics.json) + "\n" : MetricNamesView(names: metrics).text()
    }
}

import ArgumentParser
import Divergences
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

    @Option(help: ArgumentHelp("How many of the most probable tokens are kept of each place.", valueName: "n"))
    var topK = 10

    func validate() throws {
        guard temperature > 0, temperature.isFinite, (1 / temperature).isFinite else {
            throw ValidationError("--temperature wants a number above 0")
        }
        guard vocabularySize ?? 1 >= 1 else { throw ValidationError("--vocabulary-size wants 1 or more") }
        guard (1...256).contains(topK) else { throw ValidationError("--top-k wants a number from 1 to 256") }
    }
}

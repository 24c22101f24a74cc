public import ArgumentParser
public import PrefixDatasets

extension PromptTemplate: ExpressibleByArgument {}
extension ExpertPart: ExpressibleByArgument {}
extension PrefixRule.Snap: ExpressibleByArgument {}

/// How prompts are written.
struct PromptOptions: ParsableArguments {
    @Option(help: "How the prompt is written: chatml (Qwen2.5), llama3, deepseek-r1 or plain.")
    var template = PromptTemplate.chatML

    @Option(help: ArgumentHelp("A system message for rows that bring none.", valueName: "text"))
    var system: String?

    @Option(
        help: ArgumentHelp(
            "Text behind the last user message, taken as it is; in bash $'\\n...' begins it with a line break.",
            valueName: "text"))
    var promptSuffix: String?

    @Flag(help: "Add what the tokenizer's post-processor adds to a prompt, such as a BOS.")
    var addSpecialTokens = false

    @Option(help: ArgumentHelp("Drop rows whose prompt has more tokens.", valueName: "n"))
    var maxPrompt = 1024
}

/// Which traces are kept, and what of them.
struct TraceOptions: ParsableArguments {
    @Option(help: "What of a trace is kept: thought (inside the first <think>...</think>) or full.")
    var expertPart = ExpertPart.thought

    @Option(help: ArgumentHelp("Cut traces to so many tokens; EOS comes behind them.", valueName: "n"))
    var maxExpert = 8192

    @Option(
        help: ArgumentHelp(
            "The token that ends a row. (default: eos_token of tokenizer_config.json)", valueName: "token"))
    var eos: String?

    @Option(help: ArgumentHelp("Keep at most so many traces of a prompt.", valueName: "n"))
    var tracesPerPrompt: Int?

    @Flag(help: "Keep only traces known to be right (correctness_math_verify, else correctness_llama).")
    var requireCorrect = false

    @Flag(help: "Keep only traces known to be complete (is_reasoning_complete).")
    var requireComplete = false

    @Option(
        help: ArgumentHelp(
            "Shares of a trace for which prefix ends are kept, such as 0,0.2,0.5,1.0.", valueName: "list"))
    var prefixRatios = "0,0.2,0.5,1.0"

    @Option(
        help:
            "Where prefixes end: paragraph (behind the next blank line if it is near) or none (at the share). A share of 0 is no prefix."
    )
    var snap = PrefixRule.Snap.paragraph
}

/// How rows are read.
struct RowOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Columns under other names: name=column, several with commas; dots lead into objects. Names: "
                + ColumnMapping.names.joined(separator: ", ") + ".", valueName: "mapping"))
    var columns: [String] = []

    @Option(help: ArgumentHelp("Pass over up to so many bad rows, and count them.", valueName: "n"))
    var skipBadRows = 0

    /// The columns as given.
    func mapping() throws -> ColumnMapping {
        var mapping = ColumnMapping()
        for pair in columns.flatMap({ $0.split(separator: ",") }) {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, mapping.map(parts[0], to: parts[1]) else {
                throw ValidationError(
                    "--columns wants name=column with a name of \(ColumnMapping.names.joined(separator: ", ")); not '\(pair)'"
                )
            }
        }
        return mapping
    }
}

extension DatasetSettings {
    /// The settings that the options of `tokenize` ask for.
    init(prompt: PromptOptions, trace: TraceOptions, rows: RowOptions, compression: Int) throws {
        self.init()
        template = prompt.template
        system = prompt.system
        promptSuffix = prompt.promptSuffix ?? ""
        addsSpecialTokens = prompt.addSpecialTokens
        maximumPrompt = try Self.positive(prompt.maxPrompt, "--max-prompt")
        expertPart = trace.expertPart
        maximumExpert = try Self.positive(trace.maxExpert, "--max-expert")
        endOfSequence = trace.eos ?? ""
        tracesPerPrompt = try trace.tracesPerPrompt.map { try Self.positive($0, "--traces-per-prompt") }
        requiresCorrect = trace.requireCorrect
        requiresComplete = trace.requireComplete
        prefixRatios = try Self.ratios(trace.prefixRatios)
        snap = trace.snap
        guard rows.skipBadRows >= 0 else { throw ValidationError("--skip-bad-rows wants a number from 0 on") }
        toleratedBadRows = rows.skipBadRows
        columns = try rows.mapping()
        guard (0...9).contains(compression) else { throw ValidationError("--compression wants a level from 0 to 9") }
        compressionLevel = compression == 0 ? nil : compression
    }

    private static func positive(_ value: Int, _ option: String) throws -> Int {
        guard (1...Int(Int32.max / 2)).contains(value) else {
            throw ValidationError("\(option) wants a number from 1 on")
        }
        return value
    }

    private static func ratios(_ list: String) throws -> [Double] {
        let ratios = list.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard ratios.count <= 64, ratios.allSatisfy({ $0.map { $0 >= 0 && $0 <= 1 } ?? false }) else {
            throw ValidationError(
                "--prefix-ratios wants at most 64 numbers from 0 to 1 with commas between them; not '\(list)'")
        }
        return ratios.compactMap(\.self)
    }
}

public import ArgumentParser
import ChatTemplates
public import PrefixDatasets

extension PromptTemplate: ExpressibleByArgument {}
extension ExpertPart: ExpressibleByArgument {}
extension PrefixRule.Snap: ExpressibleByArgument {}

/// How prompts are written.
struct PromptOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How the prompt is written: auto (the model's own chat template where its directory has one, else chatml), "
                + "model (the model's own, or an error), chatml (Qwen2.5), llama3, deepseek-r1 or plain.",
            valueName: "name"))
    var template = PromptTemplate.auto

    @Option(
        help: ArgumentHelp(
            "The day that a model's own template is told it is. (default: templates that ask for it are an error)",
            valueName: "yyyy-mm-dd"))
    var date: String?

    @Option(help: ArgumentHelp("A system message for rows that bring none.", valueName: "text"))
    var system: String?

    @Option(
        help: ArgumentHelp(
            "Text behind the last user message, taken as it is; in bash $'\\n...' begins it with a line break.",
            valueName: "text"))
    var promptSuffix: String?

    @Flag(help: "Add what the tokenizer's post-processor adds to a prompt, such as a BOS.")
    var addSpecialTokens = false

    @Option(help: ArgumentHelp("Drop rows whose prompt has fewer tokens.", valueName: "n"))
    var minPrompt = 1

    @Option(help: ArgumentHelp("Drop rows whose prompt has more tokens.", valueName: "n"))
    var maxPrompt = 1024
}

/// Which traces are kept, and what of them.
struct TraceOptions: ParsableArguments {
    @Option(help: "What of a trace is kept: thought (inside the first <think>...</think>) or full.")
    var expertPart = ExpertPart.thought

    @Option(help: ArgumentHelp("Drop traces of fewer tokens.", valueName: "n"))
    var minExpert = 1

    @Option(help: ArgumentHelp("The most tokens of a trace; EOS comes behind them.", valueName: "n"))
    var maxExpert = 8192

    @Option(help: "What becomes of traces over --max-expert: cut or drop (as LUFFY does).")
    var longExperts = LongExperts.cut

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
            "Drop traces of which more than this share of the tokens, 0 to 1, lies in runs of 20 that came before in the "
                + "trace, or which end in a loop of 1,000 tokens or more; 0.5 is a good value.", valueName: "share"))
    var maxRepetition: Double?

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

/// What becomes of traces that are too long.
enum LongExperts: String, ExpressibleByArgument, CaseIterable {
    case cut, drop
}

/// How problems count as the same.
enum DeduplicationMode: String, ExpressibleByArgument, CaseIterable {
    case none, exact, near
}

/// Which rows are kept, by their problems.
struct ProblemOptions: ParsableArguments {
    @Option(help: "Keep the first of several equal problems: none, exact (the same words) or near (MinHash).")
    var deduplicate = DeduplicationMode.none

    @Option(
        help: ArgumentHelp(
            "How alike near duplicates are: Jaccard similarity of their word n-grams.", valueName: "share"))
    var nearDuplicateThreshold = 0.8

    @Option(
        help: ArgumentHelp(
            "A benchmark (.jsonl, .json, .parquet, .txt): drop problems that share a run of words with it. Repeatable.",
            valueName: "file"))
    var decontaminate: [String] = []

    @Option(help: ArgumentHelp("How many words that run has.", valueName: "n"))
    var ngram = 8

    @Option(help: ArgumentHelp("Keep about this share of the problems, 0 to 1.", valueName: "share"))
    var sample: Double?

    @Option(help: ArgumentHelp("Decides which problems --sample keeps.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "Stop behind the first so many rows that the filters above let through.", valueName: "n"))
    var limit: Int?
}

/// Output in several files, made by one process or several.
struct ShardOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write a directory of shards, each of so much uncompressed input, such as 2GB or 500MB.", valueName: "size")
    )
    var shardSize: String?

    @Flag(help: "Keep the shards that are whole already, and make the others.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Which process of --world-size this is, from 0. (default: from Slurm or Open MPI)", valueName: "n"))
    var rank: Int?

    @Option(help: ArgumentHelp("How many processes share the shards.", valueName: "n"))
    var worldSize: Int?
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
    init(
        prompt: PromptOptions, problems: ProblemOptions, trace: TraceOptions, rows: RowOptions,
        compression: DatasetCompression,
        keepsDropped: Bool
    ) throws {
        self.init()
        template = prompt.template
        date = try prompt.date.map { text in
            guard let date = ChatTemplateDate(text) else {
                throw ValidationError("--date wants a day such as 2026-01-31")
            }
            return date
        }
        system = prompt.system
        promptSuffix = prompt.promptSuffix ?? ""
        addsSpecialTokens = prompt.addSpecialTokens
        minimumPrompt = try Self.positive(prompt.minPrompt, "--min-prompt")
        maximumPrompt = try Self.positive(prompt.maxPrompt, "--max-prompt")
        deduplication =
            switch problems.deduplicate {
            case .none: .none
            case .exact: .exact
            case .near: .near(threshold: try Self.share(problems.nearDuplicateThreshold, "--near-duplicate-threshold"))
            }
        benchmarks = problems.decontaminate
        contaminationLength = try Self.positive(problems.ngram, "--ngram", to: 1000)
        sampleShare = try problems.sample.map { try Self.share($0, "--sample") }
        seed = problems.seed
        limit = try problems.limit.map { try Self.positive($0, "--limit") }
        self.keepsDropped = keepsDropped
        expertPart = trace.expertPart
        minimumExpert = try Self.positive(trace.minExpert, "--min-expert")
        maximumExpert = try Self.positive(trace.maxExpert, "--max-expert")
        dropsLongExperts = trace.longExperts == .drop
        maximumRepetition = try trace.maxRepetition.map { try Self.share($0, "--max-repetition") }
        endOfSequence = trace.eos ?? ""
        tracesPerPrompt = try trace.tracesPerPrompt.map { try Self.positive($0, "--traces-per-prompt") }
        requiresCorrect = trace.requireCorrect
        requiresComplete = trace.requireComplete
        prefixRatios = try Self.ratios(trace.prefixRatios)
        snap = trace.snap
        guard rows.skipBadRows >= 0 else { throw ValidationError("--skip-bad-rows wants a number from 0 on") }
        toleratedBadRows = rows.skipBadRows
        columns = try rows.mapping()
        self.compression = compression
    }

    private static func positive(_ value: Int, _ option: String, to most: Int = Int(Int32.max / 2)) throws -> Int {
        guard (1...most).contains(value) else {
            throw ValidationError("\(option) wants a number from 1 " + (most > 1000 ? "on" : "to \(most)"))
        }
        return value
    }

    private static func share(_ value: Double, _ option: String) throws -> Double {
        guard value >= 0, value <= 1 else { throw ValidationError("\(option) wants a number from 0 to 1") }
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

extension DatasetCompression: ExpressibleByArgument {
    /// Reads `fast` or a level from 0, which is none, to 9.
    public init?(argument: String) {
        switch (argument, Int(argument)) {
        case ("fast", _): self = .fast
        case (_, 0?): self = .none
        case (_, let level?) where (1...9).contains(level): self = .zlib(level: level)
        default: return nil
        }
    }

    /// As an argument says it.
    public var defaultValueDescription: String {
        switch self {
        case .fast: "fast"
        case .none: "0"
        case .zlib(let level): "\(level)"
        }
    }
}

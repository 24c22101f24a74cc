import ArgumentParser
import Files
import JSON
import Kernels
import Tokenization
import Transformers

/// `kedge generate`
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Sample completions of a prompt.",
        discussion: """
            The text is printed as it comes; with several completions, each when it and those before it are whole. A \
            completion depends on the seed and its number alone, not on how many there are. Without a tokenizer, ids are \
            printed. Of generation_config.json only the end of sequence counts, not its temperature and the like. --json gives ids, log-probabilities (of the model, at \
            temperature 1), text and why each ended: stop, stop_sequence or length.

            Examples:
              kedge generate Qwen2.5-0.5B/ --prompt 'What is 7 * 6?' --chat
              kedge generate Qwen2.5-0.5B/ --prompt 'Once upon a time' --num-generations 4 --top-p 0.9 --seed 7
              kedge generate tiny/ --prompt-ids 1,2,3 --temperature 0 --max-tokens 64 --json
            """)

    @Argument(help: ArgumentHelp("A model directory, or a checkpoint of Kedge's.", valueName: "model"))
    var model: String

    @Option(parsing: .unconditional, help: ArgumentHelp("What completions continue.", valueName: "text"))
    var prompt: String?

    @Option(help: ArgumentHelp("The same as token ids, with commas between them.", valueName: "ids"))
    var promptIds: String?

    @Flag(help: "Put the prompt into the model's chat template, as a user's message.")
    var chat = false

    @Option(parsing: .unconditional, help: ArgumentHelp("The system message, with --chat.", valueName: "text"))
    var system: String?

    @Option(help: ArgumentHelp("How many completions.", valueName: "n"))
    var numGenerations = 1

    @OptionGroup(title: "Sampling") var sampling: SamplingOptions
    @OptionGroup(title: "Model") var policy: PolicyOptions

    @Option(help: ArgumentHelp("Where the tokenizer is. (default: the model directory)", valueName: "dir"))
    var tokenizer: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (prompt == nil) != (promptIds == nil) else {
            throw ValidationError("name the prompt with --prompt or with --prompt-ids")
        }
        guard (1...1 << 20).contains(numGenerations) else { throw ValidationError("--num-generations wants 1 or more") }
        if promptIds != nil, chat { throw ValidationError("--chat wants a text: --prompt") }
        if system != nil, !chat { throw ValidationError("--system goes with --chat") }
        _ = try parsedIds()
    }

    private func parsedIds() throws -> [Int32]? {
        guard let promptIds else { return nil }
        return try promptIds.split(separator: ",", omittingEmptySubsequences: false).map {
            guard let id = Int32($0.drop { $0 == " " }), id >= 0 else {
                throw ValidationError("--prompt-ids wants ids with commas between them, such as 1,2,3; not '\($0)'")
            }
            return id
        }
    }

    func run() throws {
        let ids = try parsedIds()
        // A model that was made at random may have no tokenizer; ids need none.
        let isNeeded = ids == nil || !sampling.stops.isEmpty || tokenizer != nil
        let hasOwn = FileSystem.isDirectory(model) && FileSystem.exists("\(model)/tokenizer.json")
        let text = isNeeded || hasOwn ? try PolicyPrompt(model: model, explicit: tokenizer) : nil
        let (weights, adapter) = try policy.load(
            model, threads: threads.count, progress: ProgressLine(outputOptions.progress))
        let prompt = try ids ?? promptTokens(text)
        try PolicyTokenizerError.check(
            prompt, place: ids == nil ? text?.directory ?? model : "--prompt-ids", isTokenizer: ids == nil,
            vocabulary: weights.configuration.vocabularySize)
        var request = GenerationRequest(
            prompt: prompt, count: numGenerations, maximumTokens: sampling.maxTokens,
            sampling: try sampling.settings)
        if !sampling.ignoreEos { request.endOfSequence = Set(weights.configuration.endOfSequence) }
        let texts = try text.map {
            CompletionTexts($0.tokenizer, stops: try sampling.stopSequences)
        }
        if let texts { request.makeStopCheck = { texts.check($0) } }
        let generator = try Generator(
            weights, adapter: adapter, team: ThreadTeam(count: threads.count),
            batchLimit: min(sampling.batchSize, numGenerations))
        var printer = CompletionPrinter(texts: texts, count: numGenerations)
        let completions = try generator.generate([request]) { token in
            if !outputOptions.json { printer.take(token) }
        }
        if outputOptions.json { try show(completions[0], texts) }
    }

    private func promptTokens(_ text: PolicyPrompt?) throws -> [Int32] {
        guard let text, let prompt else { return [] }
        return chat ? try text.ids(ofQuestion: prompt, system: system) : try text.ids(of: prompt)
    }

    private func show(_ completions: [Completion], _ texts: CompletionTexts?) throws {
        let list = completions.enumerated().map { number, completion in
            JSONNode.object([
                ("ids", .array(completion.ids.map { .int(Int64($0)) })),
                ("log_probs", .array(completion.logProbs.map { .double(Double($0)) })),
                ("text", texts.map { .string($0.finish(number)) } ?? .null),
                ("finish_reason", .string(completion.finishReason.rawValue)),
            ])
        }
        StandardOutput.write(try JSONWriter().string(.object([("completions", .array(list))])) + "\n")
    }
}

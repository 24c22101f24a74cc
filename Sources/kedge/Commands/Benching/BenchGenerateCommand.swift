import ArgumentParser
import JSON
import Kernels
import Transformers

/// `kedge bench generate`
struct BenchGenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "How fast a model samples.",
        discussion: """
            Greedy completions of a prompt of random tokens, several times over; the best is reported, the prompt's own \
            time included. At batch 1 the limit is the read bandwidth over the bytes of the weights.

            Example:
              kedge bench generate Qwen2.5-0.5B/ --batch 8 --max-tokens 64 --dtype bf16 --json
            """)

    @Argument(help: ArgumentHelp("A model directory, or a checkpoint of Kedge's.", valueName: "model"))
    var model: String

    @Option(help: ArgumentHelp("Completions at a time.", valueName: "n"))
    var batch = 1

    @Option(help: ArgumentHelp("Tokens of a completion.", valueName: "n"))
    var maxTokens = 64

    @Option(help: ArgumentHelp("Tokens of the prompt.", valueName: "n"))
    var promptLength = 16

    @Option(help: ArgumentHelp("How often.", valueName: "n"))
    var repetitions = 5

    @OptionGroup(title: "Model") var policy: PolicyOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...4096).contains(batch), (1...1 << 20).contains(maxTokens), (1...1 << 20).contains(promptLength),
            (1...1000).contains(repetitions)
        else { throw ValidationError("--batch, --max-tokens, --prompt-length and --repetitions want positive numbers") }
        guard batch * (maxTokens + promptLength) <= 1 << 22 else {
            throw ValidationError("--batch times the tokens of prompt and completion wants 4194304 at most")
        }
    }

    func run() throws {
        let (weights, adapter) = try policy.load(
            model, threads: threads.count, progress: ProgressLine(outputOptions.progress))
        let team = ThreadTeam(count: threads.count)
        let generator = try Generator(weights, adapter: adapter, team: team, batchLimit: batch)
        // As many prompts as completions: nothing is shared that others do not share either.
        let requests = (0..<batch).map { number in
            GenerationRequest(
                prompt: (0..<promptLength).map {
                    Int32((number * promptLength + $0) * 7919 % weights.configuration.vocabularySize)
                }, maximumTokens: maxTokens, sampling: .greedy)
        }
        var seconds: [Double] = []
        for _ in 0..<repetitions {
            let started = ContinuousClock.now
            _ = try generator.generate(requests)
            seconds.append((ContinuousClock.now - started) / .seconds(1))
        }
        let best = seconds.min() ?? 0
        let rate = Double(batch * maxTokens) / best
        let bytes = weights.matrices.reduce(0) { $0 + $1.byteCount }
        if outputOptions.json {
            let result: JSONNode = [
                "tokens_per_second": .double(rate), "seconds": .double(best), "weight_bytes": .int(Int64(bytes)),
                "peak_memory_bytes": .int(Int64(ProcessMemory.peakBytes)), "threads": .int(Int64(threads.count)),
            ]
            StandardOutput.write(try JSONWriter().string(result) + "\n")
        } else {
            StandardOutput.write(
                "\(Numbers.fixed(rate, 1)) tokens/s with \(threads.count) threads at batch \(batch): the weights "
                    + "(\(Numbers.bytes(bytes))) are read \(Numbers.fixed(rate / Double(batch), 1)) times a second\n")
        }
    }
}

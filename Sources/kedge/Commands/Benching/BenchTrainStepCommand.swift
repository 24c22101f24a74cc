import ArgumentParser
import JSON
import Kernels
import Transformers

/// `kedge bench train-step`
struct BenchTrainStepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-step",
        abstract: "How fast a model is trained.",
        discussion: """
            Forward, backward and AdamW on the mean loss of random tokens, several times over; the best is reported, with \
            the share that it reaches of what sgemm does on this machine. The model is not changed on the disk.

            Example:
              kedge bench train-step Qwen2.5-0.5B/ --batch 4 --length 512 --json
            """)

    @Argument(help: ArgumentHelp("A model directory, or a checkpoint of Kedge's.", valueName: "model"))
    var model: String

    @Option(help: ArgumentHelp("Sequences.", valueName: "n"))
    var batch = 4

    @Option(help: ArgumentHelp("Tokens of a sequence.", valueName: "n"))
    var length = 512

    @Option(help: ArgumentHelp("How many steps.", valueName: "n"))
    var repetitions = 4

    @Flag(help: "Keep only the inputs of layers, and run each again for the backward pass.")
    var checkpointing = false

    @Flag(help: "Let activations be rounded to bfloat16, where the weights are and the processor multiplies that.")
    var allowRounding = false

    @OptionGroup(title: "Model") var policy: PolicyOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...65536).contains(batch), (2...1 << 20).contains(length), (1...1000).contains(repetitions) else {
            throw ValidationError("--batch, --length and --repetitions want positive numbers, --length 2 or more")
        }
        guard batch * length <= 1 << 22 else {
            throw ValidationError("--batch times --length wants 4194304 tokens at most")
        }
    }

    func run() throws {
        let (weights, adapter) = try policy.load(
            model, threads: threads.count, progress: ProgressLine(outputOptions.progress))
        let step = try TrainStep(
            weights, adapter, threads: threads.count, checkpointing: checkpointing,
            allowsRounding: allowRounding)
        let sequences = (0..<batch).map { sequence in
            (0..<length).map { Int32((sequence * length + $0) * 7919 % weights.configuration.vocabularySize) }
        }
        let data = try PackedSequences(sequences, vocabularySize: weights.configuration.vocabularySize)
        var seconds: [Double] = []
        for _ in 0..<repetitions {
            let started = ContinuousClock.now
            try step.run(data)
            seconds.append((ContinuousClock.now - started) / .seconds(1))
        }
        let best = seconds.min() ?? 0
        let memory = ProcessMemory.peakBytes
        let peak = ProductSpeed.peak(step.team)
        let rate = Double(data.tokenCount) / best
        let share = step.operations(data) / best / peak
        if outputOptions.json {
            let result: JSONNode = [
                "tokens_per_second": .double(rate), "peak_memory_bytes": .int(Int64(memory)),
                "share_of_gemm_peak": .double(share), "gemm_peak_flops_per_second": .double(peak),
                "seconds": .double(best), "threads": .int(Int64(threads.count)),
            ]
            StandardOutput.write(try JSONWriter().string(result) + "\n")
        } else {
            StandardOutput.write(
                "\(Numbers.fixed(rate, 0)) tokens/s with \(threads.count) threads: \(Numbers.fixed(best, 3)) s a step, "
                    + "\(Numbers.fixed(share * 100, 0)) % of sgemm's \(Numbers.fixed(peak / 1e9, 0)) GFLOP/s, "
                    + "\(Numbers.bytes(memory)) at most\n")
        }
    }
}

/// A step of supervised fine-tuning, as the benchmark takes it.
private struct TrainStep {
    let team: ThreadTeam
    private let weights: TransformerWeights
    private let pass: TransformerPass
    private let gradients: PassGradients
    private let optimizer: TransformerOptimizer?

    init(
        _ weights: TransformerWeights, _ adapter: LoRAAdapter?, threads: Int, checkpointing: Bool, allowsRounding: Bool
    ) throws {
        team = ThreadTeam(count: threads)
        self.weights = weights
        var settings = TransformerPass.Settings()
        settings.isCheckpointed = checkpointing
        settings.allowsRounding = allowsRounding
        pass = try TransformerPass(weights, adapter: adapter, team: team, settings: settings)
        if let adapter {
            gradients = PassGradients(adapter: LoRAGradients(adapter))
            optimizer = nil
        } else {
            gradients = PassGradients(parameters: TransformerGradients(weights.table))
            optimizer = TransformerOptimizer(team, weights)
        }
    }

    func run(_ data: PackedSequences) throws {
        let weight = -1 / Float(data.targets.count)
        _ = try pass.forwardBackward(data, into: gradients) { targets, _ in
            TokenWeights(logProbs: [Float](repeating: weight, count: targets.count))
        }
        if let parameters = gradients.parameters, let optimizer {
            optimizer.step(team, parameters, AdamW(learningRate: 1e-6))
            parameters.clear(team)
        }
    }

    /// The operations of the products with weights, and of attention, without what is computed twice.
    func operations(_ data: PackedSequences) -> Double {
        let c = weights.configuration
        let matrices = weights.table.parameters.filter { !$0.isVector && $0.role != .embedding && $0.role != .head }
        let perToken = matrices.reduce(0) { $0 + $1.count }
        let attention = zip(data.offsets, data.offsets.dropFirst()).reduce(0.0) { sum, ends in
            let n = Double(ends.1 - ends.0)
            return sum + n * n * Double(c.queryWidth) * Double(c.layerCount)
        }
        let head = Double(data.targets.count) * Double(c.vocabularySize * c.hiddenSize)
        return 6 * (Double(data.tokenCount) * Double(perToken) + head) + 7 * attention
    }
}

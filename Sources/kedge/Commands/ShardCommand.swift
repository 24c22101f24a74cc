import ArgumentParser
import Checkpoints
import Files

/// `kedge shard`
struct ShardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shard",
        abstract: "Divide a checkpoint by size or by tensor-parallel rank, and join it again.",
        discussion: """
            By size as huggingface_hub does: model-00001-of-000NN.safetensors and their index, tensors in their order. By \
            rank as Megatron and the tensor-parallel plans of transformers do: model-rank-0000R-of-0000N.safetensors and \
            layout.json, which --join undoes bit for bit. Attention is cut between heads, whose numbers config.json says; \
            where there are more ranks than heads of keys and values, several ranks hold the same head.

            A plan is a JSON object of name patterns and styles, such as a model's base_model_tp_plan: colwise, rowwise, \
            packed_colwise, embedding_rowwise, replicate. Kedge's own names are column, row, fused, heads, vocabulary, \
            replicated. The first pattern that matches counts.

            Examples:
              kedge shard model.safetensors model/ --max-shard-size 2GB
              kedge shard Qwen2.5-7B/ Qwen2.5-7B-tp4/ --tensor-parallel 4
              kedge shard Qwen2.5-7B-tp4/ Qwen2.5-7B-again/ --join
              kedge shard model/ model.safetensors --join
            """)

    @Argument(help: ArgumentHelp("A checkpoint, or with --join a directory of shards or ranks.", valueName: "in"))
    var input: String

    @Argument(help: ArgumentHelp("A directory, or with --join also a file.", valueName: "out"))
    var output: String

    @Option(help: ArgumentHelp("The most bytes of a shard, or unlimited. (default: 5GB)", valueName: "size"))
    var maxShardSize: String?

    @Option(help: ArgumentHelp("Divide over so many ranks.", valueName: "n"))
    var tensorParallel: Int?

    @Flag(help: "Join what was divided, by size or by rank.")
    var join = false

    @Option(help: ArgumentHelp("Styles by name instead of the built-in plan.", valueName: "plan.json"))
    var tpPlan: String?

    @Option(
        help: ArgumentHelp("Where the numbers of heads are. (default: that of the input)", valueName: "config.json"))
    var config: String?

    @Option(help: ArgumentHelp("Pad vocabularies to a multiple of so many rows a rank.", valueName: "n"))
    var vocabularyMultiple = 1

    @OptionGroup var sharding: ShardedWritingOptions
    @OptionGroup var writing: CheckpointWriting
    @OptionGroup var reading: CheckpointReading
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard [maxShardSize != nil, tensorParallel != nil, join].count(where: \.self) <= 1 else {
            throw ValidationError("--max-shard-size, --tensor-parallel and --join exclude each other")
        }
        guard tensorParallel != nil || (tpPlan == nil && config == nil && vocabularyMultiple == 1) else {
            throw ValidationError("--tp-plan, --config and --vocabulary-multiple go with --tensor-parallel")
        }
        guard (1...4096).contains(tensorParallel ?? 1), (1...1 << 20).contains(vocabularyMultiple) else {
            throw ValidationError("--tensor-parallel wants 1 to 4096, --vocabulary-multiple 1 to \(1 << 20)")
        }
        _ = try ShardedWritingOptions.shardSize(maxShardSize, output: output, format: .huggingFace)
    }

    func run() throws {
        if let ranks = tensorParallel { return try divide(over: ranks) }
        var work = CheckpointConversion()
        let format = try join ? CheckpointFormat.ofOutput(output) : .huggingFace
        work.writing = try writing.options(for: format)
        work.sharding = try sharding.settings(for: format)
        work.threads = threads.count
        if join {
            work.shardSize = .max
        } else {
            work.shardSize = try ShardedWritingOptions.shardSize(maxShardSize, output: output, format: format)
        }
        if join, TensorParallelSharding.isOutput(input) {
            return try ConversionResult.show("join", output, [], outputOptions) { progress in
                try work.join(
                    ranksIn: input, reading: reading.options, to: output, format: format, progress: progress)
            }
        }
        let checkpoint = try Checkpoint.open(input, options: reading.options)
        try ConversionResult.show("shard", output, checkpoint.warnings, outputOptions) { progress in
            try work.run(checkpoint, to: output, format: format, progress: progress)
        }
    }

    private func divide(over ranks: Int) throws {
        var work = TensorParallelSharding(ranks: ranks)
        if let tpPlan { work.plan = try TensorParallelPlan(contentsOf: tpPlan) }
        work.configurationPath = config
        work.vocabularyMultiple = vocabularyMultiple
        work.writing = try writing.options(for: .safetensors)
        work.sharding = try sharding.settings(for: .huggingFace)
        work.threads = threads.count
        let checkpoint = try Checkpoint.open(input, options: reading.options)
        try ConversionResult.show("shard", output, checkpoint.warnings, outputOptions) { progress in
            try work.run(checkpoint, to: output, progress: progress)
        }
    }
}

import ArgumentParser
import Checkpoints
import Files
import Tensors
import Transformers

/// `kedge init`
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a model with random weights.",
        discussion: """
            Reads a config.json of Llama, Mistral, Qwen2 or Qwen3 and writes a model directory that transformers loads: \
            matrices are normal with the standard deviation initializer_range, norms one, biases zero, the embedding of \
            pad_token_id zero. The same seed gives the same weights, whatever the number of threads.

            Examples:
              kedge init config.json --output tiny/ --seed 1
              kedge init config.json --output tiny/ --seed 1 --dtype bf16 --tokenizer Qwen2.5-0.5B/
            """)

    @Argument(help: ArgumentHelp("What the model is built of.", valueName: "config.json"))
    var config: String

    @Option(help: ArgumentHelp("The directory to write.", valueName: "dir"))
    var output: String

    @Option(help: ArgumentHelp("What the weights follow from.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("The type of the weights: fp32 or bf16. (default: fp32)", valueName: "type"))
    var dtype: String?

    @Option(help: ArgumentHelp("A directory whose tokenizer files go along.", valueName: "dir"))
    var tokenizer: String?

    @Option(help: ArgumentHelp("The most bytes in a shard, or unlimited. (default: 5GB)", valueName: "size"))
    var maxShardSize: String?

    @Flag(help: "Replace the output if it exists.")
    var force = false

    @Flag(
        name: .customLong("no-sync"),
        help: "Do not wait until the output is on the disk: faster, but a loss of power soon afterwards can damage it.")
    var isUnsynchronized = false

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard try CheckpointFormat.ofOutput(output) == .huggingFace else {
            throw ValidationError("--output is a directory; make one, and convert it with kedge convert")
        }
        _ = try ShardedWritingOptions.shardSize(maxShardSize, output: output, format: .huggingFace)
        _ = try type
    }

    private var type: ElementType {
        get throws {
            guard let type = TensorType(named: dtype ?? "fp32")?.elementType, type == .float32 || type == .bfloat16
            else { throw ValidationError("--dtype wants fp32 or bf16") }
            return type
        }
    }

    func run() throws {
        // Said before the weights are drawn, which may take a while.
        guard force || !FileSystem.exists(output) else {
            throw FileError(path: output, code: .alreadyExists, message: "already exists; use --force to replace it")
        }
        var files = try ModelFiles(configuration: config)
        if let tokenizer { try files.takeTokenizer(from: tokenizer) }
        var settings = ModelWriting()
        settings.writing.overwrite = force
        settings.writing.isSynchronized = !isUnsynchronized
        settings.shardSize = try ShardedWritingOptions.shardSize(maxShardSize, output: output, format: .huggingFace)
        settings.threads = threads.count
        let weights = try TransformerWeights.random(
            files.configuration, seed: seed, type: try type, threads: threads.count, path: config)
        try ConversionResult.show("init", output, [], outputOptions) { progress in
            try weights.save(directory: output, files: files, settings: settings, progress: progress)
        }
    }
}

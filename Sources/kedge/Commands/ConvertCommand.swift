import ArgumentParser
import Checkpoints

/// `kedge convert`
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Checkpoint format and type conversion.",
        discussion: """
            The input is told by its content, the format of the output by its ending: .safetensors, .h5 or .hdf5 (Kedge), \
            .weights.h5 (Keras), .weights.json (Keras in shards), .pt, .pth or .bin (PyTorch), .npy, .npz; anything else is a model directory, to which \
            config.json and tokenizer files go along. Names and bytes are kept unless told otherwise. Numbers are rounded \
            to the nearest, ties to even; what becomes infinite or zero is counted. Patterns and types by name apply to the \
            names of the input.

            Examples:
              kedge convert model.safetensors model.h5
              kedge convert Qwen2.5-0.5B/ Qwen2.5-0.5B-bf16/ --dtype bf16 --dtype-rule '*norm*=f32'
              kedge convert pytorch_model.bin model.safetensors --rename '^model\\.=>'
              kedge convert big/ big-fp8/ --dtype fp8_e4m3 --resume
            """)

    @Argument(help: ArgumentHelp("A checkpoint: a file, an index of shards, or a directory.", valueName: "in"))
    var input: String

    @Argument(help: ArgumentHelp("What to write.", valueName: "out"))
    var output: String

    @Option(name: .customLong("from"), help: "The format of the input. (default: told by its content)")
    var source: CheckpointFormat?

    @Option(name: .customLong("to"), help: "The format of the output. (default: told by its ending)")
    var target: CheckpointFormat?

    @OptionGroup var conversion: ConversionOptions

    @Option(
        help: ArgumentHelp(
            "The most bytes in a shard of a model directory or of Keras weights, or unlimited. (default: 5GB)",
            valueName: "size"))
    var maxShardSize: String?

    @Option(
        help: ArgumentHelp(
            "Also write the sizes and SHA-256 of the output's files and tensors, for kedge verify.", valueName: "path"))
    var manifest: String?

    @OptionGroup var sharding: ShardedWritingOptions
    @OptionGroup var writing: CheckpointWriting
    @OptionGroup var reading: CheckpointReading
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    @Flag(help: "Show what would be written, and write nothing.")
    var dryRun = false

    func validate() throws {
        _ = try ShardedWritingOptions.shardSize(maxShardSize, output: output, format: target)
    }

    func run() throws {
        let format = try target ?? CheckpointFormat.ofOutput(output)
        var work = CheckpointConversion()
        work.settings = try conversion.settings()
        work.writing = try writing.options(for: format)
        work.sharding = try sharding.settings(for: format)
        work.shardSize = try ShardedWritingOptions.shardSize(maxShardSize, output: output, format: format)
        work.threads = threads.count
        let checkpoint = try Checkpoint.open(input, as: source, options: reading.options)
        if dryRun {
            let view = ConversionPlanView(try ConversionPlan(checkpoint, settings: work.settings))
            return StandardOutput.write(outputOptions.json ? try view.json() : view.text())
        }
        try ConversionResult.show("convert", output, checkpoint.warnings, outputOptions) { progress in
            try work.run(checkpoint, to: output, format: format, manifest: manifest, progress: progress)
        }
    }
}

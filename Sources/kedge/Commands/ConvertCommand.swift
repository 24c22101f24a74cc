import ArgumentParser
import Checkpoints

/// `kedge convert`
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Checkpoint format and type conversion.",
        discussion: """
            The input is told by its content, the format of the output by its ending: .safetensors, .h5 or .hdf5 (Kedge), \
            .weights.h5 (Keras), .pt, .pth or .bin (PyTorch), .npy, .npz; anything else is a model directory. Names and \
            bytes are kept unless told otherwise. Numbers are rounded to the nearest, ties to even; what becomes infinite \
            or zero is counted.

            Examples:
              kedge convert model.safetensors model.h5
              kedge convert Qwen2.5-0.5B/ Qwen2.5-0.5B-bf16/ --dtype bf16 --dtype-rule '*norm*=f32'
              kedge convert pytorch_model.bin model.safetensors --rename '^model\\.=>'
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
    @OptionGroup var writing: CheckpointWriting
    @OptionGroup var reading: CheckpointReading
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    @Flag(help: "Show what would be written, and write nothing.")
    var dryRun = false

    func run() throws {
        let format = try target ?? CheckpointFormat.ofOutput(output)
        let checkpoint = try Checkpoint.open(input, as: source, options: reading.options)
        var work = CheckpointConversion()
        work.settings = try conversion.settings()
        work.writing = writing.options
        work.threads = threads.count
        if dryRun {
            let view = ConversionPlanView(try ConversionPlan(checkpoint, settings: work.settings))
            return StandardOutput.write(outputOptions.json ? try view.json() : view.text())
        }
        let line = ProgressLine(outputOptions.progress)
        let started = ContinuousClock.now
        var report = try work.run(checkpoint, to: output, format: format) { done, total in
            line.show("convert", done: done, of: total, rate: { "\(Numbers.bytes(Int($0)))/s" })
        }
        line.finish()
        report.warnings = checkpoint.warnings + report.warnings
        let result = ConversionResult(
            output: output, report: report, seconds: (ContinuousClock.now - started) / .seconds(1))
        StandardOutput.write(outputOptions.json ? try result.json() : result.text())
    }
}

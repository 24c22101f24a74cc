import ArgumentParser
import Checkpoints
import JSON

/// `kedge diff`
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Two checkpoints side by side, of any formats.",
        discussion: """
            Examples:
              kedge diff base.safetensors tuned.safetensors
              kedge diff base/ tuned.h5 --exit-code --tolerance 1e-3
              kedge diff base/ tuned/ --spectrum --filter '*_proj.weight'

            Tensors go together by name, and what is left by type, shape and bytes: those are renamed. Numbers of \
            different types are compared after widening. With --spectrum, the rank of each update: how many singular \
            values of B - A have 90 % and 99 % of its energy, how many are above what rounding to the stored type makes, and \
            whether it looks like an adapter (LoRA) of low rank.

            Exit status: 0; with --exit-code 1 where anything differs.
            """)

    @Argument(help: ArgumentHelp("The first checkpoint.", valueName: "a"))
    var first: String

    @Argument(help: ArgumentHelp("The second checkpoint.", valueName: "b"))
    var second: String

    @Flag(help: "Exit with status 1 where anything differs: numbers, types, shapes, names.")
    var exitCode = false

    @Option(
        help: ArgumentHelp(
            "Tensors count as equal up to this ||B - A|| / ||A||, unless they hold NaN or infinities.", valueName: "x"))
    var tolerance = 0.0

    @Flag(help: "The rank of what changed in each matrix.")
    var spectrum = false

    @OptionGroup var tensors: TensorOptions
    @OptionGroup var reading: CheckpointReading
    @OptionGroup var threadOptions: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard tolerance >= 0, tolerance.isFinite else { throw ValidationError("--tolerance wants a number from 0 on") }
        if tensors.csv, outputOptions.json { throw ValidationError("--csv and --json exclude each other") }
        _ = try tensors.position()
    }

    func run() throws {
        var settings = try tensors.settings(threads: threadOptions.count)
        settings.measuresSpectra = spectrum
        settings.tolerance = tolerance
        let checkpoints = (
            try Checkpoint.open(first, options: reading.options), try Checkpoint.open(second, options: reading.options)
        )
        let line = InspectionProgress(outputOptions.progress)
        let found = try CheckpointComparison(of: checkpoints.0, and: checkpoints.1, settings: settings) {
            line.show($0, $1, $2)
        }
        line.finish()
        if outputOptions.json || settings.worldSize > 1 {
            StandardOutput.write(try JSONWriter(isPretty: true).string(found.json) + "\n")
        } else if tensors.csv {
            StandardOutput.write(ComparisonView(found).csv())
        } else {
            StandardOutput.write(ComparisonView(found).text())
        }
        if exitCode, !found.isSame { throw ExitCode(1) }
    }
}

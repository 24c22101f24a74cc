import ArgumentParser
import JSON
import Training

/// `kedge train`
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model: supervised, with rewards, or both.",
        discussion: """
            Reads a YAML file of settings under TRL's names; `kedge schema training-configuration` prints all of them. Every \
            setting can also be given as --key value, which wins over the file. The run writes metrics.jsonl, TensorBoard \
            events, rollouts and checkpoints into output_dir; a checkpoint is a model directory, or a PEFT adapter.

            A run that was stopped, or killed, goes on to the bit with --resume, from its last checkpoint. At the first \
            SIGINT or SIGTERM the run finishes its update, or what its batch of rollouts is used for, writes a checkpoint \
            and stops; rollouts that are being sampled are dropped, and sampled again by --resume; an evaluation is \
            given up. A second signal stops it at once.

            Examples:
              kedge train sft.yaml --dry-run
              kedge train sft.yaml
              kedge train trapo.yaml --learning_rate 3e-6 --output_dir runs/trapo-2
              kedge train trapo.yaml --resume
            """)

    @Argument(help: ArgumentHelp("The settings.", valueName: "config.yaml"))
    var config: String

    @Argument(
        parsing: .allUnrecognized, help: ArgumentHelp("Settings that win over the file's.", valueName: "--key value"))
    var overrides: [String] = []

    @Flag(help: "Go on from the last checkpoint in output_dir; with none there, begin.")
    var resume = false

    @Flag(help: "Remove the run that is in output_dir.")
    var force = false

    @Flag(help: "Check everything, say what the run will take, show a row with its loss mask, and train nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("The tokenizer's directory, where the model has none.", valueName: "dir"))
    var tokenizer: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if resume, force { throw ValidationError("--resume goes on with a run, and --force removes it") }
    }

    func run() throws {
        let settings: [ConfigurationOverride]
        do throws(ConfigurationError) {
            settings = try ConfigurationOverride.parsing(overrides)
        } catch {
            throw ValidationError("\(error)")
        }
        let configuration = try TrainingConfiguration(path: config, overrides: settings)
        var session = try TrainingSession(
            configuration, threads: threads.count, tokenizer: tokenizer, progress: ProgressLine(outputOptions.progress))
        if dryRun {
            StandardOutput.write(try session.preview(asJSON: outputOptions.json))
            return
        }
        let outcome = try session.run(isResuming: resume, isOverwriting: force)
        guard outcome.isComplete else {
            let place = outcome.checkpoint.map { "\($0) is whole, and --resume goes on from there" }
            StandardError.write(
                "kedge: stopped after update \(outcome.step); \(place ?? "there is no checkpoint yet, and --resume begins anew")\n"
            )
            Interruption.exitInterrupted()
        }
        if outputOptions.json {
            let result: JSONNode = [
                "steps": .int(Int64(outcome.step)), "checkpoint": outcome.checkpoint.map { .string($0) } ?? .null,
            ]
            StandardOutput.write(try JSONWriter().string(result) + "\n")
        } else {
            StandardOutput.write(
                "\(Numbers.grouped(outcome.step)) updates; \(outcome.checkpoint ?? configuration.run.outputDirectory)\n"
            )
        }
    }
}

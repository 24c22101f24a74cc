import ArgumentParser
import Glibc
import PrefixDatasets

/// The command line.
@main
struct Kedge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kedge",
        abstract: "Post-training of language models inside a trust region.",
        discussion: """
            Examples:
              kedge tokenize traces.jsonl.gz --tokenizer Qwen2.5-Math-7B --output data.h5
              kedge inspect data.h5
              kedge verify data.h5
              kedge inspect Qwen2.5-0.5B/ --stats
              kedge convert model.safetensors model.h5
              kedge diff before/ after/

            Results go to standard output, progress and errors to standard error.
            Exit status: 0 done; 1 bad input or a check that failed; 64 wrong usage.
            """,
        version: KedgeVersion.current,
        subcommands: [
            TokenizeCommand.self, ExportCommand.self, InspectCommand.self, DiffCommand.self, DiagnoseCommand.self,
            VerifyCommand.self,
            ConvertCommand.self, ShardCommand.self, MergeCommand.self, InitCommand.self, TrainCommand.self,
            GenerateCommand.self, EvaluateCommand.self, RewardCommand.self, ObjectiveCommand.self, ReportCommand.self,
            SchemaCommand.self, TemplateCommand.self, DemoCommand.self,
            BenchCommand.self,
            ListHDF5Command.self,
        ])

    static func main() async {
        Interruption.prepare()
        let work = Task.detached {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        }
        Interruption.onSignal { work.cancel() }
        do {
            try await work.value
        } catch is CancellationError {
            Interruption.exitInterrupted()
        } catch {
            // Help that was asked for and wrong usage; what the parser says of them it says better.
            if error is ExitCode || exitCode(for: error) != .failure { exit(withError: error) }
            StandardError.write("kedge: \(Terminal.printable("\(error)", keepingLineBreaks: false))\n")
            Glibc.exit(1)
        }
    }
}

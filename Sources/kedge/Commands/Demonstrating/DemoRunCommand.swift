import ArgumentParser
import Demonstration
import JSON

/// `kedge demo run`
struct DemoRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the demonstration, in minutes; what kedge demo does without a subcommand.",
        discussion: """
            Everything it makes stays in the output directory: traces, datasets, models, runs with their settings for kedge \
            train, and report.html. The same seed and threads give the same numbers, bit for bit. When it is interrupted, \
            the directory goes.

            Examples:
              kedge demo
              kedge demo --output first --seed 1 --threads 2
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp("The directory to make.", valueName: "dir"))
    var output = "kedge-demo"

    @Option(help: ArgumentHelp("What everything drawn follows from.", valueName: "n"))
    var seed: UInt64 = 0

    @Flag(help: "A few updates of each run, to see that everything works: nothing is learnt.")
    var quick = false

    @Flag(help: "Replace a demonstration that is there.")
    var force = false

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        let plan = DemonstrationPlan(seed: seed, isQuick: quick)
        let session = DemonstrationSession(
            plan, paths: DemonstrationPaths(output), threads: threads.count,
            progress: DemonstrationProgress(plan, mode: outputOptions.progress))
        let result = try await session.run(overwrite: force)
        if outputOptions.json {
            StandardOutput.write(try JSONWriter(isPretty: true).string(result.json) + "\n")
        } else {
            StandardOutput.write(DemonstrationView(result, paths: session.paths).text)
        }
    }
}

public import ArgumentParser
public import Demonstration

extension ProblemSettings.Split: ExpressibleByArgument {}

/// `kedge demo problems`
struct DemoProblemsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "problems",
        abstract: "Problems and traces of the demonstration, as JSON lines of OpenR1's shape.",
        discussion: """
            Four digits go through operations, and the expert writes each operation and the digits after it. Problems of \
            training and held-out ones are different ones, whatever the seeds. The same options give the same bytes.

            Examples:
              kedge demo problems --count 4000 --output train.jsonl
              kedge demo problems --count 4000 --short-share 0.9 --heterogeneity 0.3 --seed 1 --output warm-up.jsonl
              kedge demo problems --count 400 --split held-out --output test.jsonl
            """)

    @Option(help: ArgumentHelp("How many.", valueName: "n"))
    var count = 1000

    @Option(help: ArgumentHelp("Operations of a problem, 1 to 12: how difficult it is.", valueName: "n"))
    var operations = 6

    @Option(help: ArgumentHelp("How many problems have only 1 to 3 operations, 0 to 1.", valueName: "share"))
    var shortShare = 0.0

    @Option(
        help: ArgumentHelp(
            "How probable it is that the expert does two operations and writes only the second one's digits, 0 to 1.",
            valueName: "p"))
    var heterogeneity = 0.0

    @Option(help: "Which problems: training or held-out.")
    var split = ProblemSettings.Split.training

    @Option(help: ArgumentHelp("What everything drawn follows from.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "traces.jsonl"))
    var output: String

    @Flag(help: "Replace the output if it exists.")
    var force = false

    func validate() throws {
        guard (1...1 << 32).contains(count) else { throw ValidationError("--count wants 1 or more") }
        guard (1...ProblemSettings.mostOperations).contains(operations) else {
            throw ValidationError("--operations wants a number from 1 to \(ProblemSettings.mostOperations)")
        }
        for (name, value) in [("--short-share", shortShare), ("--heterogeneity", heterogeneity)] {
            guard (0...1).contains(value) else { throw ValidationError("\(name) wants a number from 0 to 1") }
        }
    }

    func run() throws {
        var settings = ProblemSettings()
        (settings.operations, settings.shortShare) = (operations, shortShare)
        (settings.heterogeneity, settings.split, settings.seed) = (heterogeneity, split, seed)
        try TraceFile.write(settings, count: count, to: output, overwrite: force)
    }
}

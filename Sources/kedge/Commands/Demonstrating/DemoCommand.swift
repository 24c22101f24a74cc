import ArgumentParser

/// `kedge demo`
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "The whole chain on an embedded problem set, in minutes, on this machine.",
        discussion: """
            Without a subcommand: draws problems and traces, makes datasets and a small model of them, warms it up, trains it \
            by SFT, GRPO and TRAPO at the same budget, reuses rollouts with GRPO and QUATRO, compares the result with the \
            beginning token by token, and writes a page that tells what came out. The problems alone, and the model's files, \
            are there too.

            Examples:
              kedge demo
              kedge demo --output first --seed 1
              kedge demo problems --count 1000 --heterogeneity 0.3 --output traces.jsonl
              kedge demo model tiny/
            """,
        subcommands: [DemoRunCommand.self, DemoProblemsCommand.self, DemoModelCommand.self],
        defaultSubcommand: DemoRunCommand.self)
}

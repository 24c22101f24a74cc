import ArgumentParser
import Files
import Glibc
import JSON
import Rewards

/// `kedge reward`
struct RewardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reward",
        abstract: "Score responses: is the answer right, and what else counts.",
        discussion: """
            Reads lines of {"gold", "response"} (kedge schema reward-pair) and prints {"reward", "extracted", "reason"} for each, in \
            their order and as they come (kedge schema reward-result). A gold answer that cannot be read gives null, never 1. \
            Names in use elsewhere do too: answer, solution, ground_truth; completion.

            Examples:
              kedge reward < pairs.jsonl
              kedge reward --gold '\\frac{1}{2}' --response 'So it is $0.5$.'
              kedge reward pairs.jsonl.gz --mode compat --output rewards.jsonl --summary
              kedge reward pairs.jsonl --keep id --reward accuracy --reward format=0.5 --reward cosine=0.2 --setting max_len=8192
              kedge reward pairs.jsonl --reward length --group prompt_id
              kedge reward pairs.jsonl --process 'python3 judge.py' --process-timeout 20
            """)

    @Argument(
        help: ArgumentHelp(
            "Lines of JSON, of up to 64 MiB each, also .gz or .zst. (default: standard input)", valueName: "pairs.jsonl"
        ))
    var input: String?

    // Answers may begin with a minus sign.
    @Option(
        parsing: .unconditional, help: ArgumentHelp("A gold answer, instead of a file.", valueName: "text"))
    var gold: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The response to it.", valueName: "text"))
    var response: String?

    @OptionGroup var rewardOptions: RewardOptions
    @OptionGroup var processOptions: RewardProcessOptions

    @Option(
        help: ArgumentHelp("A field to repeat in the result, where the row has it. Repeatable.", valueName: "field"))
    var keep: [String] = []

    @Option(help: ArgumentHelp("The field by which neighbouring rows are a group, for length.", valueName: "field"))
    var group: String?

    @Option(
        help: ArgumentHelp(
            "The field with a response's length, or its tokens. (default: the characters of its text)",
            valueName: "field"))
    var lengthField: String?

    @Flag(help: "Give lines that cannot be read a result that says so, and go on.")
    var skipBadRows = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write to a file instead, which is there once it is complete.", valueName: "path"))
    var output: String?

    @Flag(help: "Replace the output if it exists.")
    var force = false

    @Flag(help: "Say at the end, on standard error, how often each reason occurred.")
    var summary = false

    @Option(help: "Show progress on standard error: always, auto (only on a terminal) or never.")
    var progress = ProgressMode.auto

    @OptionGroup var threads: ThreadOptions

    // The results are always JSON; scripts may say so.
    @Flag(help: .hidden)
    var json = false

    func validate() throws {
        let recipe = try rewardOptions.recipe(hasProcess: processOptions.command != nil)
        if recipe.contains(.length), group == nil {
            throw ValidationError("--reward length wants --group FIELD: it compares the responses to one prompt")
        }
        if group != nil, !recipe.contains(.length) { throw ValidationError("--group goes with --reward length") }
        if lengthField != nil, !recipe.parts.contains(where: { $0.name.needsLength }) {
            throw ValidationError("--length-field goes with --reward length, cosine or soft_overlong_punishment")
        }
        let taken = ["reward", "extracted", "reason", "process_reason", "rewards"]
        if let name = keep.first(where: { taken.contains($0) }) {
            throw ValidationError("--keep \(name): the result has a field of this name")
        }
        if Set(keep).count < keep.count { throw ValidationError("--keep names a field twice") }
        if let output, let ending = [".gz", ".zst"].first(where: { output.hasSuffix($0) }) {
            throw ValidationError(
                "--output is not compressed; leave out \(ending), or pipe the results into a program that compresses")
        }
        if force, output == nil { throw ValidationError("--force goes with --output") }
        guard gold != nil || response != nil else { return }
        guard let response, input == nil, gold != nil || !recipe.parts.contains(where: { $0.name == .accuracy }) else {
            throw ValidationError("--gold and --response go together, without a file")
        }
        _ = response
        if group != nil || lengthField != nil || !keep.isEmpty {
            throw ValidationError("--group, --length-field and --keep go with lines of JSON")
        }
    }

    func run() throws {
        var stream = RewardStream(try rewardOptions.recipe(hasProcess: processOptions.command != nil))
        (stream.keptFields, stream.groupField, stream.lengthField) = (keep, group, lengthField)
        (stream.skipsBadRows, stream.threads) = (skipBadRows, threads.count)
        let process = try processOptions.settings().map { settings in
            try RewardProcess(settings) { Interruption.pending != nil }
        }
        let scoring = RewardScoring(
            stream: stream, process: process, progress: ProgressLine(progress), output: output, overwrites: force)
        let result = if let response { try scoring.run(gold: gold, response: response) } else { try scoring.run(input) }
        process?.stop()
        if summary { StandardError.write(RewardSummaryView(result).text()) }
    }
}

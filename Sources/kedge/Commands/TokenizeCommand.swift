import ArgumentParser
import JSON
import PrefixDatasets
import Tokenization

/// `kedge tokenize`
struct TokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Expert traces -> prefix dataset.",
        discussion: """
            Reads OpenR1 (problem, generations), LUFFY/verl (prompt, target), TRL (prompt, completion) and chat (messages) \
            rows from .jsonl and .json files, each also .gz or .zst, or directories of them, and writes one HDF5 file \
            (kedge schema prefix-dataset).

            Examples:
              kedge tokenize traces.jsonl.gz --tokenizer DIR --output data.h5
              kedge tokenize traces/ --tokenizer DIR -o data.h5 \\
                --require-correct --traces-per-prompt 2
              kedge tokenize traces/ --tokenizer DIR -o data.h5 \\
                --prompt-suffix $'\\nPut your final answer within \\\\boxed{}.'
              kedge tokenize mine.jsonl --tokenizer DIR -o data.h5 \\
                --columns problem=question,generations=answers
            """)

    @Argument(help: ArgumentHelp("Trace files, or directories of them.", valueName: "traces"))
    var traces: [String]

    @Option(help: ArgumentHelp("A model directory with tokenizer.json, or that file.", valueName: "dir"))
    var tokenizer: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The dataset to write.", valueName: "file"))
    var output: String

    @Flag(help: "Replace the output if it exists.")
    var force = false

    @OptionGroup(title: "Prompt options") var prompt: PromptOptions
    @OptionGroup(title: "Trace options") var trace: TraceOptions
    @OptionGroup(title: "Row options") var rows: RowOptions

    @Option(
        help: ArgumentHelp("zlib level of the number arrays, 1 to 9; 0 leaves them uncompressed.", valueName: "level"))
    var compression = 1

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        _ = try settings()
    }

    private func settings() throws -> DatasetSettings {
        try DatasetSettings(prompt: prompt, trace: trace, rows: rows, compression: compression)
    }

    func run() async throws {
        let files = try TraceFiles.expand(traces)
        let directory = try TokenizerDirectory(tokenizer)
        let builder = try DatasetBuilder(
            tokenizer: try Tokenizer(contentsOf: directory.tokenizerPath), directory: directory,
            settings: try settings(),
            threads: threads.count)
        let line = ProgressLine(outputOptions.progress)
        let started = ContinuousClock.now
        let report = try await builder.build(files, output: output, overwrite: force) { progress in
            line.show(
                "tokenize", done: progress.bytesRead, of: progress.bytesTotal,
                rate: { "\(Numbers.bytes(Int($0)))/s" },
                details: "\(Numbers.grouped(progress.rows)) rows · \(Numbers.grouped(progress.tokens)) tokens")
        }
        line.finish()
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        for bad in report.badRows {
            StandardError.write("kedge: passed over: \(Terminal.printable("\(bad)", keepingLineBreaks: false))\n")
        }
        StandardOutput.write(outputOptions.json ? try json(report, seconds) : text(report, seconds))
    }

    private func json(_ report: DatasetBuilder.Report, _ seconds: Double) throws -> String {
        try JSONWriter(isPretty: true).string(
            .object([
                ("output", .string(output)), ("tokens", .int(Int64(report.tokens))), ("seconds", .double(seconds)),
                ("counts", report.counts.json),
            ])) + "\n"
    }

    private func text(_ report: DatasetBuilder.Report, _ seconds: Double) -> String {
        let counts = report.counts
        let headline =
            "\(Numbers.grouped(counts.kept)) rows of \(Numbers.grouped(counts.keptPrompts)) prompts, "
            + "\(Numbers.grouped(report.tokens)) tokens, in \(Numbers.fixed(seconds, 2)) s"
        return "\(Terminal.styled(output, .bold)): \(headline)\n" + CountsTable.text(counts.json)
    }
}

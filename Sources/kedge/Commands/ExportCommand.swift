public import ArgumentParser
import Files
import JSON
public import PrefixDatasets
import Tokenization

extension ExportLayout: ExpressibleByArgument {}
extension ConversationFormat: ExpressibleByArgument {}
extension ExportFileFormat: ExpressibleByArgument {}
extension ExportCompression: ExpressibleByArgument {}

/// `kedge export`
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prefix dataset -> what TRL, verl and HF datasets read.",
        discussion: """
            Layouts:
              ids                    input_ids, prompt_length, prefix_ends and the rest, one row a trace; exact
              verl                   prompt, data_source, reward_model, extra_info; target, target_ids and prefix_ends \
            as LUFFY and TRAPO use them; one row a prompt
              trl-sft                messages (or text), one row a trace
              trl-prompt-completion  prompt and completion, one row a trace
              trl-prompt-only        prompt and answer, for GRPO; one row a prompt

            Text is decoded from the tokens, the EOS left out. Messages are read off the prompt's text where a chat format \
            that Kedge knows renders it; the result says for how many prompts that could not be proved.

            Examples:
              kedge export data.h5 --to parquet --output data.parquet
              kedge export data.h5 --to parquet --layout ids --labels -o sft.parquet
              kedge export data.h5 --to parquet --layout verl -o train.parquet \\
                --compression zstd
              kedge export a.h5 b.h5 --to jsonl --layout trl-prompt-completion \\
                --conversations standard -o pairs.jsonl
            """)

    @Argument(
        help: ArgumentHelp(
            "Prefix datasets, files or directories of shards, taken as one in this order.", valueName: "dataset"))
    var datasets: [String]

    @Option(name: .customLong("to"), help: "What to write: parquet or jsonl.")
    var format: ExportFileFormat

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "path"))
    var output: String

    @Flag(help: "Replace the output if it exists.")
    var force = false

    @Option(help: "The columns: ids, verl, trl-sft, trl-prompt-completion or trl-prompt-only.")
    var layout = ExportLayout.ids

    @Option(
        help: """
            How TRL's layouts hold a conversation: conversational (messages, to which the trainer applies the chat template) \
            or standard (text as the policy saw it). (default: conversational)
            """)
    var conversations: ConversationFormat?

    @Flag(help: "Add labels to ids: the tokens, with -100 in the place of the prompt's.")
    var labels = false

    @Option(help: ArgumentHelp("verl's ability. (default: math)", valueName: "text"))
    var ability: String?

    @Option(help: ArgumentHelp("verl's extra_info.split. (default: train)", valueName: "text"))
    var split: String?

    @Option(
        help: ArgumentHelp(
            "verl's data_source, by which it picks the reward. (default: the dataset's source)", valueName: "text"))
    var dataSource: String?

    @Option(help: "How Parquet is compressed: snappy, zstd or none. (default: snappy)")
    var compression: ExportCompression?

    @Option(
        help: ArgumentHelp(
            "What to decode with. (default: the tokenizer that the dataset was made with)", valueName: "dir"))
    var tokenizer: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if labels, layout != .ids { throw ValidationError("--labels goes with --layout ids") }
        for (option, value) in [("--data-source", dataSource), ("--ability", ability), ("--split", split)]
        where value != nil && layout != .verl {
            throw ValidationError("\(option) goes with --layout verl")
        }
        if conversations != nil, layout == .ids { throw ValidationError("--conversations goes with layouts of text") }
        if layout == .verl, conversations == .standard {
            throw ValidationError("--conversations standard goes with the layouts of TRL: verl reads messages")
        }
        if compression != nil, format != .parquet { throw ValidationError("--compression goes with --to parquet") }
    }

    private var settings: ExportSettings {
        var settings = ExportSettings()
        settings.format = format
        settings.layout = layout
        if let conversations { settings.conversations = conversations }
        settings.addsLabels = labels
        if let ability { settings.ability = ability }
        if let split { settings.split = split }
        settings.dataSource = dataSource
        if let compression { settings.compression = compression }
        return settings
    }

    func run() async throws {
        guard let first = datasets.first else { return }
        try GuardedProcess.protect(first, removingTemporaries: true)
        let files = try datasets.flatMap { try DatasetFiles($0).files }
        let exporter = try DatasetExporter(
            settings: settings, tokenizer: try loadTokenizer(for: files.first ?? first), threads: threads.count)
        let line = ProgressLine(outputOptions.progress)
        let started = ContinuousClock.now
        let report = try await exporter.export(files, to: output, overwrite: force) { progress in
            line.show(
                "export", done: progress.rows, of: progress.rowsTotal, rate: { "\(Numbers.grouped(Int($0))) rows/s" },
                details: "\(Numbers.grouped(progress.tokens)) tokens")
        }
        line.finish()
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        StandardOutput.write(outputOptions.json ? try json(report, seconds) : text(report, seconds))
    }

    private func loadTokenizer(for path: String) throws -> Tokenizer? {
        guard layout.needsTokenizer else { return nil }
        return try DatasetTokenizer.load(for: try PrefixDataset(path), explicit: tokenizer)
    }

    private func json(_ report: DatasetExporter.Report, _ seconds: Double) throws -> String {
        try JSONWriter(isPretty: true).string(
            .object([
                ("output", .string(output)), ("format", .string(format.rawValue)), ("layout", .string(layout.rawValue)),
                ("rows", .int(Int64(report.rowsWritten))), ("rows_read", .int(Int64(report.rowsRead))),
                ("tokens", .int(Int64(report.tokens))), ("inexact_prompts", .int(Int64(report.inexactPrompts))),
                ("bytes", .int(Int64(report.bytes))), ("seconds", .double(seconds)),
            ])) + "\n"
    }

    private func text(_ report: DatasetExporter.Report, _ seconds: Double) -> String {
        let path = Terminal.styled(Terminal.printable(output, keepingLineBreaks: false), .bold)
        var text = "\(path): \(Numbers.grouped(report.rowsWritten)) rows in the layout \(layout.rawValue), "
        text += "\(Numbers.bytes(report.bytes)), in \(Numbers.fixed(seconds, 2)) s\n"
        if report.inexactPrompts > 0 {
            text +=
                "  \(Numbers.grouped(report.inexactPrompts)) prompts hold messages that were rebuilt from the problem "
            text += "and are not proved to render to the same prompt\n"
        }
        return text
    }
}

import ArgumentParser
import PrefixDatasets
import Tokenization

/// `kedge tokenize`
struct TokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Expert traces -> prefix dataset.",
        discussion: """
            Reads OpenR1 (problem, generations), LUFFY/verl (prompt, target), TRL (prompt, completion) and chat (messages) \
            rows from .parquet, .jsonl and .json files, the latter two also .gz or .zst, or directories of them, and writes \
            one HDF5 file (kedge schema prefix-dataset), or with --shard-size a directory of them with an index.

            Filters of problems come first, in this order: --sample, --decontaminate, --deduplicate, --limit, prompt \
            lengths. Then those of traces: correct, complete, not empty, --traces-per-prompt, lengths, repetition.

            Examples:
              kedge tokenize traces.parquet --tokenizer DIR --output data.h5
              kedge tokenize traces/ --tokenizer DIR -o data.h5 \\
                --require-correct --traces-per-prompt 2
              kedge tokenize traces/ --tokenizer DIR -o data.h5 --deduplicate near \\
                --decontaminate aime24.jsonl --dropped dropped.jsonl
              kedge tokenize traces/ --tokenizer DIR -o data.h5 \\
                --prompt-suffix $'\\nPut your final answer within \\\\boxed{}.'
              kedge tokenize mine.jsonl --tokenizer DIR -o data.h5 \\
                --columns problem=question,generations=answers

              # 8 processes, in a Slurm array of 8 or under mpirun -n 8; then the common index:
              kedge tokenize traces/ --tokenizer DIR -o data/ --shard-size 2GB --resume
              kedge verify data/ --merge
            """)

    @Argument(help: ArgumentHelp("Trace files, or directories of them.", valueName: "traces"))
    var traces: [String]

    @Option(help: ArgumentHelp("A model directory with tokenizer.json, or that file.", valueName: "dir"))
    var tokenizer: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The dataset to write; with --shard-size a directory.", valueName: "path"))
    var output: String

    @Option(
        help: ArgumentHelp(
            "Write what is dropped as JSON lines, with the reason; with --shard-size a plain name: each shard has its own "
                + "numbered file of that name.", valueName: "file"))
    var dropped: String?

    @Flag(help: "Replace the output if it exists.")
    var force = false

    @OptionGroup(title: "Prompt options") var prompt: PromptOptions
    @OptionGroup(title: "Problem options") var problems: ProblemOptions
    @OptionGroup(title: "Trace options") var trace: TraceOptions
    @OptionGroup(title: "Row options") var rows: RowOptions

    @Option(
        help: ArgumentHelp(
            "How number arrays are compressed: fast, or a zlib level from 1 to 9 (small, slow); 0 leaves them as they are. "
                + "All are read alike.", valueName: "fast|level"))
    var compression = DatasetCompression.fast

    @OptionGroup(title: "Shard options") var shards: ShardOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        _ = try settings()
        _ = try shardSettings()
    }

    private func settings() throws -> DatasetSettings {
        try DatasetSettings(
            prompt: prompt, problems: problems, trace: trace, rows: rows, compression: compression,
            keepsDropped: dropped != nil)
    }

    private func shardSettings() throws -> ShardSettings? {
        guard let size = shards.shardSize else {
            guard !shards.resume, shards.rank == nil, shards.worldSize == nil else {
                throw ValidationError("--resume, --rank and --world-size need --shard-size")
            }
            return nil
        }
        var settings = ShardSettings(size: try ByteCount(size, option: "--shard-size").bytes)
        let position = try WorldPosition(rank: shards.rank, worldSize: shards.worldSize)
        settings.rank = position.rank
        settings.worldSize = position.worldSize
        settings.resumes = shards.resume
        settings.overwrite = force
        guard !(settings.resumes && settings.overwrite) else {
            throw ValidationError("--resume keeps what --force would replace; say one of them")
        }
        if var name = dropped {
            if name.hasSuffix(".jsonl") { name.removeLast(6) }
            guard !name.isEmpty, !name.hasPrefix("."), !name.utf8.contains(UInt8(ascii: "/")), name != "data" else {
                throw ValidationError("--dropped wants a plain name with --shard-size, such as dropped.jsonl")
            }
            settings.droppedName = name
        }
        return settings
    }

    func run() async throws {
        let files = try TraceFiles.expand(traces)
        let directory = try TokenizerDirectory(tokenizer)
        let builder = try DatasetBuilder(
            tokenizer: try Tokenizer(contentsOf: directory.tokenizerPath), directory: directory,
            settings: try settings(), threads: threads.count)
        let line = ProgressLine(outputOptions.progress)
        let progress: @Sendable (DatasetBuilder.Progress) -> Void = { progress in
            let rows = "\(Numbers.grouped(progress.rows)) rows"
            line.show(
                progress.phase == .surveying ? "survey" : "tokenize", done: progress.bytesRead, of: progress.bytesTotal,
                rate: { "\(Numbers.bytes(Int($0)))/s" },
                details: progress.phase == .surveying ? rows : "\(rows) · \(Numbers.grouped(progress.tokens)) tokens")
        }
        let started = ContinuousClock.now
        var shardReport: DatasetBuilder.ShardReport?
        let report: DatasetBuilder.Report
        if let settings = try shardSettings() {
            let shards = try await builder.buildShards(files, directory: output, settings: settings, progress: progress)
            report = shards.report
            shardReport = shards
        } else {
            report = try await builder.build(
                files, output: output, dropped: dropped, overwrite: force, progress: progress)
        }
        line.finish()
        let result = TokenizeResult(
            output: output, report: report, shards: shardReport,
            seconds: (ContinuousClock.now - started) / .seconds(1))
        for bad in report.badRows {
            StandardError.write("kedge: passed over: \(Terminal.printable("\(bad)", keepingLineBreaks: false))\n")
        }
        StandardOutput.write(outputOptions.json ? try result.json() : result.text())
    }
}

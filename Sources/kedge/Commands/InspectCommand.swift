import ArgumentParser
import Files
import JSON
import PrefixDatasets
import Tokenization

/// `kedge inspect`
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "What a dataset or a trace file holds, and its statistics.",
        discussion: """
            Examples:
              kedge inspect data.h5
              kedge inspect data.h5 --decode 0
              kedge inspect data.h5 --json
              kedge inspect traces.parquet
              kedge inspect traces.parquet --rows '0..<3' --json

            Of trace files (.parquet, .jsonl, .json, the latter two also .gz or .zst) it shows columns, types, nulls, row
            groups and the shape that tokenize recognises. Rows as JSON have bytes that are not UTF-8 as {"base64": ...},
            dates, times and decimals as strings, and numbers that are not finite as "NaN", "Infinity", "-Infinity".
            """)

    @Argument(
        help: ArgumentHelp("A prefix dataset (a file, or a directory of shards) or a trace file.", valueName: "path"))
    var path: String

    @Option(
        help: ArgumentHelp("Show a row, from 0, as text: prompt, prefix boundaries, continuation.", valueName: "row"))
    var decode: Int?

    @Option(
        help: ArgumentHelp(
            "What to decode with. (default: the tokenizer that the dataset was made with)", valueName: "dir"))
    var tokenizer: String?

    @Option(
        help: ArgumentHelp(
            "Show rows of a trace file, from 0, the last one not included: A..<B. With --json one line each.",
            valueName: "range"))
    var rows: RowRange?

    @OptionGroup var outputOptions: OutputOptions

    private var isTraceFile: Bool { TraceFiles.isTraceFile(path) && !FileSystem.isDirectory(path) }

    func validate() throws {
        if let decode, decode < 0 { throw ValidationError("--decode wants the number of a row, from 0 on") }
        if isTraceFile, decode != nil || tokenizer != nil {
            throw ValidationError("--decode and --tokenizer are for prefix datasets; --rows shows rows of trace files")
        }
        if !isTraceFile, rows != nil {
            throw ValidationError("--rows is for trace files; --decode shows a row of a prefix dataset")
        }
    }

    func run() throws {
        if isTraceFile { return try inspectTraces() }
        try GuardedProcess.protect(path)
        let files = try DatasetFiles(path)
        guard let decode else {
            let view = DatasetView(try DatasetSummary(files))
            StandardOutput.write(outputOptions.json ? try view.json() : view.text())
            return
        }
        let (file, row) = try files.locate(row: decode)
        let dataset = try PrefixDataset(file)
        let tokenizer = try DatasetTokenizer.load(for: dataset, explicit: tokenizer)
        let view: RowView
        do {
            view = try RowView(try dataset.row(row), number: decode, ratios: dataset.prefixRatios, tokenizer: tokenizer)
        } catch let error as TokenizerError {
            throw DatasetTokenizerError.undecodable(dataset: path, row: decode, reason: "\(error)")
        }
        StandardOutput.write(outputOptions.json ? try view.json() : view.text())
    }

    private func inspectTraces() throws {
        guard let rows else {
            let view = TraceFileView(try TraceFileSummary(path))
            StandardOutput.write(outputOptions.json ? try view.json() : view.text())
            return
        }
        let isJSON = outputOptions.json
        let writer = JSONWriter(isPretty: !isJSON)
        try TraceFileRows.forEach(of: path, in: rows.range) { row, node in
            let text = try writer.string(node) + "\n"
            StandardOutput.write(
                isJSON ? text : Terminal.styled("row \(row)", .bold) + "\n" + Terminal.printable(text))
        }
    }
}

import ArgumentParser
import PrefixDatasets
import Tokenization

/// `kedge inspect`
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "What a dataset holds, and its statistics.",
        discussion: """
            Examples:
              kedge inspect data.h5
              kedge inspect data.h5 --decode 0
              kedge inspect data.h5 --json
            """)

    @Argument(help: ArgumentHelp("A prefix dataset: a file, or a directory of shards.", valueName: "path"))
    var path: String

    @Option(
        help: ArgumentHelp("Show a row, from 0, as text: prompt, prefix boundaries, continuation.", valueName: "row"))
    var decode: Int?

    @Option(
        help: ArgumentHelp(
            "What to decode with. (default: the tokenizer that the dataset was made with)", valueName: "dir"))
    var tokenizer: String?

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if let decode, decode < 0 { throw ValidationError("--decode wants the number of a row, from 0 on") }
    }

    func run() throws {
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
}

import PrefixDatasets
import Tokenization

/// Shows a prefix dataset, or one row of it.
struct DatasetInspection {
    let path: String
    let decode: Int?
    let tokenizer: String?
    let isJSON: Bool

    func run() throws {
        try GuardedProcess.protect(path)
        let files = try DatasetFiles(path)
        guard let decode else {
            let view = DatasetView(try DatasetSummary(files))
            StandardOutput.write(isJSON ? try view.json() : view.text())
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
        StandardOutput.write(isJSON ? try view.json() : view.text())
    }
}

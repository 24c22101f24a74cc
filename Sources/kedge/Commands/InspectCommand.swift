import ArgumentParser
import Checkpoints
import JSON
import PrefixDatasets

/// `kedge inspect`
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "What a checkpoint, a dataset, a diagnosis or a trace file holds, and its statistics.",
        discussion: """
            Examples:
              kedge inspect model.safetensors
              kedge inspect Qwen2.5-Math-7B --stats --filter '*.mlp.*'
              kedge inspect model.h5 --spectrum --json
              kedge inspect data.h5
              kedge inspect diagnosis.h5 --epsilon 0.1 --names trl
              kedge inspect data.h5 --decode 0
              kedge inspect traces.parquet
              kedge inspect traces.parquet --rows '0..<3' --json

            Of checkpoints it shows files, types, what tensors do, and a tree of names in which layers that are alike are \
            one. Quantiles and histograms are exact for types of 8 and 16 bits, approximate for wider ones (of a million \
            elements and more an eighth is counted; sums, extremes and the like are of all). Spectra come \
            from A'A or AA': singular values below about a millionth of the largest are not resolved (with a smaller \
            dimension above 5,792, below about a thirtieth), above 8,192 there is none.

            Of trace files (.parquet, .jsonl, .json, the latter two also .gz or .zst) it shows columns, types, nulls, row
            groups and the shape that tokenize recognises. Rows as JSON have bytes that are not UTF-8 as {"base64": ...},
            dates, times and decimals as strings, and numbers that are not finite as "NaN", "Infinity", "-Infinity".
            """)

    @Argument(
        help: ArgumentHelp(
            "A checkpoint (a file, an index or a model directory), a prefix dataset (a file, or a directory of shards), a "
                + "diagnosis or a trace file.", valueName: "path"))
    var paths: [String]

    @OptionGroup(title: "Checkpoints") var inspection: InspectionOptions
    @OptionGroup(title: "Checkpoints") var tensors: TensorOptions
    @OptionGroup(title: "Checkpoints") var reading: CheckpointReading

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

    @OptionGroup(title: "Diagnoses") var results: ResultOptions
    @OptionGroup var threadOptions: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard inspection.join || paths.count == 1 else { throw ValidationError("inspect wants one path") }
        if let decode, decode < 0 { throw ValidationError("--decode wants the number of a row, from 0 on") }
        if tensors.csv, outputOptions.json { throw ValidationError("--csv and --json exclude each other") }
        _ = try tensors.position()
        guard let path = paths.first, !inspection.join else { return }
        let isTraceFile = InputKind.isTraceFile(path)
        if isTraceFile, decode != nil || tokenizer != nil {
            throw ValidationError("--decode and --tokenizer are for prefix datasets; --rows shows rows of trace files")
        }
        if !isTraceFile, rows != nil {
            throw ValidationError("--rows is for trace files; --decode shows a row of a prefix dataset")
        }
        if isTraceFile || decode != nil, inspection.isUsed || tensors.csv || !tensors.filter.isEmpty {
            throw ValidationError("--stats, --spectrum, --hash, --table, --filter and --csv are for checkpoints")
        }
    }

    func run() throws {
        if inspection.join {
            let whole = try InspectionParts.joined(paths)
            return StandardOutput.write(try JSONWriter(isPretty: true).string(whole) + "\n")
        }
        let path = paths[0]
        let isDataset = decode != nil || tokenizer != nil
        let isCheckpoint = inspection.isUsed || tensors.csv || !tensors.filter.isEmpty
        let kind = try InputKind(of: path, isDataset: isDataset, isCheckpoint: isCheckpoint && !isDataset)
        if results.isUsed, kind != .diagnosis {
            throw ValidationError("--epsilon, --names and the like are for diagnoses, and \(path) is none")
        }
        switch kind {
        case .traces:
            try TraceFileInspection(path: path, rows: rows?.range, isJSON: outputOptions.json).run()
        case .dataset:
            if inspection.isUsed || tensors.csv || !tensors.filter.isEmpty {
                throw ValidationError(
                    "--stats, --spectrum, --hash, --table, --filter and --csv are for checkpoints; \(path) is a dataset"
                )
            }
            try DatasetInspection(path: path, decode: decode, tokenizer: tokenizer, isJSON: outputOptions.json).run()
        case .diagnosis:
            StandardOutput.write(try results.text(of: path, isJSON: outputOptions.json))
        case .checkpoint:
            try CheckpointInspector(
                path: path, inspection: inspection, tensors: tensors, reading: reading,
                threads: threadOptions.count, output: outputOptions
            ).run()
        }
    }
}

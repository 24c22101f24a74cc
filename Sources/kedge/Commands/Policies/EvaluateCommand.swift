import ArgumentParser
import Evaluation
import Files
import JSON
import Kernels
import PrefixDatasets
import Tokenization
import Transformers

/// `kedge evaluate`
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "pass@k, mean@k and maj@k of a model on the problems of a dataset.",
        discussion: """
            Samples completions of each prompt of a prefix dataset and compares their answers with the expected one, as kedge \
            reward does. pass@k is the unbiased estimate; maj@k takes answers together that are equal; intervals are \
            bootstraps over problems. Problems whose expected answer cannot be read are left out and counted. --output has \
            one JSON line for each problem, with its completions.

            Examples:
              kedge evaluate Qwen2.5-0.5B/ --dataset data.h5 --num-generations 8 --k 1,4,8
              kedge evaluate tuned/ --dataset data.h5 --num-generations 8 --limit 100 --output results.jsonl --json
              kedge evaluate tuned/ --dataset data.h5 --prefix-ratio 0.2
            """)

    @Argument(help: ArgumentHelp("A model directory, or a checkpoint of Kedge's.", valueName: "model"))
    var model: String

    @Option(help: ArgumentHelp("A prefix dataset.", valueName: "data.h5"))
    var dataset: String

    @Option(help: ArgumentHelp("Completions of each problem.", valueName: "n"))
    var numGenerations = 8

    @Option(
        name: .customLong("k"),
        help: ArgumentHelp("The k to report. (default: powers of two up to n)", valueName: "list"))
    var ks: String?

    @Option(help: ArgumentHelp("Only the first problems.", valueName: "n"))
    var limit: Int?

    @Option(help: ArgumentHelp("Give this share of the expert's trace; one of the dataset's ratios.", valueName: "x"))
    var prefixRatio: Double = 0

    @Option(help: ArgumentHelp("Write one JSON line for each problem.", valueName: "file.jsonl"))
    var output: String?

    @Flag(help: "Replace the output if it exists.")
    var force = false

    @Option(
        help:
            "How answers are compared: strict (as mathematics), compat (as Math-Verify) or exact (the text of the last box)."
    )
    var mode = AnswerJudgement.strict

    @OptionGroup(title: "Sampling") var sampling: SamplingOptions
    @OptionGroup(title: "Model") var policy: PolicyOptions

    @Option(help: ArgumentHelp("Where the tokenizer is. (default: the model directory)", valueName: "dir"))
    var tokenizer: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...1 << 16).contains(numGenerations) else {
            throw ValidationError("--num-generations wants 1 to 65536")
        }
        guard prefixRatio >= 0, prefixRatio <= 1 else {
            throw ValidationError("--prefix-ratio wants a number from 0 to 1")
        }
        guard limit ?? 1 >= 1 else { throw ValidationError("--limit wants 1 or more") }
        _ = try measured()
    }

    private func measured() throws -> [Int] {
        guard let ks else {
            return (0..<17).map { 1 << $0 }.filter { $0 <= numGenerations }
        }
        return try ks.split(separator: ",", omittingEmptySubsequences: false).map {
            guard let k = Int($0), (1...numGenerations).contains(k) else {
                throw ValidationError("--k wants numbers from 1 to --num-generations, such as 1,4,8; not '\($0)'")
            }
            return k
        }
    }

    func run() throws {
        let data = try PrefixDataset(dataset)
        let tokenizer = try DatasetTokenizer.load(
            for: data, explicit: try PolicyPrompt.place(model: model, explicit: tokenizer))
        var file = try output.map { try OutputFile(destination: $0, overwrite: force) }
        let progress = ProgressLine(outputOptions.progress)
        let (weights, adapter) = try policy.load(model, threads: threads.count, progress: progress)
        var evaluation = try PolicyEvaluation(
            generator: Generator(
                weights, adapter: adapter, team: ThreadTeam(count: threads.count), batchLimit: sampling.batchSize),
            tokenizer: tokenizer, sampling: sampling, count: numGenerations, ks: try measured(),
            judge: AnswerJudge(mode))
        let unit = limit == nil ? "rows" : "problems"
        try evaluation.run(data, ratio: prefixRatio, limit: limit) { lines, done, total in
            try file?.write(Array(lines.utf8))
            // Thousandths, since a problem may take minutes.
            progress.show(
                "evaluate", done: Int(done * 1000), of: total * 1000,
                rate: { "\(Numbers.fixed($0 / 1000, 2)) \(unit)/s" })
        }
        progress.finish()
        if evaluation.records.isEmpty, evaluation.unreadableGolds > 0 {
            throw EvaluationError.noReadableGold(path: data.path)
        }
        try file?.commit()
        let summary = EvaluationSummary(evaluation.records, ks: try measured(), seed: sampling.seed)
        guard outputOptions.json, case .object(var members) = summary.json else {
            StandardOutput.write(evaluation.text(summary))
            return
        }
        members.append(("unreadable_golds", .int(Int64(evaluation.unreadableGolds))))
        StandardOutput.write(try JSONWriter().string(.object(members)) + "\n")
    }
}

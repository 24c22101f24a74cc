import Evaluation
import JSON
import PrefixDatasets
import Tokenization
import Transformers

/// Completions of the problems of a dataset, and what they are worth.
struct PolicyEvaluation {
    private(set) var records: [ProblemRecord] = []
    private let generator: Generator
    private let tokenizer: Tokenizer
    private let sampling: SamplingOptions
    private let count: Int
    private let ks: [Int]
    private let judge: AnswerJudge
    private var truncated = 0
    private var tokens = 0
    /// Problems that were left out, since their gold answers cannot be read.
    private(set) var unreadableGolds = 0

    init(
        generator: Generator, tokenizer: Tokenizer, sampling: SamplingOptions, count: Int, ks: [Int], judge: AnswerJudge
    ) {
        self.judge = judge
        self.generator = generator
        self.tokenizer = tokenizer
        self.sampling = sampling
        self.count = count
        self.ks = ks
    }

    private struct Problem {
        let id: String
        let gold: String
        let prompt: [Int32]
        let number: Int
    }

    /// Goes through the problems; those with several traces are taken once.
    ///
    /// - Parameter body: given JSON lines, and how many rows are done, or problems where there is a limit.
    mutating func run(
        _ data: borrowing PrefixDataset, ratio: Double, limit: Int?,
        _ body: (_ lines: String, _ done: Double, _ total: Int) throws -> Void
    ) throws {
        guard ratio == 0 || data.prefixRatios.contains(ratio) else {
            throw EvaluationError.ratio(path: data.path, ratio: ratio, known: data.prefixRatios)
        }
        let place = data.prefixRatios.firstIndex(of: ratio)
        // Enough problems at a time that a few long completions do not leave the batch empty.
        let block = max(1, 4 * sampling.batchSize / count)
        var (row, known, taken): (Int, Set<Int32>, Int) = (0, [], 0)
        while row < data.rowCount, taken < limit ?? .max {
            let rows = try data.rows(from: row, maxRows: block)
            let (first, before) = (row, taken)
            row += rows.count
            var problems: [Problem] = []
            for (index, entry) in rows.enumerated()
            where taken < limit ?? .max && known.insert(entry.promptIndex).inserted {
                guard judge.isReadable(entry.answer) else {
                    unreadableGolds += 1
                    continue
                }
                let prefix = ratio == 0 ? 0 : place.map { Int(entry.prefixEnds[entry.prefixEnds.startIndex + $0]) } ?? 0
                let prompt = Array(entry.prompt) + entry.expert.prefix(prefix)
                try check(prompt, row: first + index, path: data.path)
                problems.append(
                    Problem(
                        id: entry.id, gold: entry.answer, prompt: prompt, number: Int(entry.promptIndex)))
                taken += 1
            }
            let total = limit.map { min($0, data.rowCount) } ?? data.rowCount
            let start = Double(limit == nil ? first : before)
            let end = Double(limit == nil ? row : taken)
            let lines = try evaluate(problems) { share in try body("", start + (end - start) * share, total) }
            try body(lines, end, total)
        }
    }

    /// Refuses a prompt that the model cannot continue, by its row.
    private func check(_ prompt: [Int32], row: Int, path: String) throws(EvaluationError) {
        let vocabulary = generator.weights.configuration.vocabularySize
        if prompt.isEmpty { throw .emptyPrompt(path: path, row: row) }
        if let id = prompt.first(where: { $0 < 0 || Int($0) >= vocabulary }) {
            throw .unknownToken(path: path, row: row, id: id, vocabulary: vocabulary)
        }
    }

    /// - Parameter progress: given the share of the completions that is whole.
    private mutating func evaluate(_ problems: [Problem], progress: (Double) throws -> Void) throws -> String {
        let configuration = generator.weights.configuration
        let stops = try sampling.stopSequences
        let texts = problems.map { _ in CompletionTexts(tokenizer, stops: stops) }
        let settings = try sampling.settings
        let requests = zip(problems, texts).map { problem, texts in
            var request = GenerationRequest(
                prompt: problem.prompt, count: count, maximumTokens: sampling.maxTokens, sampling: settings)
            if !sampling.ignoreEos { request.endOfSequence = Set(configuration.endOfSequence) }
            request.firstRollout = UInt64(problem.number) << 20
            request.makeStopCheck = { texts.check($0) }
            return request
        }
        var lines = ""
        var whole = 0
        let results = try generator.generate(requests) { token in
            guard token.finishReason != nil else { return }
            whole += 1
            try progress(Double(whole) / Double(problems.count * count))
        }
        for (index, completions) in results.enumerated() {
            let whole = completions.indices.map { texts[index].finish($0) }
            let record = judge.record(id: problems[index].id, gold: problems[index].gold, completions: whole)
            records.append(record)
            truncated += completions.count { $0.finishReason == .length }
            tokens += completions.reduce(0) { $0 + $1.ids.count }
            guard case .object(var members) = record.json(ks: ks) else { continue }
            members.insert(
                contentsOf: [("format", .string("kedge.evaluation-record")), ("version", .int(1))], at: 0)
            members.append(
                (
                    "completions",
                    .array(
                        zip(completions, whole).map { completion, text in
                            .object([
                                ("text", .string(text)), ("tokens", .int(Int64(completion.ids.count))),
                                ("finish_reason", .string(completion.finishReason.rawValue)),
                            ])
                        })
                ))
            lines += try JSONWriter().string(.object(members)) + "\n"
        }
        return lines
    }

    /// The summary as a table.
    func text(_ summary: EvaluationSummary) -> String {
        var table = Table()
        table.add("", "mean", "95 %", "problems")
        for row in summary.rows {
            table.add(
                row.measure.rawValue.replacingK(by: row.k), Numbers.fixed(row.interval.mean, 4),
                "\(Numbers.fixed(row.interval.lower, 4))–\(Numbers.fixed(row.interval.upper, 4))", "\(row.problems)")
        }
        let mean = summary.rollouts > 0 ? Double(tokens) / Double(summary.rollouts) : 0
        return
            "\(Numbers.grouped(summary.problems)) problems, \(Numbers.grouped(summary.rollouts)) completions of "
            + "\(Numbers.fixed(mean, 1)) tokens, \(Numbers.grouped(truncated)) cut at \(sampling.maxTokens)\n"
            + (unreadableGolds == 0
                ? "" : "\(Numbers.grouped(unreadableGolds)) problems left out: their gold answers cannot be read\n")
            + table.text
    }
}

extension String {
    /// pass@k with a number.
    fileprivate func replacingK(by k: Int) -> String { String(dropLast()) + "\(k)" }
}

/// Why a dataset cannot be evaluated.
enum EvaluationError: Error, CustomStringConvertible {
    case ratio(path: String, ratio: Double, known: [Double])
    case noReadableGold(path: String)
    case emptyPrompt(path: String, row: Int)
    case unknownToken(path: String, row: Int, id: Int32, vocabulary: Int)

    var description: String {
        switch self {
        case .ratio(let path, let ratio, let known):
            "\(path): has no prefixes of the ratio \(ratio), but of \(known.map { "\($0)" }.joined(separator: ", "))"
        case .noReadableGold(let path):
            "\(path): none of its answers can be read; --mode exact compares their texts"
        case .emptyPrompt(let path, let row):
            "\(path): row \(row): the prompt has no tokens; a model continues at least one"
        case .unknownToken(let path, let row, let id, let vocabulary):
            "\(path): row \(row): has the token id \(id), and the model knows 0 to \(vocabulary - 1); the dataset was made for another model"
        }
    }
}

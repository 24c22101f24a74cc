import Checkpoints
import Divergences
import Files
import JSON
import Kernels
import PrefixDatasets

/// Two dumps compared.
struct DumpDiagnosis {
    let reference: String
    let policy: String
    let dataset: String?
    let options: DumpDiagnosisOptions
    let models: ModelDiagnosisOptions
    let measuring: MeasuringOptions
    let threads: Int

    /// Compares them into a new file.
    func run(creating path: String, progress: ProgressLine) throws {
        var dumpOptions = DumpOptions(reading: CheckpointReading.guarded)
        dumpOptions.readsWordsAsBFloat16 = options.bf16
        let first = try open(reference, tensor: options.referenceTensor, "--reference-tensor", dumpOptions)
        let second = try open(policy, tensor: options.policyTensor, "--policy-tensor", dumpOptions)
        try check([first, second])
        let source = try dataset.map { try DatasetTokens($0, options: models) }
        var settings = DumpComparison.Settings()
        settings.temperature = measuring.temperature
        settings.vocabularySize = measuring.vocabularySize
        settings.shift = (options.shift ?? .next).shift
        settings.topWidth = measuring.topK
        let comparison = try DumpComparison(
            reference: first, policy: second, tokens: source?.plan, files: options.files, settings: settings,
            reading: CheckpointReading.guarded)
        let tokenizer = try source?.tokenizer ?? DiagnosisTokenizer(explicit: models.tokenizer)
        let writer = try DiagnosisWriter(creating: path, topWidth: settings.topWidth)
        let findings = try comparison.run(ThreadTeam(count: threads), into: writer) { done, total in
            progress.show(
                "diagnose", done: done, of: total, rate: { "\(Numbers.fixed($0, 1)) rows/s" })
        }
        progress.finish()
        guard writer.count > 0 else { throw DiagnosisError.nothing(path: policy) }
        try writer.finish(
            settings: comparison.describe(
                findings, dataset: dataset, prefixRatio: source?.ratio, logProbsMode: options.logprobsMode),
            provenance: Provenance.json(
                inputs: [reference, policy] + [dataset].compactMap { $0 } + options.files.map(\.path),
                tokenizer: tokenizer.path, digest: tokenizer.digest),
            text: tokenizer.text)
    }
}

extension DumpDiagnosis {
    /// Opens a dump; where it holds several that could be meant, the message says how one is named.
    private func open(
        _ path: String, tensor: String?, _ option: String, _ dumpOptions: DumpOptions
    ) throws -> PolicyDump {
        do {
            return try PolicyDump.open(path, tensor: tensor, options: dumpOptions)
        } catch let error as DivergenceError {
            guard error.code == .invalidRequest, tensor == nil else { throw error }
            throw DiagnosisError.tensor(error, option: option)
        }
    }

    /// What the options say has to mean something for the dumps.
    private func check(_ dumps: [PolicyDump]) throws(DiagnosisError) {
        let logits = dumps.compactMap { if case .logits(let dump) = $0 { dump } else { nil } }
        if logits.count == 2, measuring.vocabularySize == nil, logits[0].columns != logits[1].columns {
            throw .vocabularies(reference, logits[0].columns, policy, logits[1].columns)
        }
        if options.shift != nil, let own = logits.first(where: { $0.kind == .llama }) {
            throw .ownShift(path: own.path)
        }
    }
}

/// The tokens of a prefix dataset as the rows of a dump have them: one row of the dataset after the other.
private struct DatasetTokens {
    let plan: TokenPlan
    let ratio: Double
    let tokenizer: DiagnosisTokenizer

    init(_ path: String, options: ModelDiagnosisOptions) throws {
        let data = try PrefixDataset(path)
        let place = try PrefixChoice.place(options.prefixRatio, in: data)
        tokenizer = try DiagnosisTokenizer(explicit: options.tokenizer, models: [], dataset: data)
        ratio = data.prefixRatios[place]
        let total = min(options.limit ?? data.rowCount, data.rowCount)
        var (sequences, ids, segments, counts): ([(id: String, count: Int)], [Int32], [Segment], [Bool]) = (
            [], [], [], []
        )
        var next = 0
        while next < total {
            for row in try data.rows(from: next, maxRows: min(1024, total - next)) {
                let prefix = Int(row.prefixEnds[row.prefixEnds.startIndex + place])
                sequences.append((row.id, row.tokens.count))
                ids += row.tokens
                for index in 0..<row.tokens.count {
                    let segment: Segment =
                        index < row.promptLength ? .prompt : index < row.promptLength + prefix ? .prefix : .continuation
                    segments.append(segment)
                    counts.append(!options.skipPrompts || segment != .prompt)
                }
                next += 1
            }
        }
        plan = TokenPlan(sequences: sequences, tokenIDs: ids, counts: counts, segments: segments)
    }
}

/// Which of a dataset's prefixes is told apart from the continuation.
enum PrefixChoice {
    /// The place of a ratio among the dataset's; nil: of the largest below 1, or else of the largest.
    static func place(_ ratio: Double?, in data: borrowing PrefixDataset) throws(DiagnosisError) -> Int {
        let ratios = data.prefixRatios
        let wanted = ratio ?? ratios.filter { $0 < 1 }.max() ?? ratios.max() ?? 0
        guard let place = ratios.firstIndex(of: wanted) else {
            throw .ratio(path: data.path, ratio: wanted, known: ratios)
        }
        return place
    }
}

import Divergences
import Files
import JSON
import Kernels
import PrefixDatasets
import Tensors
import Transformers

/// Two models, or one with and without an adapter, compared on the rows of a prefix dataset.
struct ModelDiagnosis {
    let reference: String
    let policy: String
    let dataset: String
    let options: ModelDiagnosisOptions
    let measuring: MeasuringOptions
    let threads: Int

    /// Compares them into a new file.
    func run(creating path: String, progress: ProgressLine) throws {
        let data = try PrefixDataset(dataset)
        let ratio = try PrefixChoice.place(options.prefixRatio, in: data)
        let tokenizer = try DiagnosisTokenizer(
            explicit: options.tokenizer, models: [reference, policy], dataset: data)
        let (first, second) = try load(progress)
        let sizes = (first.weights.configuration.vocabularySize, second.weights.configuration.vocabularySize)
        guard let vocabulary = measuring.vocabularySize ?? (sizes.0 == sizes.1 ? sizes.0 : nil) else {
            throw DiagnosisError.vocabularies(reference, sizes.0, policy, sizes.1)
        }
        for (name, size) in [(reference, sizes.0), (policy, sizes.1)] where size < vocabulary {
            throw DiagnosisError.vocabulary(asked: vocabulary, name, size)
        }
        var settings = PolicyComparison.Settings(vocabularySize: vocabulary)
        settings.temperature = measuring.temperature
        settings.topWidth = min(measuring.topK, vocabulary)
        settings.skipsPrompts = options.skipPrompts
        let comparison = PolicyComparison(reference: first, policy: second, settings: settings)
        let writer = try DiagnosisWriter(creating: path, topWidth: settings.topWidth)
        try compare(data, ratio: ratio, with: comparison, into: writer, progress: progress)
        guard writer.count > 0 else { throw DiagnosisError.nothing(path: dataset) }
        try writer.finish(
            settings: describe(comparison, ratio: data.prefixRatios[ratio]),
            provenance: Provenance.json(
                inputs: [reference, policy, dataset]
                    + [options.referenceAdapter, options.policyAdapter].compactMap { $0 },
                tokenizer: tokenizer.path, digest: tokenizer.digest),
            text: tokenizer.text)
    }

    private func load(_ progress: ProgressLine) throws -> (TransformerPass, TransformerPass) {
        let type = try options.type
        func weights(_ path: String) throws -> TransformerWeights {
            defer { progress.finish() }
            return try TransformerWeights.load(path, type: type, threads: threads, reading: CheckpointReading.guarded) {
                progress.show("load", done: $0, of: $1, rate: { "\(Numbers.fixed($0 / 1e6, 1)) MB/s" })
            }
        }
        let first = try weights(reference)
        // One model with and without an adapter is in memory once.
        let second = policy == reference ? first : try weights(policy)
        let team = ThreadTeam(count: threads)
        func pass(_ weights: TransformerWeights, _ adapter: String?) throws -> TransformerPass {
            try TransformerPass(
                weights,
                adapter: try adapter.map { try LoRAAdapter.load($0, for: weights.configuration, threads: threads) },
                team: team)
        }
        return (try pass(first, options.referenceAdapter), try pass(second, options.policyAdapter))
    }

    private func compare(
        _ data: borrowing PrefixDataset, ratio: Int, with comparison: PolicyComparison, into writer: DiagnosisWriter,
        progress: ProgressLine
    ) throws {
        let total = min(options.limit ?? data.rowCount, data.rowCount)
        var next = 0
        while next < total {
            let rows = try data.rows(
                from: next, maxRows: min(total - next, 256), maxTokens: options.batchTokens)
            let sequences = try rows.map { row in
                let tokens = Array(row.tokens)
                if let place = tokens.firstIndex(where: { $0 < 0 || Int($0) >= comparison.settings.vocabularySize }) {
                    throw DiagnosisError.unknownToken(
                        path: data.path, row: row.number, place: place, id: tokens[place],
                        vocabulary: comparison.settings.vocabularySize)
                }
                return PolicySequence(
                    id: row.id, tokens: tokens, promptLength: row.promptLength,
                    prefixLength: Int(row.prefixEnds[row.prefixEnds.startIndex + ratio]))
            }
            try comparison.compare(sequences, into: writer)
            next += rows.count
            progress.show(
                "diagnose", done: next, of: total, rate: { "\(Numbers.fixed($0, 2)) rows/s" },
                details: "\(Numbers.grouped(writer.count)) tokens")
        }
        progress.finish()
    }

    private func describe(_ comparison: PolicyComparison, ratio: Double) -> JSONNode {
        func input(_ path: String, _ pass: TransformerPass, _ adapter: String?) -> JSONNode {
            let type = pass.weights.matrix(.embedding)?.type ?? .float32
            return [
                "path": .string(path), "kind": "model", "type": .string(type.name),
                "adapter": adapter.map { .string($0) } ?? .null,
            ]
        }
        return [
            "reference": input(reference, comparison.reference, options.referenceAdapter),
            "policy": input(policy, comparison.policy, options.policyAdapter),
            "coverage": "full", "temperature": .double(comparison.settings.temperature), "shift": "next",
            "vocabulary_size": .int(Int64(comparison.settings.vocabularySize)),
            "top_k": .int(Int64(comparison.settings.topWidth)), "dataset": .string(dataset),
            "prefix_ratio": .double(ratio),
        ]
    }
}

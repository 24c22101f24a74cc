public import JSON
import Tensors

/// What a comparison of dumps found beside the tokens.
public struct DumpFindings: Sendable {
    /// Tokens that were compared.
    public var tokens = 0
    /// The largest log-normaliser of each side, without its sign; NaN where it is not known. Near 0 where all rows were
    /// log-probabilities.
    public var largestNormalisers = (reference: Double.nan, policy: Double.nan)

    /// Below it a log-normaliser is what is left of 0 by rounding log-probabilities to bfloat16.
    static let smallNormaliser = 0.1
}

extension DumpComparison {
    /// The attribute `settings` of the diagnosis, as its schema has it.
    ///
    /// - Parameters:
    ///   - findings: what ``run(_:into:progress:)`` returned.
    ///   - dataset: where the tokens come from, if from a dataset.
    ///   - prefixRatio: which of its prefixes is told apart.
    ///   - logProbsMode: vLLM's `logprobs_mode`, where somebody knows it.
    public func describe(
        _ findings: DumpFindings, dataset: String? = nil, prefixRatio: Double? = nil, logProbsMode: String? = nil
    ) -> JSONNode {
        func input(_ dump: PolicyDump, _ normaliser: Double) -> JSONNode {
            switch dump {
            case .topLists(let dump): return ["path": .string(dump.path), "kind": "top-k", "type": "float32"]
            case .logits(let dump):
                // A temperature other than 1 hides whether the numbers were log-probabilities.
                let isLog = settings.temperature == 1 && normaliser < DumpFindings.smallNormaliser
                return [
                    "path": .string(dump.path),
                    "kind": dump.kind == .llama ? "llama.cpp" : isLog ? "log-probs" : "logits",
                    "type": .string(dump.kind == .llama ? "uint16" : dump.type.name),
                    "tensor": dump.tensorName.map { .string($0) } ?? .null,
                ]
            }
        }
        let isFull = if case (.logits, .logits) = (reference, policy) { true } else { false }
        return [
            "reference": input(reference, findings.largestNormalisers.reference),
            "policy": input(policy, findings.largestNormalisers.policy),
            "coverage": isFull ? "full" : "top-k", "temperature": .double(settings.temperature),
            "shift": .string(shift.rawValue), "vocabulary_size": vocabularySize.map { .int(Int64($0)) } ?? .null,
            "top_k": .int(Int64(settings.topWidth)), "dataset": dataset.map { .string($0) } ?? .null,
            "prefix_ratio": prefixRatio.map { .double($0) } ?? .null,
            "log_probs_mode": logProbsMode.map { .string($0) } ?? .null,
        ]
    }
}

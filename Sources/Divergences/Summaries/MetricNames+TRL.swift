import Glibc

extension MetricNames {
    /// How TRL weighs what vLLM sampled (`vllm_importance_sampling_mode`).
    public enum SamplingMode: String, Sendable, Hashable, CaseIterable {
        /// Each token's ratio, cut at the bounds.
        case tokenTruncate = "token_truncate"
        /// Each token's ratio, 0 outside the bounds.
        case tokenMask = "token_mask"
        /// The ratio of each completion, cut at the bounds.
        case sequenceTruncate = "sequence_truncate"
        /// The ratio of each completion, 0 outside the bounds.
        case sequenceMask = "sequence_mask"
    }

    /// How TRL is set where its numbers depend on settings.
    public struct TRLSettings: Sendable, Hashable {
        /// `epsilon`.
        public var epsilon = 0.2
        /// `epsilon_high`.
        public var epsilonHigh = 0.2
        /// `vllm_importance_sampling_mode`.
        public var samplingMode = SamplingMode.sequenceMask
        /// `vllm_importance_sampling_clip_min`.
        public var samplingMinimum: Double?
        /// `vllm_importance_sampling_clip_max`.
        public var samplingMaximum: Double? = 3
        /// The segments that make the completion, as in ``SummarySettings``.
        public var segments: Set<Segment>?

        /// TRL's own.
        public init() {}
    }

    /// TRL's metrics of its GRPO trainer (1.16.0), and of its SFT trainer `mean_token_accuracy`.
    ///
    /// q is the model that is trained. p is the reference model in `kl`, the old policy in `clip_ratio/` (ratios of tokens),
    /// what sampled in `sampling/`. Means are over tokens, and over all processes. O(tokens) time and memory, 32 bytes a
    /// token.
    ///
    /// - Throws: ``DivergenceError`` where the columns break the contract; `HDF5Error` where they cannot be read.
    public static func trl(
        _ file: borrowing DiagnosisFile, settings: TRLSettings = TRLSettings()
    ) throws -> MetricNames {
        let rows = try ResponseRows(file, segments: settings.segments)
        let tokens = try MetricTokens(file, rows)
        var names = MetricNames()
        guard rows.responseCount > 0 else { return names }
        let ratios = tokens.logRatios
        // TRL's k3 is of tokens sampled from q, about KL(q || p): exp(log p - log q) - (log p - log q) - 1.
        names.add("kl", ratios.isEmpty ? nil : MetricTokens.mean(ratios.map { Exponential.minusOneMinus(-$0) }))
        let entropies = try file.statistic(.entropyQ)
        let known = entropies.indices.filter { rows.contains($0) && !entropies[$0].isNaN }.map { entropies[$0] }
        names.add("entropy", known.isEmpty ? nil : MetricTokens.mean(known))
        names.addClipRatios(tokens, settings)
        names.addSampling(tokens, settings)
        let lengths = tokens.lengths.map(Double.init)
        names.add("completions/mean_length", MetricTokens.mean(lengths))
        names.add("completions/min_length", lengths.min())
        names.add("completions/max_length", lengths.max())
        let ranks = try file.column(.rankQ)
        let ranked = ranks.indices.filter { rows.contains($0) && ranks[$0] > 0 }.map { ranks[$0] == 1 ? 1.0 : 0 }
        names.add("mean_token_accuracy", ranked.isEmpty ? nil : MetricTokens.mean(ranked))
        return names
    }

    private mutating func addClipRatios(_ tokens: MetricTokens, _ settings: TRLSettings) {
        guard tokens.hasAdvantages else {
            for name in ["low_mean", "high_mean", "region_mean", "low_min", "high_max"] {
                add("clip_ratio/\(name)", nil)
            }
            return
        }
        let pairs = zip(tokens.logRatios.map { exp($0) }, tokens.advantages)
        let low = pairs.map { $0 < 1 - settings.epsilon && $1 < 0 ? 1.0 : 0 }
        let high = pairs.map { $0 > 1 + settings.epsilonHigh && $1 > 0 ? 1.0 : 0 }
        add("clip_ratio/low_mean", MetricTokens.mean(low))
        add("clip_ratio/high_mean", MetricTokens.mean(high))
        add("clip_ratio/region_mean", MetricTokens.mean(zip(low, high).map { max($0, $1) }))
        add("clip_ratio/low_min", tokens.means(low).min())
        add("clip_ratio/high_max", tokens.means(high).max())
    }

    private mutating func addSampling(_ tokens: MetricTokens, _ settings: TRLSettings) {
        let ratios = tokens.logRatios
        let differences = ratios.map(\.magnitude)
        let isKnown = !ratios.isEmpty
        add("sampling/sampling_logp_difference/mean", isKnown ? MetricTokens.mean(differences) : nil)
        add("sampling/sampling_logp_difference/max", differences.max())
        let isWhole = [.sequenceMask, .sequenceTruncate].contains(settings.samplingMode)
        let isCut = [.tokenTruncate, .sequenceTruncate].contains(settings.samplingMode)
        let (least, greatest) = (settings.samplingMinimum ?? -.infinity, settings.samplingMaximum ?? .infinity)
        let weights = (isWhole ? tokens.sums(ratios) : ratios).map { logRatio in
            let weight = exp(logRatio)
            guard !isCut else { return min(max(weight, least), greatest) }
            return weight < least || weight > greatest ? 0 : weight
        }
        add("sampling/importance_sampling_ratio/min", weights.min())
        add("sampling/importance_sampling_ratio/mean", isKnown ? MetricTokens.mean(weights) : nil)
        add("sampling/importance_sampling_ratio/max", weights.max())
    }
}

import Glibc

extension MetricNames {
    /// What verl's importance weights are made of.
    public enum WeightLevel: String, Sendable, Hashable, CaseIterable {
        /// Each token's own ratio (`rollout_is: token`).
        case token
        /// The ratio of the whole response (`rollout_is: sequence`).
        case sequence
    }

    /// How verl is set where its numbers depend on settings.
    public struct VerlSettings: Sendable, Hashable {
        /// `rollout_is`.
        public var level = WeightLevel.token
        /// `rollout_is_threshold`, above 1; the lower threshold is its reciprocal.
        public var threshold = 2.0
        /// `clip_ratio_low`.
        public var clipLow = 0.2
        /// `clip_ratio_high`.
        public var clipHigh = 0.2
        /// `clip_ratio_c` of the dual clip, above 1.
        public var dualClip = 3.0
        /// The segments that make the response, as in ``SummarySettings``.
        public var segments: Set<Segment>?

        /// verl's own.
        public init() {}
    }

    /// The bound of log-ratios before they are exponentiated.
    private static let safetyBound = 20.0

    /// verl's metrics (0.9.1), with l = log q - log p as its log pi_train - log pi_rollout.
    ///
    /// Beside `rollout_corr/` and the probabilities' differences: `actor/ppo_kl` and the clip fractions with p as the old
    /// policy, `actor/entropy` of q, and with p as the reference policy `actor/kl_loss` (`low_var_kl`) and
    /// `actor/reward_kl_penalty` (`kl`). Numbers are not rounded to binary32, and the 1e-8 that verl adds to numbers of tokens
    /// is left out (the one that it adds to the mean weight in `rollout_is_eff_sample_size` is not). Without token ids all are
    /// nil but the entropy and the lengths. O(tokens) time and memory, 32 bytes a token.
    ///
    /// - Throws: ``DivergenceError`` where the columns break the contract; `HDF5Error` where they cannot be read.
    public static func verl(
        _ file: borrowing DiagnosisFile, settings: VerlSettings = VerlSettings()
    ) throws -> MetricNames {
        precondition(settings.threshold > 1 && settings.dualClip > 1, "weights are cut above 1")
        let rows = try ResponseRows(file, segments: settings.segments)
        let tokens = try MetricTokens(file, rows)
        var names = MetricNames()
        guard rows.responseCount > 0 else { return names }
        names.addOffPolicy(tokens)
        names.addWeights(tokens, settings)
        names.addProbabilityDifferences(tokens)
        names.addActor(tokens, settings)
        if tokens.logP.isEmpty { names.forgetValues() }
        let entropies = try file.statistic(.entropyQ)
        let known = entropies.indices.filter { rows.contains($0) && !entropies[$0].isNaN }.map { entropies[$0] }
        names.add("actor/entropy", known.isEmpty ? nil : MetricTokens.mean(known))
        let lengths = tokens.lengths.map(Double.init)
        names.add("response_length/mean", MetricTokens.mean(lengths))
        names.add("response_length/max", lengths.max())
        names.add("response_length/min", lengths.min())
        let advantages = tokens.hasAdvantages ? tokens.advantages : []
        names.add("critic/advantages/mean", advantages.isEmpty ? nil : MetricTokens.mean(advantages))
        names.add("critic/advantages/max", advantages.max())
        names.add("critic/advantages/min", advantages.min())
        return names
    }

    private static func bounded(_ value: Double) -> Double { min(max(value, -safetyBound), safetyBound) }

    /// Perplexities are means over sequences, KLs over tokens.
    private mutating func addOffPolicy(_ tokens: MetricTokens) {
        let (meanP, meanQ, ratios) = (tokens.means(tokens.logP), tokens.means(tokens.logQ), tokens.logRatios)
        let differences = zip(meanP, meanQ).map { $0 - $1 }
        func put(_ name: String, _ value: Double?) { add("rollout_corr/\(name)", value) }
        put("training_ppl", MetricTokens.mean(meanQ.map { exp(-$0) }))
        put("training_log_ppl", MetricTokens.mean(meanQ.map { -$0 }))
        put("kl", MetricTokens.mean(ratios.map { -$0 }))
        put("k3_kl", MetricTokens.mean(ratios.map(Exponential.minusOneMinus)))
        put("rollout_ppl", MetricTokens.mean(meanP.map { exp(-$0) }))
        put("rollout_log_ppl", MetricTokens.mean(meanP.map { -$0 }))
        put("log_ppl_diff", MetricTokens.mean(differences))
        put("log_ppl_abs_diff", MetricTokens.mean(differences.map(\.magnitude)))
        put("log_ppl_diff_max", differences.max())
        put("log_ppl_diff_min", differences.min())
        put("ppl_ratio", MetricTokens.mean(differences.map { exp($0) }))
        put("chi2_token", MetricTokens.mean(ratios.map { expm1(2 * Self.bounded($0)) }))
        put("chi2_seq", MetricTokens.mean(tokens.sums(ratios).map { expm1(2 * Self.bounded($0)) }))
    }

    /// Weights are cut at the threshold; the fractions and, for sequences, the extremes are of the weights before.
    private mutating func addWeights(_ tokens: MetricTokens, _ settings: VerlSettings) {
        func put(_ name: String, _ value: Double?) { add("rollout_corr/rollout_is_\(name)", value) }
        let (upper, lower) = (settings.threshold, 1 / settings.threshold)
        let ratios = tokens.logRatios
        let sums = tokens.sums(ratios)
        var raw = ratios.map { exp(Self.bounded($0)) }
        if settings.level == .sequence {
            for (range, sum) in zip(tokens.sequences, sums) {
                for index in range { raw[index] = exp(Self.bounded(sum)) }
            }
        }
        let cut = raw.map { min($0, upper) }
        let mean = MetricTokens.mean(cut)
        let square = MetricTokens.mean(cut.map { $0 * $0 })
        put("mean", mean)
        switch settings.level {
        case .token:
            put("max", cut.max())
            put("min", cut.min())
            put("ratio_fraction_high", MetricTokens.mean(raw.map { $0 > upper ? 1 : 0 }))
            put("ratio_fraction_low", MetricTokens.mean(raw.map { $0 < lower ? 1 : 0 }))
        case .sequence:
            put("max", sums.max().map { exp(min($0, Self.safetyBound)) })
            put("min", sums.min().map { exp($0) })
            put("ratio_fraction_high", MetricTokens.mean(sums.map { $0 > log(upper) ? 1 : 0 }))
            put("ratio_fraction_low", MetricTokens.mean(sums.map { $0 < log(lower) ? 1 : 0 }))
        }
        put("std", raw.count > 1 ? max(0, square - mean * mean).squareRoot() : 0)
        put("eff_sample_size", (mean + 1e-8) * (mean + 1e-8) / square)
        let (means, rawMeans) = (tokens.means(cut), tokens.means(raw))
        put("seq_mean", MetricTokens.mean(means))
        put("seq_std", means.count > 1 ? Moments(means).sampleStandardDeviation : 0)
        put("seq_max", means.max())
        put("seq_min", means.min())
        put("seq_max_deviation", means.map { ($0 - 1).magnitude }.max())
        put("seq_fraction_high", MetricTokens.mean(rawMeans.map { $0 > upper ? 1 : 0 }))
        put("seq_fraction_low", MetricTokens.mean(rawMeans.map { $0 < lower ? 1 : 0 }))
    }

    private mutating func addProbabilityDifferences(_ tokens: MetricTokens) {
        let (p, q) = (tokens.logP.map { exp($0) }, tokens.logQ.map { exp($0) })
        let differences = zip(p, q).map { ($0 - $1).magnitude }
        add("training/rollout_probs_diff_valid", 1)
        add("training/rollout_probs_diff_max", differences.max())
        add("training/rollout_probs_diff_mean", MetricTokens.mean(differences))
        add("training/rollout_probs_diff_std", Moments(differences).sampleStandardDeviation)
        add("training/rollout_actor_probs_pearson_corr", Moments.correlation(p, q))
    }

    private mutating func addActor(_ tokens: MetricTokens, _ settings: VerlSettings) {
        let ratios = tokens.logRatios
        add("actor/ppo_kl", MetricTokens.mean(ratios.map { -Self.bounded($0) }))
        var (clipped, clippedLower): (Double?, Double?)
        if tokens.hasAdvantages {
            var counts = (0, 0)
            for (logRatio, advantage) in zip(ratios, tokens.advantages) {
                let ratio = exp(Self.bounded(logRatio))
                let bounded = min(max(ratio, 1 - settings.clipLow), 1 + settings.clipHigh)
                if -advantage * bounded > -advantage * ratio { counts.0 += 1 }
                let loss = max(-advantage * ratio, -advantage * bounded)
                if advantage < 0, loss > -advantage * settings.dualClip { counts.1 += 1 }
            }
            let total = Double(ratios.count)
            (clipped, clippedLower) = (Double(counts.0) / total, Double(counts.1) / total)
        }
        add("actor/pg_clipfrac", clipped)
        add("actor/pg_clipfrac_lower", clippedLower)
        // From here on p is the reference: its tokens' -l is what verl calls kl in low_var_kl.
        add(
            "actor/kl_loss",
            MetricTokens.mean(ratios.map { min(max(Exponential.minusOneMinus(Self.bounded(-$0)), -10), 10) }))
        add("actor/reward_kl_penalty", MetricTokens.mean(tokens.means(ratios)))
    }
}

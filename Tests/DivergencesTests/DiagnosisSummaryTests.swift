import Evaluation
import JSON
import Kernels
import Schemas
import TestFixtures
import Testing

@testable import Divergences

@Suite struct DiagnosisSummaryTests {
    /// A token with what these tests are about.
    struct Token {
        var kl = 0.0
        var logP = -1.0
        var logQ = -1.0
        var segment = Segment.continuation
        var id: Int32? = 5
        var advantage = Double.nan
        var entropy = 1.0
        var floor = 0.0
        var topKL = 0.0
    }

    static func summary(
        _ sequences: [[Token]], settings: JSONNode = summarySettings(coverage: "full"),
        _ change: (inout SummarySettings) -> Void = { _ in }
    ) throws -> DiagnosisSummary {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.h5"
        try write(sequences, to: path, settings: settings)
        var summarySettings = SummarySettings()
        summarySettings.resamples = 100
        change(&summarySettings)
        return try DiagnosisSummary(try DiagnosisFile(path), settings: summarySettings)
    }

    static func write(_ sequences: [[Token]], to path: String, settings: JSONNode) throws {
        let writer = try DiagnosisWriter(creating: path, topWidth: 1)
        for (number, tokens) in sequences.enumerated() {
            try writer.beginSequence(id: "s\(number)")
            var block = TokenBlock(topWidth: 1)
            for (position, token) in tokens.enumerated() {
                var row = RowDivergence()
                (row.klPQ, row.klQP, row.logP, row.logQ) = (token.kl, token.kl, token.logP, token.logQ)
                (row.entropyP, row.topKL, row.topMassP) = (token.entropy, token.topKL, 0.5)
                row.unsupportedPQ = token.kl == .infinity ? 0.125 : 0
                var top = TopTokens(width: 1)
                (top.ids, top.logProbs) = ([5], [-1])
                let place = TokenBlock.Place(
                    tokenID: token.id, position: Int32(position), sequence: Int32(number), segment: token.segment,
                    advantage: token.advantage)
                block.append([place], [row], noiseFloors: [token.floor], topP: top, topQ: top)
            }
            try writer.append(block)
        }
        try writer.finish(settings: settings, provenance: ["kedge_version": "0", "inputs": .array([])]) {
            $0 == 5 ? [0xFF, 0x61] : nil
        }
    }

    @Test func meansAreOverTokensOfTheResponse() throws {
        let summary = try Self.summary([
            [Token(kl: 100, segment: .prompt), Token(kl: 1), Token(kl: 2)], [Token(kl: 6)],
        ])
        #expect(summary[.klPQ].mean?.mean == 3)
        #expect(summary[.klPQ].tokens == 3)
        // Draws have one sequence twice or both.
        #expect(summary[.klPQ].mean?.lower == 1.5 && summary[.klPQ].mean?.upper == 6)
        #expect(summary.segments.map(\.name) == ["prompt", "continuation"])
        #expect(summary.segments[0].statistics.first?.mean?.mean == 100)
        #expect(summary.counts.tokens == 4 && summary.counts.responseTokens == 3)
        #expect(summary.positions.map(\.name) == ["0", "1"])
        #expect(summary.positions[0].tokens == 2)
        #expect(summary.positions[0].statistics.first?.mean?.mean == 3.5)
        let prompts = try Self.summary([[Token(kl: 100, segment: .prompt), Token(kl: 1)]]) { $0.segments = [.prompt] }
        #expect(prompts[.klPQ].mean?.mean == 100)
    }

    @Test func sequenceKLIsASum() throws {
        let summary = try Self.summary([
            [Token(kl: 100, segment: .prompt), Token(kl: 1), Token(kl: 2)], [Token(kl: 6)], [Token(kl: .infinity)],
        ])
        let kl = try #require(summary.sequences.first { $0.name == "kl_reference_policy" })
        #expect(kl.mean?.mean == 4.5 && kl.minimum == 3 && kl.maximum == 6)
        #expect(kl.sequences == 2 && kl.infinite == 1)
        #expect(summary[.klPQ].infinite == 1 && summary[.klPQ].mean?.mean == 3)
        #expect(summary.counts.infiniteKLPQ == .init(tokens: 1, mass: 0.125))
        // These tests have the same numbers for both directions.
        #expect(
            summary.warnings.first { $0.code == .infiniteKL }?.message
                == "KL(p || q) is infinite at 1 of 4 tokens, KL(q || p) is infinite at 1 of 4 tokens; finite means are over the others"
        )
        #expect(summary[.klPQ].quantiles.last == .infinity)
        #expect(summary.segments.last?.statistics.first?.infinite == 1)
        #expect(summary.divergentTokens.first?.kl == .infinity)
    }

    @Test func weightsAreCounted() throws {
        // Weights 4, 1, 1/4, 1: (6.25)^2 / (16 + 1 + 1/16 + 1) / 4, and clamped 2, 1, 1/2, 1: 4.5^2 / 6.25 / 4.
        let four = 1.3862943611198906
        let summary = try Self.summary([
            [Token(logQ: -1 + four), Token()], [Token(logQ: -1 - four), Token()],
        ])
        let importance = try #require(summary.importance)
        #expect(abs(importance.token.raw - 6.25 * 6.25 / 18.0625 / 4) < 1e-14)
        #expect(abs(importance.token.clamped - 4.5 * 4.5 / 6.25 / 4) < 1e-14)
        #expect(abs(importance.sequence.raw - 4.25 * 4.25 / 16.0625 / 2) < 1e-14)
        #expect(abs(importance.sequence.maximumLogWeight - four) < 1e-14)
        let clipping = try #require(summary.clipping)
        #expect(clipping.ratio.low?.mean == 0.25 && clipping.ratio.high?.mean == 0.25)
        #expect(clipping.ratio.outside?.mean == 0.5 && clipping.objective == nil)
    }

    @Test func weightsOfLongSequencesDoNotOverflow() throws {
        let token = Token(logP: -3, logQ: -1)
        let summary = try Self.summary([[Token](repeating: token, count: 1000), [Token](repeating: token, count: 1000)])
        #expect(summary.importance?.sequence.raw == 1)
        #expect(summary.importance?.sequence.maximumLogWeight == 2000)
    }

    @Test func clippedObjectivesNeedAdvantages() throws {
        let (low, high) = (Token(logQ: -1.5), Token(logQ: -0.5))
        var tokens = [low, low, high, high, high]
        for (index, advantage) in [-1.0, 1, 1, -1, 0].enumerated() { tokens[index].advantage = advantage }
        let objective = try #require(try Self.summary([tokens]).clipping?.objective)
        #expect(objective.low?.mean == 0.2 && objective.high?.mean == 0.2 && objective.outside?.mean == 0.4)
    }

    @Test func identicalPoliciesHaveNothingToTell() throws {
        let summary = try Self.summary([[Token](repeating: Token(), count: 3), [Token()]])
        #expect(summary[.klPQ].mean?.upper == 0 && summary[.klPQ].quantiles.allSatisfy { $0 == 0 })
        #expect(summary.importance?.token.raw == 1)
        #expect(summary.divergentTokens.isEmpty && summary.divergentTokenIDs.isEmpty)
        #expect(summary.perplexityRatio?.value == 1)
        #expect(summary.estimators?.rows.allSatisfy { $0.correlation.isNaN } == true)
        #expect(summary.json["estimators"]?["rows"].map { _ in true } == true)
    }

    @Test func entropyGroupsHoldTheShareAtTheTop() throws {
        let tokens = (0..<10).map { Token(kl: Double($0), entropy: Double($0)) }
        let groups = try Self.summary([tokens]).entropyGroups
        #expect(groups.map(\.tokens) == [2, 8])
        #expect(groups[0].statistics.first?.mean?.mean == 8.5)
        // Equal entropies are all at the threshold.
        #expect(try Self.summary([[Token](repeating: Token(), count: 10)]).entropyGroups.map(\.tokens) == [10])
    }

    @Test func warningsSayWhatToDistrust() throws {
        func codes(_ summary: DiagnosisSummary) -> [SummaryWarning.Code] { summary.warnings.map(\.code) }
        let many = [[Token]](repeating: [Token(kl: 1)], count: 30)
        #expect(codes(try Self.summary(many.map { $0.map { _ in Token(kl: 0.5, logQ: -1.5) } })) == [])
        #expect(codes(try Self.summary([[Token(kl: 1e-9)]])) == [.fewSequences])
        // Nothing is lost in rounding where nothing differs.
        #expect(codes(try Self.summary(many.map { $0.map { _ in Token(floor: 1e-9) } })) == [.samePolicies])
        #expect(codes(try Self.summary(many.map { [$0[0], Token()] })).contains(.samePolicies) == false)
        #expect(codes(try Self.summary(many.map { _ in [Token(logQ: -1.5)] })).contains(.samePolicies) == false)
        // A KL of 1 at each token, and not a trace of it in k1.
        #expect(codes(try Self.summary(many)) == [.notSampled])
        #expect(
            codes(try Self.summary(many, settings: summarySettings(coverage: "full", dataset: "d.h5"))) == [.notSampled]
        )
        #expect(codes(try Self.summary(many.map { [$0[0], Token(segment: .prefix)] })) == [.notSampled])
        #expect(codes(try Self.summary([[Token](repeating: Token(kl: 1, floor: 2), count: 2)])).first == .noiseFloor)
        #expect(
            codes(
                try Self.summary(
                    many.map { _ in [Token(id: nil, topKL: 0.1)] }, settings: summarySettings(coverage: "top-k"))) == [
                    .topK
                ])
        #expect(
            codes(try Self.summary(many.map { _ in [Token(id: nil)] }, settings: summarySettings(coverage: "top-k")))
                == [.samePolicies, .topK])
        let unknown = [[Token]](repeating: [Token(kl: 0.1, logP: .nan, logQ: .nan, id: nil)], count: 30)
        #expect(codes(try Self.summary(unknown)) == [.unknownTokens])
        #expect(try Self.summary(unknown).importance == nil)
        #expect(codes(try Self.summary([[Token()]]) { $0.segments = [.prefix] }) == [.noTokens])
    }

    @Test(arguments: [0, 1, 3]) func jsonKeepsTheContract(sequences: Int) throws {
        let tokens = [Token(kl: .infinity, logQ: -.infinity, advantage: 1), Token(kl: 1e-9, segment: .prefix)]
        let summary = try Self.summary([[Token]](repeating: tokens, count: sequences))
        let contract = JSONNode(try JSONDocument.parsing(try #require(Schemas.json(named: "diagnosis-summary"))).root)
        guard case .object(let members) = contract else { return #expect(Bool(false), "no contract") }
        // The version is the contract's own, and no keyword.
        let schema = try JSONSchema(.object(members.filter { $0.key != "version" }))
        #expect(schema.violations(in: summary.json).map(\.description) == [])
        // Everything in it can be written: nothing is infinite.
        #expect(try JSONWriter().string(summary.json).count > 1000)
    }

    @Test func divergentTokensAreInOrder() throws {
        let summary = try Self.summary([
            [Token(kl: 1, id: 7), Token(kl: 3), Token(kl: 2, id: nil)], [Token(kl: 3), Token(kl: 0)],
        ]) { $0.tokenLimit = 3 }
        #expect(summary.divergentTokens.map(\.row) == [1, 3, 2])
        #expect(summary.divergentTokens.map(\.sequenceID) == ["s0", "s1", "s0"])
        #expect(summary.divergentTokens.map(\.tokenID) == [5, 5, nil])
        // Bytes that are not UTF-8.
        #expect(summary.divergentTokens.first?.text == "\u{FFFD}a")
        #expect(summary.divergentTokenIDs.map(\.tokenID) == [5, 7])
        #expect(summary.divergentTokenIDs.first?.totalKL == 6 && summary.divergentTokenIDs.first?.tokens == 3)
        #expect(summary.divergentTokenIDs.first?.share == 6.0 / 9)
    }

    @Test func sameSeedsGiveTheSameIntervals() throws {
        let sequences = (0..<20).map { [Token(kl: Double($0 * $0 % 17))] }
        let first = try Self.summary(sequences)
        #expect(first[.klPQ] == (try Self.summary(sequences))[.klPQ])
        #expect(first[.klPQ] != (try Self.summary(sequences) { $0.seed = 1 })[.klPQ])
    }

    @Test func impossibleTokensMakePerplexitiesInfinite() throws {
        let half = [Token(kl: 0.5, logP: -.infinity), Token(kl: 0.5, logQ: -2)]
        let summary = try Self.summary([half, half])
        let (p, q) = (try #require(summary.perplexityP), try #require(summary.perplexityQ))
        #expect(p.value == .infinity && p.tokens == 2 && p.impossible == 2)
        #expect(abs((p.others?.value ?? 0) - Exponential.of(1)) < 1e-12)
        #expect(abs(q.value - Exponential.of(1.5)) < 1e-12 && q.impossible == 0 && q.tokens == 4)
        let ratio = try #require(summary.perplexityRatio)
        #expect(ratio.value == 0 && ratio.tokens == 2 && ratio.impossible == 2)
        #expect(abs((ratio.others?.value ?? 0) - Exponential.of(1)) < 1e-12)
        #expect(summary.counts.impossibleP == 2 && summary.counts.impossibleQ == 0 && summary.counts.knownTokens == 4)
        #expect(summary.estimators?.tokens == 2)
        #expect(summary.llamaReport?.perplexityBase == .infinity)
        #expect(summary.warnings.contains { $0.code == .impossibleTokens && $0.message.contains("p gives") })
        let json = try #require(summary.json["sequences"]?["perplexity_p"])
        #expect(json["value"] == .null && json["impossible"] == 2 && json["tokens"] == 2)
        // Of a token that is impossible under both nothing is unknown.
        let both = try Self.summary([[Token(kl: 0.5, logP: -.infinity, logQ: -.infinity), Token(kl: 0.5)]])
        #expect(both.perplexityRatio?.value.isNaN == true && both.perplexityRatio?.others?.value == 1)
        #expect(both.counts.impossible == 1 && both.counts.knownTokens == 2)
        #expect(!both.warnings.contains { $0.code == .unknownTokens })
        let alone = try Self.summary([[Token(kl: 0.5, logQ: -.infinity)]])
        #expect(alone.perplexityRatio?.value == .infinity && alone.perplexityQ?.others == nil)
        #expect(alone[.logQ].quantiles.allSatisfy { $0 == -.infinity })
    }

    @Test func infiniteNumbersAreAtTheEndsOfTheOrder() throws {
        let tokens = [Token(kl: .infinity, logQ: -.infinity), Token(kl: 1), Token(kl: 2)]
        let summary = try Self.summary([tokens])
        let middle = try #require(DiagnosisSummary.quantileShares.firstIndex(of: 0.5))
        #expect(summary[.klPQ].quantiles[middle] == 2 && summary[.klPQ].quantiles[middle + 1] == .infinity)
        #expect(summary[.logQ].quantiles[middle] == -1 && summary[.logQ].quantiles[middle - 1] == -.infinity)
    }

    @Test func oneTokenDoesNotVary() throws {
        let rows = try #require(try Self.summary([[Token(kl: 0.1, logQ: -1.5)]]).estimators?.rows)
        #expect(rows.count == 3 && rows.allSatisfy { $0.tokensForTenPercent.isNaN })
    }

    @Test func namesWithoutTokensKeepEntropyAndLengths() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.h5"
        let token = Token(logP: .nan, logQ: .nan, id: nil)
        try Self.write([[token, token], [token]], to: path, settings: summarySettings(coverage: "full"))
        let verl = try MetricNames.verl(try DiagnosisFile(path))
        let known = verl.values.filter { $0.value != nil }.map(\.name)
        #expect(
            known == ["actor/entropy", "response_length/mean", "response_length/max", "response_length/min"])
        #expect(verl["response_length/mean"] == 1.5)
        #expect(verl.values.contains { $0.name == "rollout_corr/kl" } && verl.values.count > 40)
    }

    @Test func namesWithoutAdvantagesAreAbsent() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.h5"
        try Self.write(
            [[Token(logQ: -2), Token(logQ: -3)], [Token(logQ: -1)]], to: path,
            settings: summarySettings(coverage: "full"))
        let file = try DiagnosisFile(path)
        let (verl, trl) = (try MetricNames.verl(file), try MetricNames.trl(file))
        // Tokens have l = -1, -2 and 0; the sequences -1.5 and 0 on average.
        #expect(verl["rollout_corr/kl"] == 1)
        #expect(verl["rollout_corr/log_ppl_diff"] == 0.75)
        #expect(verl["actor/reward_kl_penalty"] == -0.75)
        #expect(verl["rollout_corr/rollout_is_ratio_fraction_low"] == 2.0 / 3)
        #expect(verl["actor/pg_clipfrac"] == nil)
        #expect(verl.values.contains { $0.name == "actor/pg_clipfrac" })
        #expect(trl["sampling/sampling_logp_difference/mean"] == 1)
        #expect(trl["clip_ratio/low_mean"] == nil)
    }

    @Test func logRatiosAreBoundedAsVerlBoundsThem() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.h5"
        let tokens = [Token(logP: -30, logQ: -1, advantage: -1)]
        try Self.write([tokens], to: path, settings: summarySettings(coverage: "full"))
        let verl = try MetricNames.verl(try DiagnosisFile(path))
        #expect(verl["rollout_corr/chi2_token"] == Exponential.minusOne(40))
        #expect(verl["rollout_corr/rollout_is_max"] == 2)
        #expect(verl["actor/ppo_kl"] == -20)
        #expect(verl["actor/kl_loss"] == 10)
        #expect(verl["rollout_corr/kl"] == -29)
        #expect(verl["actor/pg_clipfrac"] == 0 && verl["actor/pg_clipfrac_lower"] == 1)
        // Deviations of one number.
        #expect(verl["rollout_corr/rollout_is_seq_std"] == 0)
        #expect(verl.json["training/rollout_probs_diff_std"] == .null)
    }

    @Test func samplesOfPAreNotAccused() throws {
        // l = log 2 with probability 1/3 under p and log 1/2 with 2/3: k1 is unbiased.
        let half = 0.6931471805599453
        let kl = half / 3
        let sequences = (0..<60).map { index in
            (0..<(3 + index % 2)).map { Token(kl: kl, logQ: -1 + ((index + $0) % 3 == 0 ? half : -half)) }
        }
        let summary = try Self.summary(sequences)
        let bias = try #require(summary.estimators?.rows.first?.bias)
        #expect(abs(bias.mean) < 0.02 && bias.lower < 0 && bias.upper > 0)
        #expect(summary.warnings.isEmpty)
    }
}

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
        let kl = try #require(summary.sequences.first { $0.name == "kl_pq" })
        #expect(kl.mean?.mean == 4.5 && kl.minimum == 3 && kl.maximum == 6)
        #expect(kl.sequences == 2 && kl.infinite == 1)
        #expect(summary[.klPQ].infinite == 1 && summary[.klPQ].mean?.mean == 3)
        #expect(summary.counts.infiniteKLPQ == .init(tokens: 1, mass: 0.125))
        #expect(summary.warnings.contains { $0.code == .infiniteKL })
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
        #expect(codes(try Self.summary(many.map { $0.map { _ in Token() } })) == [])
        #expect(codes(try Self.summary([[Token()]])) == [.fewSequences])
        // A KL of 1 at each token, and not a trace of it in k1.
        #expect(codes(try Self.summary(many)) == [.notSampled])
        #expect(
            codes(try Self.summary(many, settings: summarySettings(coverage: "full", dataset: "d.h5"))) == [.notSampled]
        )
        #expect(codes(try Self.summary(many.map { [$0[0], Token(segment: .prefix)] })) == [.notSampled])
        #expect(codes(try Self.summary([[Token](repeating: Token(kl: 1, floor: 2), count: 2)])).first == .noiseFloor)
        #expect(
            codes(try Self.summary(many.map { _ in [Token(id: nil)] }, settings: summarySettings(coverage: "top-k")))
                == [.topK])
        let unknown = [[Token]](repeating: [Token(logP: .nan, logQ: .nan, id: nil)], count: 30)
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
}

import JSON
import TestFixtures
import Testing

@testable import Divergences

@Suite struct TopListTests {
    private static let golden = DumpFixtures.golden

    @Test func listsAndOutputsAreComparedOnWhatBothHave() throws {
        let goldens = try DumpFixtures.expected()
        let expected = goldens["top_k"]
        let found = try DumpFixtures.compare(Self.golden("p-list.json"), Self.golden("q-outputs.jsonl"))
        #expect(isClose(found[.topKL], expected?["kl"]?.numbers ?? [], within: 1e-9))
        #expect(isClose(found[.topMassP], expected?["mass_p"]?.numbers ?? []))
        #expect(isClose(found[.topMassQ], expected?["mass_q"]?.numbers ?? []))
        #expect(isClose(found[.logP], expected?["log_prob_reference"]?.numbers ?? []))
        #expect(isClose(found[.logQ], expected?["log_prob_policy"]?.numbers ?? []))
        #expect(found[.rankQ] == (expected?["rank_policy"]?.integers ?? []))
        let ids = (goldens["ids"]?.integers ?? [])
        #expect(found[.tokenID] == [1, 2, 3, 5, 6, 7].map { ids[$0] })
        #expect(found[.position] == [1, 2, 3, 1, 2, 3])
        #expect(found.names == ["r0", "r1"])
        #expect(found.settings["coverage"] == "top-k")
        #expect(found.settings["vocabulary_size"] == .null)
        let known: Set<TokenStatistic> = [
            .topKL, .topMassP, .topMassQ, .logP, .logQ, .logRatio, .ratio, .deltaP, .k1, .k2, .k3,
        ]
        for statistic in TokenStatistic.allCases where !known.contains(statistic) {
            #expect(found[statistic].count == 6 && found[statistic].allSatisfy { $0.isNaN }, "\(statistic)")
        }
    }

    @Test func boundsStayBelowWhatTheyBound() throws {
        let full = try DumpFixtures.compare(Self.golden("p-stored.npz"), Self.golden("q.safetensors")) {
            $0.shift = .next
        }
        let lists = try DumpFixtures.compare(Self.golden("p-list.json"), Self.golden("q-outputs.jsonl"))
        // The mask of the full dumps keeps positions 2, 3 of the first sequence.
        #expect(lists[.topKL][1] <= full[.klPQ][0] + 1e-6)
        #expect(lists[.topKL][2] <= full[.klPQ][1] + 1e-6)
        #expect(lists[.topKL].allSatisfy { $0 >= 0 })
    }

    @Test func oneTextIsAListOfPlaces() throws {
        let found = try DumpFixtures.compare(Self.golden("p-one.json"), Self.golden("q-one.json"))
        let all = try DumpFixtures.compare(Self.golden("p-list.json"), Self.golden("q-outputs.jsonl"))
        #expect(found[.topKL] == Array(all[.topKL].prefix(3)))
        #expect(found.offsets == [0, 3])
    }

    @Test func sameListsDoNotDiffer() throws {
        let found = try DumpFixtures.compare(Self.golden("p-list.json"), Self.golden("p-list.json"))
        #expect(found[.topKL] == [0, 0, 0, 0, 0, 0])
        #expect(found[.topMassP] == found[.topMassQ])
        #expect(found[.k3] == [0, 0, 0, 0, 0, 0])
    }

    @Test func rowsGoWithLists() throws {
        let directory = try TemporaryDirectory()
        let goldens = try DumpFixtures.expected()
        let expected = goldens["top_k"]
        // Rows without a mask, so that every position is compared.
        var settings = DumpComparison.Settings()
        settings.topWidth = 2
        let dump = try LogitDump(Self.golden("p.npy"))
        let ids = (goldens["ids"]?.integers ?? [])
        let plan = TokenPlan(sequences: [("a", 4), ("b", 4)], tokenIDs: ids)
        let lists = try PolicyDump.open(Self.golden("q-outputs.jsonl"))
        let found = try DumpFixtures.compare(.logits(dump), lists, tokens: plan, settings: settings)
        #expect(isClose(found[.topKL], expected?["mixed"]?.numbers ?? [], within: 1e-6))
        #expect(isClose(found[.logQ], expected?["log_prob_policy"]?.numbers ?? []))
        #expect(isClose(found[.logP], expected?["log_prob_reference"]?.numbers ?? [], within: 1e-6))
        #expect(found[.entropyP].allSatisfy { $0 > 0 })
        #expect(found[.entropyQ].allSatisfy { $0.isNaN })
        let turned = try DumpFixtures.compare(lists, .logits(dump), tokens: plan, settings: settings)
        #expect(turned[.logP] == found[.logQ])
        #expect(turned[.entropyQ] == found[.entropyP])
        #expect(turned.settings["policy"]?["kind"] == "logits")
        // Another token beside the logits.
        var other = plan
        other.tokenIDs?[2] = (ids[2] + 1) % 7
        let error = #expect(throws: DivergenceError.self) {
            try DumpFixtures.compare(.logits(dump), lists, tokens: other, settings: settings)
        }
        #expect(error?.code == .mismatch)
        #expect(error?.detail.contains("sequence 0 position 2") == true)
        // One text fewer than the rows have.
        let one = try directory.write("one.json", "[[null, {\"1\": -0.5}, {\"1\": -0.5}, {\"1\": -0.5}]]")
        #expect(throws: DivergenceError.self) {
            try DumpFixtures.compare(.logits(dump), try .open(one), tokens: plan, settings: settings)
        }
    }

    @Test func aDatasetSaysWhichPartATokenIs() throws {
        let ids = try DumpFixtures.expected()["ids"]?.integers ?? []
        let plan = TokenPlan(
            sequences: [("a", 4), ("b", 4)], tokenIDs: ids, counts: (0..<8).map { $0 != 2 },
            segments: [.prompt, .prompt, .prefix, .prefix, .prompt, .prefix, .continuation, .continuation])
        func compare(_ plan: TokenPlan) throws -> DumpFixtures.Found {
            try DumpFixtures.compare(
                try .open(Self.golden("p-list.json")), try .open(Self.golden("q-outputs.jsonl")), tokens: plan)
        }
        let found = try compare(plan)
        #expect(found.names == ["a", "b"])
        #expect(found[.position] == [1, 3, 1, 2, 3])
        #expect(found.segments == [.prompt, .prefix, .prefix, .continuation, .continuation])
        var other = plan
        other.tokenIDs?[5] = (ids[5] + 1) % 7
        for wrong in [
            other, TokenPlan(sequences: [("a", 4)]), TokenPlan(sequences: [("a", 4), ("b", 5)]),
            TokenPlan(sequences: [("a", 4), ("b", 3)]), TokenPlan(sequences: [("a", 4), ("b", 4), ("c", 4)]),
        ] {
            let error = #expect(throws: DivergenceError.self) { try compare(wrong) }
            #expect(error?.code == .mismatch)
        }
    }

    @Test func textsWithoutTokensAreEmptySequences() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("gaps.json", #"[[], [null, {"1": -0.5}], [], [null, {"1": -0.5}]]"#)
        let found = try DumpFixtures.compare(path, path)
        #expect(found.names == ["", "", "", ""])
        #expect(found.offsets == [0, 0, 1, 1, 2])
        let whole = TokenPlan(sequences: [("a", 0), ("b", 2), ("c", 0), ("d", 2)], tokenIDs: [7, 1, 7, 1])
        func compare(_ plan: TokenPlan) throws -> DumpFixtures.Found {
            try DumpFixtures.compare(try .open(path), try .open(path), tokens: plan)
        }
        #expect(try compare(whole).names == ["a", "b", "c", "d"])
        let other = TokenPlan(sequences: [("a", 0), ("b", 2), ("c", 1), ("d", 2)], tokenIDs: [7, 1, 7, 7, 1])
        #expect(throws: DivergenceError.self) { try compare(other) }
    }

    @Test func minusInfinityIsWrittenAsANumber() throws {
        let directory = try TemporaryDirectory()
        let p = try directory.write(
            "p.json", #"[null, {"1": {"logprob": -0.1, "rank": 1}, "2": {"logprob": -3.0, "rank": 2}}]"#)
        let q = try directory.write(
            "q.json", #"[null, {"1": {"logprob": 0.0, "rank": 1}, "2": {"logprob": -9999.0, "rank": 2}}]"#)
        let found = try DumpFixtures.compare(p, q)
        #expect(found[.topKL] == [.infinity])
        #expect(found[.unsupportedPQ].allSatisfy { $0.isNaN } && found[.unsupportedQP].allSatisfy { $0.isNaN })
    }

    @Test(arguments: [
        ("null", "nothing of tokens"), ("[]", "no lists"), ("[null]", "no place"), ("[null, 1]", "a number"),
        (#"[null, {"x": {"logprob": -1}}]"#, "a key that is no id"), (#"[null, {"-1": -1}]"#, "a negative id"),
        (#"[null, {"1": {"rank": 1}}]"#, "no number"), (#"[null, {"1": {"logprob": 2}}]"#, "a probability above 1"),
        (#"[null, {"1": -1, "1": -2}]"#, "an id twice"), (#"[null, {}]"#, "an empty list"),
        (#"[null, {"1": {"logprob": NaN}}]"#, "NaN"), (#"[null, {"1": {"logprob": -1}}"#, "a truncated file"),
        (#"{"prompt_token_ids": [1], "prompt_logprobs": [null, {"1": -1}]}"#, "fewer ids"),
        (#"{"prompt_logprobs": null}"#, "no lists asked for"),
        (#"[null, {"1": {"logprob": -1, "rank": 1}, "2": {"logprob": -9, "rank": 70}}]"#, "sorted members"),
    ])
    func brokenListsAreRefused(_ text: String, _ what: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("broken.json", text)
        let error = #expect(throws: (any Error).self, "\(what)") { try DumpFixtures.compare(path, path) }
        let line = error.map { "\($0)" } ?? ""
        #expect(line.contains("broken.json") && !line.contains("\n"))
    }

    @Test(arguments: [
        #"[null, {"1": -0.5}]"#, #"[null, {"2": -0.5}, {"1": -0.5}]"#,
        #"[null, {"1": -0.5}, {"1": -0.5}, {"1": -0.5}]"#,
    ])
    func otherTextsAreRefused(_ text: String) throws {
        let directory = try TemporaryDirectory()
        let p = try directory.write("p.json", #"[null, {"1": -0.5}, {"1": -0.5}]"#)
        let q = try directory.write("q.json", text)
        let error = #expect(throws: DivergenceError.self) { try DumpFixtures.compare(p, q) }
        #expect(error?.code == .mismatch)
    }
}

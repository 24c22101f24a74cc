import Checkpoints
import JSON
import TestFixtures
import Testing

@testable import Divergences

@Suite struct DumpReadingTests {
    private static let golden = DumpFixtures.golden

    @Test(arguments: [
        ("q.npy", "float32"), ("q-fortran.npy", "float32"), ("q-big.npy", "float32"), ("q-double.npy", "float32"),
        ("q-half.npy", "float16"), ("q-brain.npy", "bfloat16"),
    ])
    func arraysOfEveryType(_ name: String, _ type: String) throws {
        let expected = try DumpFixtures.expected()[type]?.numbers ?? []
        let found = try DumpFixtures.compare(Self.golden("p.npy"), Self.golden(name))
        #expect(isClose(found[.klPQ], expected))
        #expect(found[.position] == Array(0..<8))
        #expect(found[.tokenID] == [Int32](repeating: -1, count: 8))
    }

    @Test(arguments: ["q-void.npy", "q-words.npy"])
    func wordsAreBrainFloatsWhereAskedFor(_ name: String) throws {
        var options = DumpOptions()
        options.readsWordsAsBFloat16 = true
        let expected = try DumpFixtures.expected()["bfloat16"]?.numbers ?? []
        let found = try DumpFixtures.compare(Self.golden("p.npy"), Self.golden(name), options: options)
        #expect(isClose(found[.klPQ], expected))
        #expect(throws: (any Error).self) { try LogitDump(Self.golden(name)) }
    }

    @Test(arguments: ["q.safetensors", "q.h5"], ["p.npz", "p-stored.npz"])
    func batchesWithTokensBeside(_ policy: String, _ reference: String) throws {
        let goldens = try DumpFixtures.expected()
        let all = goldens["float32"]?.numbers ?? []
        let ids = (goldens["ids"]?.integers ?? [])
        let found = try DumpFixtures.compare(Self.golden(reference), Self.golden(policy), shift: .next)
        // The response mask has the last two tokens of each; the rows before them are about them.
        let rows = [1, 2, 5, 6]
        #expect(isClose(found[.klPQ], rows.map { all[$0] }))
        #expect(found[.tokenID] == rows.map { ids[$0 + 1] })
        // The second sequence begins behind one token of padding.
        #expect(found[.position] == [2, 3, 1, 2])
        #expect(found[.sequence] == [0, 0, 1, 1])
        #expect(found.offsets == [0, 2, 4])
        #expect(found.settings["coverage"] == "full")
        if reference == "p.npz" {
            #expect(found[.advantage] == [0.5, 0.5, -1.5, -1.5])
        } else {
            #expect(found[.advantage].allSatisfy { $0.isNaN })
        }
    }

    @Test func logProbabilitiesAreAsGoodAsLogits() throws {
        let logits = try DumpFixtures.compare(Self.golden("p-stored.npz"), Self.golden("q.safetensors"))
        let logs = try DumpFixtures.compare(Self.golden("p-stored.npz"), Self.golden("q-log.safetensors"))
        #expect(isClose(logs[.klPQ], logits[.klPQ], within: 1e-4))
        #expect(logs.settings["policy"]?["kind"] == "log-probs")
        #expect(logs.settings["policy"]?["tensor"] == "log_probs")
        #expect(logits.settings["policy"]?["kind"] == "logits")
    }

    @Test func oneRowAtATimeGivesTheSame() throws {
        let whole = try DumpFixtures.compare(Self.golden("p.npz"), Self.golden("q.h5"), shift: .next)
        let rows = try DumpFixtures.compare(Self.golden("p.npz"), Self.golden("q.h5"), shift: .next) {
            $0.blockBytes = 1
        }
        for statistic in TokenStatistic.allCases {
            #expect(whole[statistic].map(\.bitPattern) == rows[statistic].map(\.bitPattern))
        }
        #expect(whole.topP == rows.topP)
    }

    @Test func paddingNeedsTheSizeOfTheVocabulary() throws {
        let expected = try DumpFixtures.expected()["float32"]?.numbers ?? []
        let error = #expect(throws: DivergenceError.self) {
            try DumpFixtures.compare(Self.golden("p.npy"), Self.golden("q-padded.npy"))
        }
        #expect(error?.code == .mismatch)
        #expect(error?.description.contains("10 columns") == true)
        let found = try DumpFixtures.compare(Self.golden("p.npy"), Self.golden("q-padded.npy")) {
            $0.vocabularySize = 7
        }
        #expect(isClose(found[.klPQ], expected))
        #expect(throws: DivergenceError.self) {
            try DumpFixtures.compare(Self.golden("p.npy"), Self.golden("q-padded.npy")) { $0.vocabularySize = 8 }
        }
    }

    @Test func temperaturesDivide() throws {
        let found = try DumpFixtures.compare(Self.golden("p.npy"), Self.golden("q.npy")) { $0.temperature = 2 }
        let plain = try DumpFixtures.compare(Self.golden("p.npy"), Self.golden("q.npy"))
        #expect(zip(found[.entropyP], plain[.entropyP]).allSatisfy { $0 > $1 })
        #expect(found.settings["temperature"] == 2.0)
    }

    @Test func llamaBaseFiles() throws {
        let goldens = try DumpFixtures.expected()["llama"]
        let found = try DumpFixtures.compare(Self.golden("p.kld"), Self.golden("q.kld"), shift: .next)
        #expect(isClose(found[.klPQ], goldens?["kl"]?.numbers ?? []))
        #expect(isClose(found[.logP], goldens?["log_p"]?.numbers ?? []))
        #expect(found[.tokenID] == (goldens?["ids"]?.integers ?? []))
        #expect(found[.position] == [4, 5, 6, 4, 5, 6])
        #expect(found.names == ["chunk 0", "chunk 1"])
        #expect(found.settings["shift"] == "none")
        #expect(found.settings["reference"]?["kind"] == "llama.cpp")
        // A row whose logits reach over 16 and more has steps of 16 / 65,535, and twice 1 / 24 of their squares.
        let coarsest = 16.0 / 65_535 * (16.0 / 65_535) / 12
        #expect(found[.noiseFloor].allSatisfy { $0 > 0 && $0 < coarsest * 1.001 })
        #expect(found[.noiseFloor].contains { $0 > coarsest / 100 })
        let same = try DumpFixtures.compare(Self.golden("p.kld"), Self.golden("p.kld"))
        #expect(same[.klPQ] == [0, 0, 0, 0, 0, 0])
    }

    @Test func theTensorIsNamedWhereSeveralCouldBeMeant() throws {
        let directory = try TemporaryDirectory()
        let header =
            #"{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}"#
        let path = try directory.write(
            "two.safetensors",
            DumpFixtures.bytes(UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: 16))
        let error = #expect(throws: DivergenceError.self) { try LogitDump(path) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.detail.contains("'a' [1, 2], 'b' [1, 2]") == true)
        #expect(try LogitDump(path, tensor: "b").tensorName == "b")
        #expect(throws: DivergenceError.self) { try LogitDump(path, tensor: "c") }
    }
}

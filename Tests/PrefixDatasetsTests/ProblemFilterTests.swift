import Files
import JSON
import TestFixtures
import Testing

@testable import PrefixDatasets

/// The filters as they work in a build.
@Suite struct ProblemFilterTests {
    /// Sixty different words without digits, which would be mathematics.
    private static let long = (0..<60).map { number in
        "w" + String("\(number + 10)".unicodeScalars.map { Character(Unicode.Scalar(UInt8($0.value) + 49)) })
    }.joined(separator: " ")

    private func row(_ problem: String, _ generations: [String], answer: String = "1") throws -> String {
        try JSONWriter().string([
            "problem": .string(problem), "generations": .array(generations.map(JSONNode.string)),
            "answer": .string(answer),
        ])
    }

    /// What became of each row: its traces that are kept, and the reasons in the file of dropped traces.
    private func outcome(
        _ rows: [String], _ change: (inout DatasetSettings) -> Void
    ) async throws -> (kept: [Int32], dropped: [JSONNode], counts: DatasetCounts) {
        let directory = try TemporaryDirectory()
        try directory.write("a.jsonl", rows.joined(separator: "\n"))
        var settings = DatasetSettings()
        settings.keepsDropped = true
        change(&settings)
        let report = try await SampleBuilder.builder(settings).build(
            [directory.file("a.jsonl")], output: directory.file("a.h5"), dropped: directory.file("dropped.jsonl"),
            overwrite: false)
        let lines = try directory.read("dropped.jsonl").split(separator: 0x0A)
        let dropped = try lines.map { JSONNode(try JSONDocument.parsing(Array($0)).root) }
        let content = try DatasetContent(reading: directory.file("a.h5"))
        // What was dropped is a trace file itself.
        if !dropped.isEmpty {
            var again = DatasetSettings()
            again.toleratedBadRows = 0
            let count = dropped.reduce(0) { sum, node in
                if case .array(let texts)? = node["generations"] { sum + texts.count } else { sum }
            }
            let second = try await SampleBuilder.builder(again).build(
                [directory.file("dropped.jsonl")], output: directory.file("b.h5"), overwrite: false)
            #expect(second.counts.traces == count && count == report.counts.dropped.values.reduce(0, +))
        }
        return (content.numbers["prompt_index"] ?? [], dropped, report.counts)
    }

    @Test func duplicates() async throws {
        let rows = [
            try row("What is 2 + 2?", ["four"]), try row("what  is 2+2", ["4"]), try row("What is 2 - 2?", ["0"]),
            try row(Self.long, ["a"]), try row(Self.long + " end", ["b"]),
            try row(Self.long + " end", ["c"], answer: "2"),
        ]
        let exact = try await outcome(rows) { $0.deduplication = .exact }
        #expect(exact.kept == [0, 2, 3, 4])
        #expect(exact.dropped.map { $0["reason"] } == ["duplicate", "duplicate"])
        #expect(exact.dropped.map { $0["row"] } == [2, 6])
        let near = try await outcome(rows) { $0.deduplication = .near(threshold: 0.8) }
        #expect(near.kept == [0, 2, 3, 5])
        #expect(near.counts.droppedRows == [.nearDuplicate: 2])
    }

    @Test func benchmarksThatAreNone() async throws {
        let directory = try TemporaryDirectory()
        for (name, bytes) in [
            ("a.txt", []), ("b.arrow", Array("ARROW1\0\0".utf8)), ("c.bin", [0x78, 0xFF, 0x0A]),
            ("d.jsonl", Array("{\"id\": 1}".utf8)),
        ] as [(String, [UInt8])] {
            var settings = DatasetSettings()
            settings.benchmarks = [try directory.write(name, bytes)]
            do {
                _ = try SampleBuilder.builder(settings)
                Issue.record("\(name) was taken for a benchmark")
            } catch DatasetError.badBenchmark(let path, _) {
                #expect(path == directory.file(name))
            }
        }
    }

    @Test func whatIsBehindTheLimitIsNotLookedAt() async throws {
        let rows = [try row("One", ["a"]), try row("Two", ["b"]), "{\"problem\": 3}", "no JSON"]
        let found = try await outcome(rows) { $0.limit = 2 }
        #expect(found.kept == [0, 1] && found.counts.rows == 2)
    }

    /// A row of many traces, each dropped with words of its own, must not be written down once for each of them.
    @Test func droppedTracesShareTheirRow() async throws {
        let texts = (1...40).map { String(repeating: "a ", count: $0) }
        let found = try await outcome([
            try row("Short", texts), try row("Long", [String(repeating: Self.long + " ", count: 10)]),
        ]) {
            $0.minimumExpert = 200
            $0.expertPart = .full
        }
        #expect(found.dropped.count == 1)
        guard case .string(let detail)? = found.dropped.first?["detail"] else { throw FileReadFailure() }
        #expect(detail.split(separator: ";").count == 40)
    }

    @Test func benchmarksInEveryFormat() async throws {
        let directory = try TemporaryDirectory()
        let problem = "Let a sequence be defined by the rule that each term is twice the one before it"
        let rows = [
            try row("Unrelated", ["a"]), try row("Note: \(problem), and so on", ["b", "c"]),
            try row("twice the one before it", ["d"]),
        ]
        for (name, content) in [
            ("a.jsonl", try JSONWriter().string(["question": .string(problem)])),
            ("a.json", "[\(try JSONWriter().string(["prompt": [["role": "user", "content": .string(problem)]]]))]"),
            ("a.txt", "something else\n\(problem)\n"),
        ] {
            let path = try directory.write(name, content)
            let found = try await outcome(rows) {
                $0.benchmarks = [path]
                $0.contaminationLength = 8
            }
            #expect(found.kept == [0, 2], "\(name)")
            #expect(found.counts.dropped == [.contaminated: 2] && found.counts.droppedRows == [.contaminated: 1])
            guard case .string(let detail)? = found.dropped.first?["detail"] else { throw FileReadFailure() }
            #expect(detail.hasPrefix("'let a sequence be defined by the rule' is in \(path)"))
        }
        for (name, content) in [("b.jsonl", "{\"x\": 1}"), ("b.txt", "\n"), ("c.jsonl", "{"), ("missing.txt", nil)] {
            if let content { try directory.write(name, content) }
            await #expect(throws: (any Error).self, "\(name)") {
                _ = try await outcome(rows) { $0.benchmarks = [directory.file(name)] }
            }
        }
    }

    @Test func samplesGoByProblem() async throws {
        let rows = try (0..<400).map { try row("Problem \($0 % 200)", ["a", "b"]) }
        let half = try await outcome(rows) { $0.sampleShare = 0.5 }
        let kept = Set(half.kept)
        #expect((70...130).contains(kept.count / 2))
        #expect(Set(kept.map { $0 % 200 }).count == kept.count / 2, "both rows of a problem or none")
        let other = try await outcome(rows) {
            $0.sampleShare = 0.5
            $0.seed = 1
        }
        #expect(Set(other.kept) != kept)
        let fewer = try await outcome(rows) { $0.sampleShare = 0.2 }
        #expect(kept.isSuperset(of: fewer.kept))
        // A survey decides the same as the tokenising by itself.
        let limited = try await outcome(rows) {
            $0.sampleShare = 0.5
            $0.limit = 10
        }
        #expect(limited.kept == Array(half.kept.prefix(20)))
    }

    @Test func lengthsAndRepetition() async throws {
        let loop = [String](repeating: "again and once more", count: 40).joined(separator: " ")
        let rows = [
            try row("A problem", ["a", (1...90).map { "step \($0)" }.joined(separator: "; "), loop]),
            try row("x", ["a long enough answer to be kept"]),
        ]
        let found = try await outcome(rows) {
            $0.minimumExpert = 2
            $0.maximumRepetition = 0.5
            $0.minimumPrompt = 8
            $0.template = .plain
            $0.system = "Think about the problem carefully, and then"
        }
        #expect(found.counts.dropped[.expertTooShort] == 1 && found.counts.dropped[.repetitive] == 1)
        let cut = try await outcome(rows) {
            $0.maximumExpert = 20
            $0.dropsLongExperts = true
        }
        #expect(cut.counts.dropped == [.expertTooLong: 2] && cut.counts.truncated == 0)
        let prompts = try await outcome(rows) {
            $0.template = .plain
            $0.minimumPrompt = 2
        }
        #expect(prompts.counts.droppedRows == [.promptTooShort: 1])
    }
}

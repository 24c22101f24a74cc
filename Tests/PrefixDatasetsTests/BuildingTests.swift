import Files
import Foundation
import JSON
import TestFixtures
import Testing
import Tokenization

@testable import PrefixDatasets

@Suite struct BuildingTests {
    /// Reads the rows back and compares them with the sample, by the words of the contract.
    @Test func rowsAreWhatTheSampleSays() async throws {
        let directory = try TemporaryDirectory()
        var settings = DatasetSettings()
        settings.promptSuffix = "\nThink."
        settings.system = "Be brief."
        try await build([Sample.traces], output: directory.file("a.h5"), settings: settings)
        let dataset = try PrefixDataset(directory.file("a.h5"))
        let tokenizer = try Tokenizer(contentsOf: Sample.tokenizerFile)
        let blank = tokenizer.ids(containing: ["\u{010A}\u{010A}"])
        var number = 0
        for (prompt, line) in try Sample.rows().enumerated() {
            let node = JSONNode(try JSONDocument.parsing(line).root)
            guard case .string(let problem)? = node["problem"], case .array(let outputs)? = node["generations"],
                case .string(let uuid)? = node["uuid"], case .string(let answer)? = node["answer"]
            else { throw DatasetError.emptyFile(path: Sample.traces) }
            for (index, output) in outputs.enumerated() {
                guard case .string(let output) = output else { continue }
                let row = try dataset.row(number)
                number += 1
                #expect(row.promptIndex == prompt && row.traceIndex == index)
                #expect(row.id == uuid && row.answer == answer && row.source == "kedge_sample")
                let expert = Array(row.tokens.dropFirst(row.promptLength))
                #expect(
                    try tokenizer.decode(row.tokens.prefix(row.promptLength))
                        == "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n\(problem)\nThink.<|im_end|>\n"
                        + "<|im_start|>assistant\n")
                // Those of the sample that were cut off have no closing tag, and are kept as they are.
                let parts = output.split(separator: "\n</think>", omittingEmptySubsequences: false)
                let thought = (parts.count == 2 ? String(parts[0].dropFirst("<think>\n".count)) : output)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
                #expect(try tokenizer.decode(expert) == thought + "<|im_end|>")
                #expect(try TokenEncoder(tokenizer).encode(thought) == expert.dropLast())
                let ends = dataset.prefixRatios.map { PrefixRuleTests.reference(expert, $0, snaps: true, blank) }
                #expect(row.prefixEnds == ends.map(Int.init))
            }
        }
        #expect(number == dataset.rowCount)
        try dataset.verify(against: tokenizer)
    }

    @Test func threadsMakeNoDifference() async throws {
        let directory = try TemporaryDirectory()
        // Some megabytes: several batches, several chunks of every column.
        try directory.write("many.jsonl", Sample.lines(count: 1200))
        var first: [UInt8]?
        for threads in [1, 2, 3, 8] {
            let output = directory.file("\(threads).h5")
            try await build([directory.file("many.jsonl"), Sample.traces], output: output, threads: threads)
            let bytes = try readBytes(output)
            let isSame = bytes == first ?? bytes
            #expect(isSame, "\(threads) threads")
            first = bytes
        }
    }

    @Test func layoutAndCompressionMakeNoDifference() async throws {
        let directory = try TemporaryDirectory()
        let rows = try Sample.rows()
        let lines = Sample.lines(rows)
        let array = Array("[\n".utf8) + Array(rows.joined(separator: Array(",\n".utf8))) + Array("]".utf8)
        let spread = Array(rows.joined(separator: Array("\r\n\r\n".utf8)))
        let files = [
            try directory.write("a.jsonl", lines), try directory.write("b.json", array),
            try directory.write("c.jsonl.gz", gzip(lines)), try directory.write("d.jsonl.zst", zstandard(lines)),
            try directory.write("e.json.gz", gzip(array)), try directory.write("f.json", lines),
            try directory.write("g.JSONL", [0xEF, 0xBB, 0xBF] + spread),
        ]
        var first: DatasetContent?
        for (index, file) in files.enumerated() {
            let output = directory.file("\(index).h5")
            try await build([file], output: output)
            let content = try DatasetContent(reading: output).withoutProvenance
            let isSame = content == first ?? content
            #expect(isSame, "\(file)")
            first = content
            let dataset = try PrefixDataset(output)
            guard case .array(let inputs)? = dataset.provenance["inputs"] else { throw FileReadFailure() }
            #expect(inputs.count == 1)
            #expect(inputs[0]["sha256"] == .string(try SHA256.digest(ofFileAt: file)))
            #expect(inputs[0]["bytes"] == .int(Int64(try readBytes(file).count)))
        }
    }

    @Test func promptsAreCountedThroughAllFiles() async throws {
        let directory = try TemporaryDirectory()
        let inputs = try directory.makeDirectory("inputs")
        try directory.write("inputs/b.jsonl", Sample.lines(count: 3))
        try directory.write("inputs/a.json.gz", gzip(Sample.lines(count: 2)))
        try directory.write("inputs/readme.txt", "no traces")
        _ = try directory.makeDirectory("inputs/c.json")
        let files = try TraceFiles.expand([inputs, Sample.traces])
        #expect(files == [inputs + "/a.json.gz", inputs + "/b.jsonl", Sample.traces])
        let report = try await build(files, output: directory.file("a.h5"))
        #expect(report.counts.rows == 21)
        #expect(report.counts.keptPrompts == 21)
        let content = try DatasetContent(reading: directory.file("a.h5"))
        #expect(Set(content.numbers["prompt_index"] ?? []) == Set(0..<21))
    }

    @Test func everyFilterCounts() async throws {
        let directory = try TemporaryDirectory()
        let long = String(repeating: "word ", count: 2000)
        try directory.write(
            "a.jsonl",
            """
            {"problem": "1", "generations": ["a", "b", "c"], "correctness_math_verify": [true, false, null], "correctness_llama": [false, true, null], "is_reasoning_complete": [true, true, true]}
            {"problem": "2", "generations": ["a", "b", "", "d"], "correctness_math_verify": [true, true, true, true], "is_reasoning_complete": [false, null, true, true]}
            {"problem": "\(long)", "generations": ["a", "b"]}
            {"problem": "4", "generations": []}
            {"problem": "5", "generations": ["a", "b", "c"], "correctness_math_verify": [true, true, true], "is_reasoning_complete": [true, true, true]}
            {"problem": "6", "generations": ["<think>\(long)</think>"], "correctness_llama": [true], "is_reasoning_complete": [true]}

            """)
        var settings = DatasetSettings()
        settings.requiresCorrect = true
        settings.requiresComplete = true
        settings.tracesPerPrompt = 2
        settings.maximumExpert = 100
        let report = try await build([directory.file("a.jsonl")], output: directory.file("a.h5"), settings: settings)
        var expected = DatasetCounts()
        expected.rows = 6
        expected.rowsWithoutTraces = 1
        expected.traces = 13
        expected.kept = 5
        expected.keptPrompts = 4
        expected.truncated = 1
        expected.dropped = [
            .promptTooLong: 2, .incorrect: 1, .correctnessUnknown: 1, .incomplete: 1, .completenessUnknown: 1,
            .empty: 1, .overTracesPerPrompt: 1,
        ]
        expected.droppedRows = [.promptTooLong: 1]
        #expect(report.counts == expected)
        #expect(report.counts.traces == report.counts.kept + report.counts.dropped.values.reduce(0, +))
        let dataset = try PrefixDataset(directory.file("a.h5"), isStrict: true)
        #expect(dataset.counts == expected.json)
        let last = try dataset.row(4)
        #expect(last.promptIndex == 5 && last.tokens.count == last.promptLength + 101)
        try dataset.verify(against: Tokenizer(contentsOf: Sample.tokenizerFile))
    }

    @Test func charactersThatHDF5CannotHoldAreReplaced() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "a.jsonl", #"{"problem": "a\u0000b", "generations": ["x\u0000y"], "uuid": "\u0000", "answer": "é\u0301"}"#)
        try await build([directory.file("a.jsonl")], output: directory.file("a.h5"))
        let content = try DatasetContent(reading: directory.file("a.h5"))
        #expect(content.strings["problems"] == ["a\u{FFFD}b"])
        #expect(content.strings["ids"] == ["\u{FFFD}"])
        let tokenizer = try Tokenizer(contentsOf: Sample.tokenizerFile)
        #expect(try tokenizer.decode(content.numbers["tokens"] ?? []).contains("x\0y"))
    }

    /// A row may need an unknown token that the vocabulary lacks: then that row is bad, all of it, and no other.
    @Test func rowsThatCannotBeEncodedAreBad() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "tokenizer.json",
            #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "$": 2}, "merges": [], "unk_token": "?"}}"#)
        try directory.write(
            "a.jsonl",
            """
            {"prompt": "a", "completion": "b"}
            {"prompt": "a", "extra_info": {"answer_list": ["b", "c"]}, "completion": "xyz"}
            {"prompt": "b", "completion": "ab"}

            """)
        var settings = DatasetSettings()
        settings.template = .plain
        settings.endOfSequence = "$"
        let tokenizer = directory.file("tokenizer.json")
        let path = directory.file("a.jsonl")
        do {
            try await build([path], output: directory.file("a.h5"), settings: settings, tokenizer: tokenizer)
            Issue.record("the second row was encoded")
        } catch let error as DatasetError {
            guard case .badRow(path, 2, 35, let reason) = error else { throw error }
            #expect(reason.hasPrefix("cannot be encoded: "))
        }
        settings.toleratedBadRows = 1
        let report = try await build(
            [path], output: directory.file("a.h5"), settings: settings, tokenizer: tokenizer)
        #expect(report.counts.rows == 3 && report.counts.badRows == 1 && report.counts.traces == 2)
        let content = try DatasetContent(reading: directory.file("a.h5"))
        #expect(content.numbers["tokens"] == [0, 1, 2, 1, 0, 1, 2])
        #expect(content.numbers["prompt_index"] == [0, 2])
    }

    /// Traces of a row before the one that cannot be encoded go with it.
    @Test func noTraceOfABadRowIsKept() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "tokenizer.json",
            #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "$": 2}, "merges": [], "unk_token": "?"}}"#)
        try directory.write(
            "a.jsonl",
            """
            {"problem": "a", "generations": ["a", "b", "c", "a"]}
            {"problem": "b", "generations": ["b"]}

            """)
        var settings = DatasetSettings()
        settings.template = .plain
        settings.endOfSequence = "$"
        settings.toleratedBadRows = 1
        let report = try await build(
            [directory.file("a.jsonl")], output: directory.file("a.h5"), settings: settings,
            tokenizer: directory.file("tokenizer.json"))
        #expect(report.counts.traces == 1 && report.counts.kept == 1 && report.counts.badRows == 1)
        let content = try DatasetContent(reading: directory.file("a.h5"))
        #expect(content.numbers["tokens"] == [1, 1, 2])
        #expect(content.numbers["prefix_ends"]?.count == 4)
        #expect(content.strings["problems"] == ["b"])
    }

    @Test func aCancelledBuildLeavesNothing() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("many.jsonl", Sample.lines(count: 3000))
        let task = Task {
            try await build([directory.file("many.jsonl")], output: directory.file("a.h5"))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try directory.names() == ["many.jsonl"])
    }
}

struct FileReadFailure: Error {}

import JSON
import PrefixDatasets
import TestFixtures
import Testing
import Tokenization

@Suite struct ExportingTests {
    private func export(
        _ paths: [String], _ output: String, _ layout: ExportLayout, _ format: ExportFileFormat = .jsonl,
        threads: Int = 2, change: (inout ExportSettings) -> Void = { _ in }
    ) async throws -> DatasetExporter.Report {
        var settings = ExportSettings()
        settings.layout = layout
        settings.format = format
        change(&settings)
        let exporter = try DatasetExporter(
            settings: settings, tokenizer: try Tokenizer(contentsOf: Sample.tokenizerFile), threads: threads)
        return try await exporter.export(paths, to: output, overwrite: true)
    }

    private func lines(_ path: String) throws -> [JSONNode] {
        try readBytes(path).split(separator: UInt8(ascii: "\n")).map {
            JSONNode(try JSONDocument.parsing(Array($0)).root)
        }
    }

    private func ints(_ values: some Sequence<Int32>) -> JSONNode { .array(values.map { .int(Int64($0)) }) }

    private func text(_ node: JSONNode?) -> String? {
        if case .string(let text)? = node { text } else { nil }
    }

    @Test func idsAreTheDataset() async throws {
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        let report = try await export([directory.file("a.h5")], directory.file("a.jsonl"), .ids) {
            $0.addsLabels = true
        }
        #expect(report.rowsWritten == 35 && report.rowsRead == 35 && report.inexactPrompts == 0)
        #expect(report.bytes == (try readBytes(directory.file("a.jsonl"))).count)
        let dataset = try PrefixDataset(directory.file("a.h5"))
        let lines = try lines(directory.file("a.jsonl"))
        #expect(lines.count == 35 && report.tokens == dataset.tokenCount)
        for (index, line) in lines.enumerated() {
            let row = try dataset.row(index)
            #expect(line["input_ids"] == ints(row.tokens))
            #expect(line["prompt_length"] == .int(Int64(row.promptLength)))
            #expect(line["prefix_ends"] == .array(row.prefixEnds.map { .int(Int64($0)) }))
            let masked = [Int32](repeating: -100, count: row.promptLength) + row.tokens.dropFirst(row.promptLength)
            #expect(line["labels"] == ints(masked))
            #expect(line["prompt_index"] == .int(Int64(row.promptIndex)))
            #expect(line["trace_index"] == .int(Int64(row.traceIndex)))
            #expect(line["id"] == .string(row.id) && line["answer"] == .string(row.answer))
        }
    }

    /// By the sample's own words, not by what the dataset makes of them.
    @Test func verlHasARowForEachPrompt() async throws {
        let directory = try TemporaryDirectory()
        var settings = DatasetSettings()
        settings.system = "Be brief."
        settings.promptSuffix = "\nThink."
        settings.expertPart = .full
        try await build([Sample.traces], output: directory.file("a.h5"), settings: settings)
        let report = try await export([directory.file("a.h5")], directory.file("a.jsonl"), .verl) {
            $0.ability = "code"
            $0.split = "test"
            $0.dataSource = "math_dapo"
        }
        #expect(report.rowsWritten == 16 && report.rowsRead == 35 && report.inexactPrompts == 0)
        let samples = try Sample.rows().map { JSONNode(try JSONDocument.parsing($0).root) }
        let lines = try lines(directory.file("a.jsonl"))
        #expect(lines.count == samples.count)
        for (index, (line, sample)) in zip(lines, samples).enumerated() {
            let problem = try #require(text(sample["problem"]))
            #expect(
                line["prompt"] == [
                    ["role": "system", "content": "Be brief."],
                    ["role": "user", "content": .string(problem + "\nThink.")],
                ])
            guard case .array(let generations)? = sample["generations"] else { throw DatasetError.emptyFile(path: "") }
            #expect(line["extra_info"]?["answer_list"] == .array(generations))
            #expect(line["target"] == [["role": "assistant", "content": generations[0]]])
            #expect(line["reward_model"] == ["ground_truth": sample["answer"] ?? nil, "style": "rule"])
            #expect(line["ability"] == "code" && line["data_source"] == "math_dapo")
            #expect(line["extra_info"]?["index"] == .int(Int64(index)) && line["extra_info"]?["split"] == "test")
            #expect(line["extra_info"]?["prefix_ratios"] == [0.0, 0.2, 0.5, 1.0])
            guard case .array(let targets)? = line["target_ids"], case .array(let ends)? = line["prefix_ends"] else {
                throw DatasetError.emptyFile(path: "")
            }
            #expect(targets.count == generations.count && ends.count == generations.count)
        }
    }

    @Test(arguments: [ExportLayout.trlSFT, .trlPromptCompletion, .trlPromptOnly], ConversationFormat.allCases)
    func layoutsOfTRL(_ layout: ExportLayout, _ conversations: ConversationFormat) async throws {
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        _ = try await export([directory.file("a.h5")], directory.file("a.jsonl"), layout) {
            $0.conversations = conversations
        }
        let dataset = try PrefixDataset(directory.file("a.h5"))
        let tokenizer = try Tokenizer(contentsOf: Sample.tokenizerFile)
        var lines = try lines(directory.file("a.jsonl"))[...]
        var lastPrompt = -1
        for index in 0..<dataset.rowCount {
            let row = try dataset.row(index)
            if layout == .trlPromptOnly, row.promptIndex == lastPrompt { continue }
            lastPrompt = row.promptIndex
            let line = try #require(lines.first)
            lines = lines.dropFirst()
            let prompt = try tokenizer.decode(row.tokens.prefix(row.promptLength))
            let problem = prompt.dropFirst("<|im_start|>user\n".count).dropLast(
                "<|im_end|>\n<|im_start|>assistant\n".count)
            let expert = try tokenizer.decode(row.tokens.dropFirst(row.promptLength).dropLast())
            let user: JSONNode = ["role": "user", "content": .string(String(problem))]
            let assistant: JSONNode = ["role": "assistant", "content": .string(expert)]
            switch (layout, conversations) {
            case (.trlSFT, .standard): #expect(line["text"] == .string(prompt + expert))
            case (.trlSFT, .conversational): #expect(line["messages"] == [user, assistant])
            case (_, .standard): #expect(line["prompt"] == .string(prompt))
            case (_, .conversational): #expect(line["prompt"] == [user])
            }
            let completion: JSONNode = conversations == .standard ? .string(expert) : [assistant]
            #expect(line["completion"] == (layout == .trlPromptCompletion ? .some(completion) : .none))
            #expect(line["answer"] == .string(row.answer) && line["id"] == .string(row.id))
        }
        #expect(lines.isEmpty)
    }

    @Test(arguments: ExportFileFormat.allCases, [ExportLayout.ids, .verl])
    func threadsMakeNoDifference(_ format: ExportFileFormat, _ layout: ExportLayout) async throws {
        let directory = try TemporaryDirectory()
        try directory.write("many.jsonl", Sample.lines(count: 1200))
        let path = directory.file("a.h5")
        try await build([directory.file("many.jsonl")], output: path)
        var first: [UInt8]?
        for threads in [1, 2, 7] {
            _ = try await export([path], directory.file("out"), layout, format, threads: threads) {
                $0.rowGroupBytes = 1 << 20
            }
            let bytes = try readBytes(directory.file("out"))
            let isSame = bytes == first ?? bytes
            #expect(isSame, "\(threads) threads")
            first = bytes
        }
    }

    /// Files that are parts of one dataset export as the whole does: each counts its prompts from 0.
    @Test(arguments: ExportLayout.allCases, [1, 7, 15])
    func partsAreTheWhole(_ layout: ExportLayout, _ prompts: Int32) async throws {
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        let content = try DatasetContent(reading: directory.file("a.h5"))
        let cut = try #require(content.numbers["prompt_index"]?.firstIndex(of: prompts))
        var first = content.rows(0..<cut)
        first.replace("\"rows\":16", with: "\"rows\":\(prompts)", in: "counts")
        try first.write(directory.file("1.h5"))
        var second = content.rows(cut..<35)
        second.numbers["prompt_index"] = second.numbers["prompt_index"]?.map { $0 - prompts }
        try second.write(directory.file("2.h5"))
        _ = try await export([directory.file("a.h5")], directory.file("whole"), layout)
        _ = try await export([directory.file("1.h5"), directory.file("2.h5")], directory.file("parts"), layout)
        #expect(try readBytes(directory.file("whole")) == readBytes(directory.file("parts")))
    }

    /// The last prompt of one file and the first of the next may have the same number.
    @Test func promptsOfDifferentFilesStayApart() async throws {
        let directory = try TemporaryDirectory()
        let rows = try Sample.rows()
        for (index, name) in ["1", "2"].enumerated() {
            try directory.write("\(name).jsonl", rows[index])
            try await build([directory.file("\(name).jsonl")], output: directory.file("\(name).h5"))
        }
        let report = try await export([directory.file("1.h5"), directory.file("2.h5")], directory.file("out"), .verl)
        #expect(report.rowsWritten == 2)
    }

    @Test func whatCannotBeExported() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        let other = directory.file("b.h5")
        try await build([Sample.traces], output: path)
        var content = try DatasetContent(reading: path)
        content.texts["tokenizer_sha256"] = String(repeating: "0", count: 64)
        try content.write(other)
        let output = directory.file("out")
        await #expect(throws: ExportError.tokenizersDiffer(path: other, first: path)) {
            try await export([path, other], output, .ids)
        }
        var settings = DatasetSettings()
        settings.prefixRatios = [0, 1]
        try await build([Sample.traces], output: directory.file("c.h5"), settings: settings)
        await #expect(throws: ExportError.ratiosDiffer(path: directory.file("c.h5"), first: path)) {
            try await export([path, directory.file("c.h5")], output, .ids)
        }
        await #expect(throws: DatasetError.outputIsInput(path: path)) { try await export([path], path, .ids) }
        #expect(throws: ExportError.noTokenizer(layout: "verl")) {
            var settings = ExportSettings()
            settings.layout = .verl
            _ = try DatasetExporter(settings: settings, tokenizer: nil, threads: 1)
        }
        content.numbers["tokens"]?[Int(content.offsets[20]) + 1] = 99_999
        try content.write(other)
        do {
            _ = try await export([other], output, .verl)
            Issue.record("an unknown id was decoded")
        } catch ExportError.undecodable(let path, let row, _) {
            #expect(path == other && row == 20)
        }
        content.ratios[1] = .nan
        try content.write(other)
        await #expect(throws: DatasetError.self) { try await export([other], output, .ids) }
        #expect(try directory.names() == ["a.h5", "b.h5", "c.h5"])
    }

    @Test func cancellingLeavesNothing() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        try await build([Sample.traces], output: path)
        let output = directory.file("out")
        let work = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await export([path], output, .verl, .parquet)
        }
        await #expect(throws: CancellationError.self) { try await work.value }
        #expect(try directory.names() == ["a.h5"])
    }
}

extension DatasetContent {
    /// The content with some of the rows alone.
    fileprivate func rows(_ rows: Range<Int>) -> DatasetContent {
        var part = self
        for name in Self.columns { part.numbers[name] = numbers[name].map { Array($0[rows]) } }
        for name in Self.stringColumns { part.strings[name] = strings[name].map { Array($0[rows]) } }
        part.numbers["prefix_ends"] = numbers["prefix_ends"].map {
            Array($0[rows.lowerBound * ratios.count..<rows.upperBound * ratios.count])
        }
        let start = offsets[rows.lowerBound]
        part.numbers["tokens"] = numbers["tokens"].map { Array($0[Int(start)..<Int(offsets[rows.upperBound])]) }
        part.offsets = offsets[rows.lowerBound...rows.upperBound].map { $0 - start }
        return part
    }
}

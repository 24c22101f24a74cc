import Files
import JSON
import Parquet
import TestFixtures
import Testing

@testable import PrefixDatasets

@Suite struct ParquetTraceTests {
    private static let fields: [ParquetField] = [
        ParquetField("problem", .string), ParquetField("answer", .string), ParquetField("uuid", .string),
        ParquetField("source", .string),
        ParquetField("generations", .list(of: .string)),
        ParquetField("correctness_math_verify", .list(of: .bool)),
        ParquetField("correctness_llama", .list(of: .bool)),
        ParquetField(
            "messages",
            .list(of: .structure([ParquetField("role", .string), ParquetField("content", .string)]))),
        ParquetField("unused", .string),
    ]

    /// The rows of the sample, some with nulls, as Parquet and as JSON lines.
    private func write(_ directory: TemporaryDirectory, rowGroupBytes: Int) throws -> (parquet: String, lines: String) {
        var lines: [UInt8] = []
        var writer = try ParquetWriter(
            try OutputFile(destination: directory.file("a.parquet"), overwrite: true), fields: Self.fields,
            rowGroupBytes: rowGroupBytes)
        for (number, line) in try Sample.rows().enumerated() {
            let node = JSONNode(try JSONDocument.parsing(line).root)
            guard case .string(let problem)? = node["problem"], case .array(let outputs)? = node["generations"],
                case .string(let uuid)? = node["uuid"], case .string(let answer)? = node["answer"]
            else { throw FileReadFailure() }
            let texts: [String] = outputs.compactMap { if case .string(let text) = $0 { text } else { nil } }
            let flags: [Bool?] = texts.indices.map { [true, false, nil][($0 + number) % 3] }
            let hasSystem = number % 4 == 1
            try writer.append([
                .string(problem), number % 5 == 0 ? .null : .string(answer), .string(uuid), .string("café"),
                .list(texts.map { .string($0) }),
                number % 3 == 0 ? .null : .list(flags.map { $0.map { .bool($0) } ?? .null }),
                .null,
                hasSystem ? .list([.structure([.string("system"), .string("Be brief.")])]) : .list([]),
                .string("never read"),
            ])
            let row: JSONNode = .object([
                ("problem", .string(problem)), ("answer", number % 5 == 0 ? .null : .string(answer)),
                ("uuid", .string(uuid)), ("source", "café"), ("generations", .array(texts.map { .string($0) })),
                (
                    "correctness_math_verify",
                    number % 3 == 0 ? .null : .array(flags.map { $0.map { .bool($0) } ?? .null })
                ),
                ("correctness_llama", .null),
                ("messages", hasSystem ? [["role": "system", "content": "Be brief."]] : []),
            ])
            try JSONWriter().write(row, to: &lines)
            lines.append(0x0A)
        }
        try writer.finish()
        return (directory.file("a.parquet"), try directory.write("a.jsonl", lines))
    }

    @Test(arguments: [1, 4000, 1 << 20])
    func rowsAreThoseOfJSONLines(rowGroupBytes: Int) async throws {
        let directory = try TemporaryDirectory()
        let files = try write(directory, rowGroupBytes: rowGroupBytes)
        var settings = DatasetSettings()
        settings.requiresCorrect = true
        for (name, change) in [
            ("plain", { _ in }),
            ("near", { (settings: inout DatasetSettings) in settings.deduplication = .near(threshold: 0.8) }),
            ("limit", { (settings: inout DatasetSettings) in settings.limit = 7 }),
        ] as [(String, (inout DatasetSettings) -> Void)] {
            change(&settings)
            try await build([files.parquet], output: directory.file("\(name)-p.h5"), settings: settings)
            try await build([files.lines], output: directory.file("\(name)-l.h5"), settings: settings)
            let parquet = try DatasetContent(reading: directory.file("\(name)-p.h5"))
            let lines = try DatasetContent(reading: directory.file("\(name)-l.h5"))
            #expect(parquet.withoutProvenance == lines.withoutProvenance, "\(name)")
        }
        let dataset = try PrefixDataset(directory.file("plain-p.h5"))
        guard case .array(let inputs)? = dataset.provenance["inputs"] else { throw FileReadFailure() }
        #expect(inputs[0]["sha256"] == .string(try SHA256.digest(ofFileAt: files.parquet)))
    }

    /// verl's and TRL's shapes, of which the columns of the problem alone show no shape.
    @Test(arguments: ["completion", "target"])
    func rowsOfAllShapesAreSurveyed(traces: String) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.parquet")
        var writer = try ParquetWriter(
            try OutputFile(destination: path, overwrite: true),
            fields: [ParquetField("prompt", .string), ParquetField(traces, .string)])
        for problem in ["one and one", "two and two", "one and one", "three and three", "four and four"] {
            try writer.append([.string(problem), .string("a trace")])
        }
        try writer.finish()
        var settings = DatasetSettings()
        settings.deduplication = .exact
        settings.limit = 3
        settings.benchmarks = [try directory.write("benchmark.txt", "two and two\n")]
        try await build([path], output: directory.file("a.h5"), settings: settings)
        let content = try DatasetContent(reading: directory.file("a.h5"))
        #expect(content.numbers["prompt_index"] == [0, 3, 4])
    }

    /// A duplicate in one row group of a row in another is named by its number in the file, whatever the shards.
    @Test func duplicatesAreNamedByTheirNumber() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.parquet")
        var writer = try ParquetWriter(
            try OutputFile(destination: path, overwrite: true),
            fields: [ParquetField("problem", .string), ParquetField("generations", .string)], rowGroupBytes: 1)
        for problem in ["one", "two", "three", "two"] { try writer.append([.string(problem), .string("a trace")]) }
        try writer.finish()
        var settings = DatasetSettings()
        settings.deduplication = .exact
        settings.keepsDropped = true
        var shards = ShardSettings(size: 1)
        shards.droppedName = "dropped"
        _ = try await SampleBuilder.builder(settings).buildShards(
            [path], directory: directory.file("out"), settings: shards)
        let line = JSONNode(try JSONDocument.parsing(try directory.read("out/dropped-00003-of-00004.jsonl")).root)
        #expect(line["detail"] == .string("of row 2 of \(path)") && line["row"] == 4)
    }

    /// Two rows and then an empty row group, as pyarrow writes a table without rows: it lies nowhere in the file.
    @Test func emptyRowGroupsAreCutToo() throws {
        let hexadecimal = """
            504152311500151c151c2c15041500150615061c00000002000000040107000000080000001502192c35001806736368
            656d6115020015022502180161001604192c191c26001c1502192506001918016115001604164216422608491c150015
            001502003c290619260004000000164216042608164200191c26001c1502191506191801611500160016001600260049
            0c00001600160026001600002820706172717565742d6370702d6172726f772076657273696f6e2032362e302e31191c
            1c0000009f00000050415231
            """
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.parquet", bytes)
        try directory.write("b.jsonl", "{}\n")
        #expect(try ShardPlan([path], size: 1 << 30).parts.map(\.extent) == [.whole])
        let plan = try ShardPlan([path, directory.file("b.jsonl")], size: 1)
        #expect(plan.parts.map(\.knownRowsBefore) == [0, 2, 0])
        #expect(plan.parts[1].extent == .rowGroups(1..<2, bytes: 0..<0))
    }

    @Test func shardsAreCutBetweenRowGroups() async throws {
        let directory = try TemporaryDirectory()
        let file = try write(directory, rowGroupBytes: 4000).parquet
        let groups = try ParquetFile(path: file).rowGroups
        try #require(groups.count > 3)
        let plan = try ShardPlan([file, file], size: groups[0].uncompressedBytes + 1)
        var covered: [Int] = []
        for part in plan.parts {
            switch part.extent {
            case .rowGroups(let range, let bytes):
                covered += Array(range)
                #expect(bytes.lowerBound == groups[range.lowerBound].byteRange.lowerBound)
                #expect(bytes.upperBound == groups[range.upperBound - 1].byteRange.upperBound)
            case .whole: covered += Array(groups.indices)
            case .bytes: Issue.record("a Parquet file was cut by bytes")
            }
        }
        #expect(covered == Array(groups.indices) + Array(groups.indices))

        let tokenizer = try SampleBuilder.builder()
        let path = directory.file("out")
        _ = try await tokenizer.buildShards(
            [file], directory: path, settings: ShardSettings(size: groups[0].uncompressedBytes + 1))
        _ = try await tokenizer.build([file], output: directory.file("whole.h5"), overwrite: false)
        let shards = try DatasetFiles(path).files
        #expect(shards.count > 1)
        let whole = try DatasetContent(reading: directory.file("whole.h5"))
        let tokens = try shards.flatMap { try DatasetContent(reading: $0).numbers["tokens"] ?? [] }
        #expect(tokens == whole.numbers["tokens"])
        // A part's digest is that of the bytes that it names.
        let dataset = try PrefixDataset(shards[1])
        guard case .array(let inputs)? = dataset.provenance["inputs"], case .array(let range)? = inputs[0]["range"],
            case .int(let lower) = range[0], case .int(let upper) = range[1]
        else { throw FileReadFailure() }
        let digest = try SHA256.digest(of: Array(try readBytes(file)[Int(lower)..<Int(upper)]))
        #expect(inputs[0]["sha256"] == .string(digest))
    }

    @Test func badRowsAreNamedByTheirNumber() async throws {
        let directory = try TemporaryDirectory()
        var writer = try ParquetWriter(
            try OutputFile(destination: directory.file("a.parquet"), overwrite: true),
            fields: [ParquetField("prompt", .string), ParquetField("completion", .string)], rowGroupBytes: 1)
        for completion in ["a", "b", nil, "d"] {
            try writer.append([.string("p"), completion.map { .string($0) } ?? .null])
        }
        try writer.finish()
        let path = directory.file("a.parquet")
        await #expect(
            throws: DatasetError.badRow(
                path: path, row: 3, byte: nil,
                reason: "has no column 'completion'; map another one to it with --columns completion=NAME")
        ) {
            try await build([path], output: directory.file("a.h5"))
        }
        var settings = ShardSettings(size: 1)
        settings.rank = 0
        await #expect(
            throws: DatasetError.badRow(
                path: path, row: 3, byte: nil,
                reason:
                    "has no columns of a known shape (problem and generations; prompt and target; prompt and completion; "
                    + "messages) but: prompt, completion; map them with --columns problem=NAME,generations=NAME")
        ) {
            _ = try await SampleBuilder.builder().buildShards(
                [path], directory: directory.file("out"), settings: settings)
        }
    }
}

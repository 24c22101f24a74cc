import Files
import JSON
import Schemas
import TestFixtures
import Testing

@testable import PrefixDatasets

@Suite struct ShardTests {
    private func shards(_ size: Int, rank: Int = 0, of worldSize: Int = 1, resumes: Bool = false) -> ShardSettings {
        var settings = ShardSettings(size: size)
        settings.rank = rank
        settings.worldSize = worldSize
        settings.resumes = resumes
        return settings
    }

    /// Every file in a directory and the one below it, by name.
    private func content(_ path: String) throws -> [String: [UInt8]] {
        var content: [String: [UInt8]] = [:]
        for name in try FileSystem.contents(ofDirectory: path) {
            if FileSystem.isDirectory("\(path)/\(name)") {
                for (inner, bytes) in try self.content("\(path)/\(name)") { content["\(name)/\(inner)"] = bytes }
            } else {
                content[name] = try readBytes("\(path)/\(name)")
            }
        }
        return content
    }

    /// All rows with their tokens and strings, shard after shard.
    private func rows(_ path: String) throws -> [[String]] {
        try DatasetFiles(path).files.flatMap { file in
            let dataset = try PrefixDataset(file)
            return try (0..<dataset.rowCount).map { index in
                let row = try dataset.row(index)
                return [row.id, row.answer, "\(row.tokens)", "\(row.prefixEnds)", "\(row.traceIndex)"]
            }
        }
    }

    @Test func anyNumberOfProcessesMakesTheSameBytes() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a.jsonl", Sample.lines(count: 40))
        try directory.write("b.json.gz", gzip(Sample.lines(count: 5)))
        try directory.write("c.jsonl", Sample.lines(count: 30))
        let files = ["a.jsonl", "b.json.gz", "c.jsonl"].map(directory.file)
        let alone = directory.file("alone")
        let report = try await SampleBuilder.builder().buildShards(files, directory: alone, settings: shards(20_000))
        #expect(report.shards > 2 && report.written == report.shards && report.index?.shards.count == report.shards)
        for worldSize in [2, 3, 7] {
            let together = directory.file("by\(worldSize)")
            for rank in (0..<worldSize).reversed() {
                let report = try await SampleBuilder.builder().buildShards(
                    files, directory: together, settings: shards(20_000, rank: rank, of: worldSize))
                #expect(report.index == nil)
            }
            try ShardMerge(directory: together).run()
            let isSame = try content(together) == content(alone)
            #expect(isSame, "\(worldSize) processes")
        }
        // What the shards hold is what one file holds.
        _ = try await SampleBuilder.builder().build(files, output: directory.file("whole.h5"), overwrite: false)
        #expect(try rows(alone) == rows(directory.file("whole.h5")))
        let index = try DatasetIndex(ofDirectory: alone)
        let whole = try PrefixDataset(directory.file("whole.h5"))
        #expect(index.rowCount == whole.rowCount && index.tokenCount == whole.tokenCount)
        #expect(index.counts == whole.counts)
        let contract = JSONNode(try JSONDocument.parsing(Schemas.json(named: "prefix-dataset-index") ?? []).root)
        // The version is the house's own key, which the validator does not know.
        guard case .object(let members) = contract else { throw FileReadFailure() }
        let schema = try JSONSchema(.object(members.filter { $0.key != "version" }))
        #expect(
            schema.violations(in: JSONNode(try JSONDocument.parsing(readBytes(alone + "/index.json")).root)).isEmpty)
        #expect(try DatasetVerification(DatasetFiles(alone)).run().rows == whole.rowCount)
    }

    /// What a run replaces by name could be what it reads.
    @Test func inputsBesideTheShardsAreRefused() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("dropped-00000-of-00001.jsonl", Sample.lines(count: 3))
        var settings = shards(1 << 20)
        settings.overwrite = true
        settings.droppedName = "dropped"
        let before = try directory.names()
        await #expect(throws: DatasetError.inputInOutput(path: path, directory: directory.path + "/")) {
            _ = try await SampleBuilder.builder().buildShards(
                [path], directory: directory.path + "/", settings: settings)
        }
        #expect(try directory.names() == before)
    }

    /// What completions claim is not added up blindly, and one that is none means a shard that is not finished.
    @Test func completionsThatAreNotSound() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.jsonl", Sample.lines(count: 20))
        let out = directory.file("out")
        let report = try await SampleBuilder.builder().buildShards([path], directory: out, settings: shards(5000))
        try #require(report.shards > 2)
        for shard in 0..<2 {
            let name = "out/completions/0000\(shard).json"
            let text = String(decoding: try directory.read(name), as: UTF8.self)
            try directory.write(name, text.replacing(/"rows": [0-9]+,/, with: "\"rows\": \(Int64.max),"))
        }
        #expect(throws: DatasetError.self) { try ShardMerge(directory: out).run() }
        for (shard, text) in ["", "{\"format\": 1}"].enumerated() {
            try directory.write("out/completions/0000\(shard).json", text)
        }
        #expect(
            throws: DatasetError.shardsMissing(
                directory: out, count: 2, of: report.shards,
                first: ShardDirectory(path: out, shardCount: report.shards, droppedName: nil).shardName(0))
        ) { try ShardMerge(directory: out).run() }
        let again = try await SampleBuilder.builder().buildShards(
            [path], directory: out, settings: shards(5000, resumes: true))
        #expect(again.written == 2 && again.index == report.index)
    }

    /// A merge tidies up what was left of its own files, and nothing else.
    @Test func mergesLeaveTheFilesOfOthers() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.jsonl", Sample.lines(count: 4))
        let out = directory.file("out")
        _ = try await SampleBuilder.builder().buildShards([path], directory: out, settings: shards(1 << 20))
        for name in ["export.parquet", "index.json", "data-00000-of-00001.h5"] {
            try directory.write("out/.\(name).kedge-1.tmp", "x")
        }
        try ShardMerge(directory: out).run()
        #expect(try directory.contents("out").filter { $0.hasPrefix(".") } == [".export.parquet.kedge-1.tmp"])
    }

    /// Another benchmark under the same name makes another dataset.
    @Test func benchmarksAreTheirContent() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.jsonl", Sample.lines(count: 10))
        var settings = DatasetSettings()
        settings.benchmarks = [try directory.write("benchmark.txt", "one thing\n")]
        let out = directory.file("out")
        _ = try await SampleBuilder.builder(settings).buildShards(
            [path], directory: out, settings: shards(5000, rank: 0, of: 2))
        try directory.write("benchmark.txt", "two thing\n")
        await #expect(throws: DatasetError.otherPlan(directory: out, canReplace: false)) {
            _ = try await SampleBuilder.builder(settings).buildShards(
                [path], directory: out, settings: shards(5000, rank: 1, of: 2))
        }
    }

    /// Shards that were put under an index by hand.
    @Test func shardsOfOtherSettingsAreFound() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.jsonl", Sample.lines(count: 4))
        let out = directory.file("out")
        _ = try await SampleBuilder.builder().buildShards([path], directory: out, settings: shards(1 << 20))
        let text = String(decoding: try readBytes(out + "/index.json"), as: UTF8.self)
        let changed = text.replacing("\"snap\": \"paragraph\"", with: "\"snap\": \"none\"")
        try #require(changed != text)
        try directory.write("out/index.json", changed)
        #expect(throws: DatasetError.self) { try DatasetVerification(DatasetFiles(out)).run() }
    }

    @Test func resumingRedoesOnlyWhatIsMissing() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a.jsonl", Sample.lines(count: 60))
        let files = [directory.file("a.jsonl")]
        let path = directory.file("out")
        let first = try await SampleBuilder.builder().buildShards(files, directory: path, settings: shards(15_000))
        let complete = try content(path)
        try #require(first.shards >= 4)
        let names = try DatasetIndex(ofDirectory: path).shards.map(\.name)
        // A shard without completion, a completion without shard, a shard cut short, and what a killed writer leaves.
        try FileSystem.remove(fileAt: "\(path)/completions/00000.json")
        try FileSystem.remove(fileAt: "\(path)/\(names[1])")
        try OutputFile.write(
            Array(try readBytes("\(path)/\(names[2])").dropLast(100)), to: "\(path)/\(names[2])", overwrite: true)
        try OutputFile.write([1, 2, 3], to: "\(path)/.\(names[1]).kedge-77.tmp", overwrite: true)
        try FileSystem.remove(fileAt: "\(path)/index.json")
        #expect(throws: DatasetError.shardsMissing(directory: path, count: 3, of: first.shards, first: names[0])) {
            try ShardMerge(directory: path).run()
        }
        let again = try await SampleBuilder.builder().buildShards(
            files, directory: path, settings: shards(15_000, resumes: true))
        #expect(again.written == 3 && again.kept == first.shards - 3)
        let isSame = try content(path) == complete
        #expect(isSame)
    }

    @Test func otherDatasetsAndShardsAreNotReplaced() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a.jsonl", Sample.lines(count: 20))
        let files = [directory.file("a.jsonl")]
        let path = directory.file("out")
        _ = try await SampleBuilder.builder().buildShards(files, directory: path, settings: shards(15_000))
        let before = try content(path)
        let name = try DatasetIndex(ofDirectory: path).shards[0].name
        await #expect(throws: DatasetError.shardExists(path: "\(path)/\(name)")) {
            _ = try await SampleBuilder.builder().buildShards(files, directory: path, settings: shards(15_000))
        }
        // Another file of the same size under the same name.
        let rows = try readBytes(files[0])
        try directory.write(
            "a.jsonl", rows.reversed().split(separator: 0x0A).reversed().joined(separator: [0x0A]) + [0x0A])
        await #expect(throws: DatasetError.otherPlan(directory: path, canReplace: true)) {
            _ = try await SampleBuilder.builder().buildShards(
                files, directory: path, settings: shards(15_000, resumes: true))
        }
        try directory.write("a.jsonl", rows)
        var other = DatasetSettings()
        other.promptSuffix = "!"
        for resumes in [false, true] {
            await #expect(throws: DatasetError.otherPlan(directory: path, canReplace: true)) {
                _ = try await SampleBuilder.builder(other).buildShards(
                    files, directory: path, settings: shards(15_000, resumes: resumes))
            }
        }
        #expect(try content(path) == before)
        var force = shards(15_000)
        force.overwrite = true
        _ = try await SampleBuilder.builder(other).buildShards(files, directory: path, settings: force)
        #expect(try content(path) != before)
        #expect(try DatasetVerification(DatasetFiles(path)).run().rows > 0)
    }

    @Test func changedShardsAreNoticed() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a.jsonl", Sample.lines(count: 20))
        let path = directory.file("out")
        _ = try await SampleBuilder.builder().buildShards(
            [directory.file("a.jsonl")], directory: path, settings: shards(15_000))
        let shard = "\(path)/\(try DatasetIndex(ofDirectory: path).shards[1].name)"
        var bytes = try readBytes(shard)
        bytes[bytes.count / 2] ^= 1
        try OutputFile.write(bytes, to: shard, overwrite: true)
        #expect(throws: DatasetError.shardChanged(path: shard)) { try ShardMerge(directory: path).run() }
        #expect(throws: DatasetError.shardChanged(path: shard)) {
            _ = try DatasetVerification(DatasetFiles(path)).run()
        }
    }

    @Test func cutsLieBetweenLines() throws {
        let directory = try TemporaryDirectory()
        let lines = ["{\"a\": 1}", "", "{\"b\": \"" + String(repeating: "x", count: 100) + "\"}", "{\"c\": 3}"]
        for ending in ["\n", ""] {
            let text = lines.joined(separator: "\n") + ending
            let path = try directory.write("a.jsonl", text)
            for size in 1...(text.utf8.count + 1) {
                let plan = try ShardPlan([path], size: size)
                var covered = 0
                for part in plan.parts {
                    let range = try part.byteRange()
                    #expect(range.lowerBound == covered)
                    #expect(covered == 0 || Array(text.utf8)[covered - 1] == 0x0A)
                    covered = range.upperBound
                }
                #expect(covered == text.utf8.count)
                #expect(plan.shards.last?.upperBound == plan.parts.count)
            }
        }
    }

    /// Duplicates and the limit are found through all files, whatever the shards.
    @Test func surveysSeeAllParts() async throws {
        let directory = try TemporaryDirectory()
        let copies = try Sample.rows()
        try directory.write("a.jsonl", Sample.lines(copies))
        try directory.write("b.jsonl", Sample.lines(copies.reversed()))
        let files = ["a.jsonl", "b.jsonl"].map(directory.file)
        for deduplication in [Deduplication.exact, .near(threshold: 0.8)] {
            var settings = DatasetSettings()
            settings.deduplication = deduplication
            let path = directory.file("out-\(deduplication.name)")
            let report = try await SampleBuilder.builder(settings).buildShards(
                files, directory: path, settings: shards(5_000))
            #expect(report.shards > 4)
            let reason = deduplication == .exact ? DatasetCounts.Reason.duplicate : .nearDuplicate
            #expect(report.report.counts.droppedRows == [reason: copies.count])
            settings.limit = 10
            let limited = try await SampleBuilder.builder(settings).buildShards(
                files, directory: path + "-10", settings: shards(5_000))
            #expect(limited.report.counts.rows == 10 && limited.shards < report.shards)
        }
    }

    @Test func hostileIndexes() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.makeDirectory("out")
        func index(_ shards: String) -> String {
            """
            {"format": "kedge.prefix-dataset-index", "version": 1, "tokenizer_sha256": "", "counts": {}, "settings": {},
             "shards": [\(shards)]}
            """
        }
        func shard(_ name: String, rows: String = "1") -> String {
            "{\"name\": \"\(name)\", \"bytes\": 1, \"sha256\": \"\", \"rows\": \(rows), \"tokens\": 1}"
        }
        for text in [
            "", "[]", "{}", index("1"), index(shard("../a.h5")), index(shard("/etc/passwd")), index(shard("..")),
            index(shard("")), index(shard("a\\u0000.h5")), index(shard("a.h5", rows: "-1")),
            index([String](repeating: shard("a.h5", rows: "9000000000000000000"), count: 3).joined(separator: ",")),
            index(shard("a.h5")).replacing("\"version\": 1", with: "\"version\": 2"),
        ] {
            try directory.write("out/index.json", text)
            #expect(throws: (any Error).self, "\(text)") { _ = try DatasetFiles(path) }
        }
        try directory.write("out/index.json", index(shard("a.h5")))
        #expect(try DatasetFiles(path).files == [path + "/a.h5"])
    }
}

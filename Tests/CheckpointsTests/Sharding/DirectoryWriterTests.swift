import Checkpoints
import Glibc
import Tensors
import TestFixtures
import Testing

/// Directories of shards: resumed, shared, replaced.
@Suite struct DirectoryWriterTests {
    private let directory: TemporaryDirectory
    private let checkpoint: Checkpoint
    private var conversion = CheckpointConversion()

    init() throws {
        directory = try TemporaryDirectory()
        let path = directory.file("a.safetensors")
        try CheckpointFixture.write(CheckpointFixture.model, to: path)
        checkpoint = try Checkpoint.open(path)
        conversion.shardSize = 1_500
        conversion.settings.type = .float16
    }

    private func run(_ conversion: CheckpointConversion, _ name: String = "out") throws -> ConversionReport {
        try conversion.run(checkpoint, to: directory.file(name), format: .huggingFace)
    }

    private func files(_ name: String) throws -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: try directory.contents(name).map { ($0, try directory.read("\(name)/\($0)")) })
    }

    private func ranks(_ rank: Int, of worldSize: Int, resumes: Bool = false) -> CheckpointConversion {
        var conversion = conversion
        conversion.sharding.rank = rank
        conversion.sharding.worldSize = worldSize
        conversion.sharding.resumes = resumes
        return conversion
    }

    @Test func sharedByProcesses() throws {
        let alone = try run(conversion, "alone")
        #expect(alone.files.count > 3 && alone.isComplete)
        var reports: [ConversionReport] = []
        for rank in 0..<3 {
            #expect(directory.isMissing("out"))
            reports.append(try run(ranks(rank, of: 3)))
        }
        #expect(reports.map(\.isComplete) == [false, false, true])
        #expect(reports.reduce(0) { $0 + $1.writtenCount } == alone.files.count)
        #expect(reports[2].tensorCount == CheckpointFixture.model.count)
        #expect(try files("out") == files("alone"))
        #expect(directory.isMissing("out.kedge-partial"))
        // More processes than shards.
        for rank in 0..<20 { _ = try run(ranks(rank, of: 20), "many") }
        #expect(try files("many") == files("alone"))
    }

    @Test func resumedWithOtherNumbersOfProcesses() throws {
        _ = try run(conversion, "alone")
        _ = try run(ranks(1, of: 3))
        let error = #expect(throws: CheckpointError.self) { _ = try run(ranks(1, of: 3)) }
        #expect(error?.message.contains("--resume") ?? false)
        #expect(throws: CheckpointError.self) { _ = try run(conversion) }
        let report = try run(ranks(0, of: 1, resumes: true))
        #expect(report.keptCount > 0 && report.writtenCount > 0 && report.isComplete)
        #expect(try files("out") == files("alone"))
    }

    @Test func whatIsNotWholeIsMadeAgain() throws {
        _ = try run(conversion, "alone")
        _ = try run(ranks(0, of: 2))
        let names = try directory.contents("out.kedge-partial/files")
        // Too short, in the way a file system may leave it.
        let first = try directory.read("out.kedge-partial/files/\(names[0])")
        try directory.write("out.kedge-partial/files/\(names[0])", first.dropLast())
        // A completion that says nothing, and what a killed process leaves.
        try directory.write("out.kedge-partial/completions/00002.json", "{}")
        try directory.write("out.kedge-partial/files/.\(names[0]).kedge-1.tmp", "x")
        let report = try run(ranks(0, of: 1, resumes: true))
        #expect(report.keptCount == names.count - 2)
        #expect(try files("out") == files("alone"))
    }

    @Test func anotherPlanIsRefused() throws {
        _ = try run(ranks(0, of: 2))
        var other = ranks(1, of: 2, resumes: true)
        other.settings.type = .bfloat16
        let error = #expect(throws: CheckpointError.self) { _ = try run(other) }
        #expect(error?.message.contains("other settings") ?? false)
        other = ranks(0, of: 1, resumes: true)
        other.settings.type = .bfloat16
        other.writing.overwrite = true
        let report = try run(other)
        #expect(report.isComplete && report.keptCount == 0)
        #expect(try Checkpoint.open(directory.file("out")).tensors.allSatisfy { $0.type == .bfloat16 })
    }

    @Test func anOutputThatExists() throws {
        _ = try run(conversion)
        let before = try files("out")
        var other = conversion
        other.shardSize = 3_000
        let error = #expect(throws: CheckpointError.self) { _ = try run(other) }
        #expect(error?.message.contains("--force") ?? false)
        #expect(try files("out") == before)
        try directory.write("out/README.md", "mine")
        other.writing.overwrite = true
        _ = try run(other)
        _ = try run(other, "alone")
        var after = try files("out")
        // What belongs to the weights of before is gone, what does not is kept.
        #expect(after.removeValue(forKey: "README.md") != nil)
        #expect(try after == files("alone") && after.count < before.count)
        other.shardSize = .max
        _ = try run(other)
        #expect(try directory.contents("out") == ["README.md", "model.safetensors"])
        try directory.write("file", "x")
        #expect(throws: CheckpointError.self) { _ = try run(other, "file") }
        #expect(try directory.read("file") == Array("x".utf8))
    }

    @Test func killedWhilePuttingInPlace() throws {
        // What a process that was killed between the last two steps leaves: the mark, and no files.
        _ = try run(conversion, "alone")
        _ = try run(conversion)
        _ = try directory.makeDirectory("out.kedge-partial")
        try directory.write("out.kedge-partial/finishing", "")
        let report = try run(ranks(0, of: 1, resumes: true))
        #expect(report.isComplete && report.keptCount == report.files.count)
        #expect(directory.isMissing("out.kedge-partial"))
        #expect(try files("out") == files("alone"))
    }

    @Test func anotherPlanThatWasBeingPutInPlace() throws {
        _ = try run(ranks(0, of: 2))
        // What a process that was killed at the last step leaves.
        try directory.write("out.kedge-partial/finishing", "")
        var other = ranks(0, of: 1, resumes: true)
        other.settings.type = .bfloat16
        let error = #expect(throws: CheckpointError.self) { _ = try run(other) }
        #expect(error?.code == .conflict && directory.isMissing("out"))
        other.writing.overwrite = true
        #expect(try run(other).keptCount == 0)
        #expect(try Checkpoint.open(directory.file("out")).tensors.allSatisfy { $0.type == .bfloat16 })
    }

    @Test func anInputThatChangedInTheMiddle() throws {
        _ = try run(ranks(0, of: 2))
        // The same size, ends and bytes: only the time tells.
        try directory.write("a.safetensors", try directory.read("a.safetensors"))
        utimes(directory.file("a.safetensors"), [timeval(tv_sec: 1, tv_usec: 0), timeval(tv_sec: 1, tv_usec: 0)])
        let changed = try Checkpoint.open(directory.file("a.safetensors"))
        let error = #expect(throws: CheckpointError.self) {
            _ = try ranks(0, of: 1, resumes: true).run(changed, to: directory.file("out"), format: .huggingFace)
        }
        #expect(error?.code == .conflict)
    }

    @Test func nothingIsLeftOfAFailure() throws {
        // The input becomes shorter after its header was read.
        let bytes = try directory.read("a.safetensors")
        try directory.write("b.safetensors", bytes)
        let input = try Checkpoint.open(directory.file("b.safetensors"))
        try Truncation.truncate(directory.file("b.safetensors"), to: bytes.count / 8)
        for (output, format) in [("c", CheckpointFormat.huggingFace), ("c.safetensors", .safetensors)] {
            #expect(throws: CheckpointError.self) {
                _ = try conversion.run(input, to: directory.file(output), format: format)
            }
            #expect(directory.isMissing(output) && directory.isMissing("c.kedge-partial"))
        }
        #expect(try directory.names() == ["a.safetensors", "b.safetensors"])
    }
}

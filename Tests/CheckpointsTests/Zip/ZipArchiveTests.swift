import Files
import TestFixtures
import Testing

@testable import Checkpoints

@Suite struct ZipArchiveTests {
    private static let content = Array("one two one two one two".utf8)

    private func open(_ builder: ZipBuilder) throws -> ZipArchive {
        let directory = try TemporaryDirectory()
        return try ZipArchive(path: try directory.write("a.zip", builder.bytes()))
    }

    private func code(_ builder: ZipBuilder) -> CheckpointError.Code? {
        do {
            _ = try open(builder)
            return nil
        } catch {
            return (error as? CheckpointError)?.code
        }
    }

    private func item(_ change: (inout ZipBuilder.Item) -> Void) -> ZipBuilder {
        var item = ZipBuilder.Item("a", Self.content)
        change(&item)
        return ZipBuilder([item])
    }

    @Test func readsStoredAndDeflated() throws {
        var deflated = ZipBuilder.Item("d", Self.content)
        deflated.isDeflated = true
        let archive = try open(ZipBuilder([ZipBuilder.Item("../s", Self.content), deflated]))
        #expect(archive.entries.map(\.name) == ["../s", "d"])
        for entry in archive.entries {
            #expect(try archive.content(of: entry, limit: 100) == Self.content)
            #expect(try archive.hasValidCRC(entry))
        }
        #expect(throws: CheckpointError.self) { try archive.content(of: archive.entries[0], limit: 3) }
    }

    @Test func wrongChecksumIsSeen() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.zip", item { $0.crc = 5 }.bytes())
        #expect(try ZipArchive.checkCRC(path: path) == ["a"])
    }

    @Test func namesInTheOldEncoding() throws {
        let archive = try open(
            item {
                $0.name = [0x82, 0x2E]
                $0.flags = 0
            })
        #expect(archive.entries[0].name == "é.")
    }

    @Test func refusesTricksOfEntries() {
        #expect(code(item { _ in }) == nil)
        #expect(code(item { $0.flags |= 1 }) == .unsupported)
        #expect(code(item { $0.method = 12 }) == .unsupported)
        #expect(code(item { $0.size = 5 }) == .malformed)
        #expect(code(item { $0.name = [0x61, 0] }) == .malformed)
        #expect(code(item { $0.name = [0xFF] }) == .malformed)
        #expect(code(item { $0.localName = [0x62] }) == .malformed)
        #expect(code(item { $0.localMethod = 8 }) == .malformed)
        #expect(code(item { $0.localSize = 8 }) == .malformed)
        #expect(code(item { $0.offset = 1 }) == .conflict)
        #expect(code(item { $0.offset = 0xFFFF_FFFF }) == .malformed)
        #expect(code(item { $0.extra = [0x75, 0x70, 1, 0, 1] }) == .malformed)
        #expect(
            code(
                item {
                    $0.isDeflated = true
                    $0.size = 1_000_000
                }) == .malformed)
    }

    @Test func refusesTricksOfTheWhole() {
        let two = ZipBuilder([("a", Self.content), ("a", Self.content)])
        #expect(code(two) == .conflict)
        var overlapping = ZipBuilder([("a", Self.content), ("b", Self.content)])
        overlapping.items[1].offset = 0
        overlapping.items[1].localName = Array("a".utf8)
        #expect(code(overlapping) == .conflict)
        func changed(_ change: (inout ZipBuilder) -> Void) -> CheckpointError.Code? {
            var builder = ZipBuilder([("a", Self.content)])
            change(&builder)
            return code(builder)
        }
        #expect(changed { $0.comment = Array("hello".utf8) } == nil)
        #expect(changed { $0.prefix = [1, 2, 3] } == .conflict)
        #expect(changed { $0.disk = 1 } == .unsupported)
        #expect(changed { $0.count = 2 } == .malformed)
        #expect(changed { $0.count = 0 } == .malformed)
        #expect(changed { $0.count = 60_000 } == .malformed)
        #expect(changed { $0.directoryOffset = 0xFFFF_FFFF } == .malformed)
        #expect(changed { $0.commentSize = 3 } == .malformed)
        let inner = ZipBuilder([("b", Self.content)]).bytes()
        #expect(changed { $0.comment = inner } == .malformed)
    }

    /// A second, longer end record that contradicts the first, or is not where it should be.
    @Test func refusesContradictingEndRecords() throws {
        let plain = ZipBuilder([("a", Self.content)]).bytes()
        let end = plain.count - 22
        let start = try #require(plain.littleEndian(at: end + 16, width: 4))
        let directory = try TemporaryDirectory()
        func opens(count: Int, start: Int, at place: Int) throws -> Bool {
            var bytes = Array(plain[..<end]) + [0x50, 0x4B, 6, 6] + little(44, 8) + little(45, 4) + little(0, 8)
            bytes += little(count, 8) + little(count, 8) + little(end - start, 8) + little(start, 8)
            bytes += [0x50, 0x4B, 6, 7] + little(0, 4) + little(place, 8) + little(1, 4) + plain[end...]
            do {
                _ = try ZipArchive(path: try directory.write("a.zip", bytes))
                return true
            } catch {
                #expect((error as? CheckpointError)?.code == .malformed)
                return false
            }
        }
        #expect(try opens(count: 1, start: start, at: end))
        #expect(try !opens(count: 2, start: start, at: end))
        #expect(try !opens(count: 1, start: start - 1, at: end))
        #expect(try !opens(count: 1, start: start, at: 0))
        #expect(try !opens(count: 1, start: start, at: .max))
    }

    /// 42.zip's way: one stretch of compressed bytes under many names.
    @Test func refusesSharedData() {
        var items = (0..<50).map { ZipBuilder.Item("\($0)", Self.content) }
        for index in 1..<50 { items[index].offset = 0 }
        #expect(code(ZipBuilder(items)) == .conflict)
    }

    @Test func truncatedAnywhereIsRefused() throws {
        let bytes = ZipBuilder([("a", Self.content), ("b", Self.content)]).bytes()
        let directory = try TemporaryDirectory()
        for count in 0..<bytes.count {
            let path = try directory.write("\(count)", bytes[..<count])
            #expect(throws: CheckpointError.self) { try ZipArchive(path: path) }
        }
    }

    /// More members than fit into the short end record.
    @Test func manyMembersAreWrittenAndRead() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("many.zip")
        let members = (0..<70_000).map { ZipMember(name: "\($0)", preamble: [UInt8($0 % 7)]) }
        try ZipSink(path, members: members, tensorCount: 0, options: WritingOptions()).commit()
        let archive = try ZipArchive(path: path)
        #expect(archive.entries.count == 70_000)
        #expect(archive.entries.allSatisfy { $0.data.lowerBound % 64 == 0 && $0.size == 1 })
        #expect(try archive.hasValidCRC(archive.entries[69_999]))
    }

    /// A layout beyond 4 GiB, without the file.
    @Test func longMembersGetLongFields() throws {
        let size = 5 << 30
        let layout = try ZipLayout(
            [
                ZipMember(name: "a", preamble: [], tensor: (0, size)), ZipMember(name: "b", preamble: [1]),
            ], path: "x")
        #expect(layout.headerOffsets[1] > size)
        let header = layout.localHeader(of: 0, crc: 0)
        #expect(header.count == layout.dataOffsets[0])
        #expect(Array(header[31..<35]) == [1, 0, 16, 0])
        #expect(header.littleEndian(at: 35, width: 8) == size)
        let directory = layout.directory([0, 0])
        #expect(layout.directoryOffset + directory.count == layout.fileSize)
        var position = 0
        let first = try ZipDirectoryHeader(directory, at: &position, path: "x", base: 0)
        let second = try ZipDirectoryHeader(directory, at: &position, path: "x", base: 0)
        #expect(first.size == size && first.offset == 0)
        #expect(second.size == 1 && second.offset == layout.headerOffsets[1])
    }
}

import Files
import TestFixtures
import Testing

@testable import Training

@Suite struct EventRecordTests {
    /// The check value of CRC-32C, and two of RFC 3720's examples.
    @Test func checksums() {
        #expect(MaskedChecksum.crc32c(Array("123456789".utf8)) == 0xE306_9283)
        #expect(MaskedChecksum.crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(MaskedChecksum.crc32c([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(MaskedChecksum.masked([] as [UInt8]) == 0xA282_EAD8)
    }

    /// What tensorboard's own writer makes of the same event (scripts/check-event-files.py reads ours with its reader).
    @Test func headerIsTensorBoards() {
        let record = EventRecord.header(time: 1.5)
        #expect(Array(record[0..<8]) == [24, 0, 0, 0, 0, 0, 0, 0])
        #expect(record.count == 8 + 4 + 24 + 4)
        #expect(Array(record[12..<21]) == [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F])
        #expect(Array(record[21..<23]) == [0x1A, 13])
        #expect(String(decoding: record[23..<36], as: UTF8.self) == "brain.Event:2")
    }

    @Test func scalarsAreProtobuf() {
        let record = EventRecord.scalars(step: 300, time: 0, [("a", 0.5)])
        let data = Array(record[12..<(record.count - 4)])
        // wall_time, step as a number of two bytes, the summary, its value, that value's tag and number.
        let expected: [UInt8] =
            [0x09] + [UInt8](repeating: 0, count: 8) + [0x10, 0xAC, 0x02]
            + [0x2A, 10, 0x0A, 8, 0x0A, 1, 0x61, 0x15, 0, 0, 0, 0x3F]
        #expect(data == expected)
        #expect(Array(record[8..<12]) == masked(Array(record[0..<8])))
        #expect(Array(record.suffix(4)) == masked(data))
    }

    private func masked(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: MaskedChecksum.masked(bytes).littleEndian) { Array($0) }
    }

    @Test func eachRunWritesAFileOfItsOwn() throws {
        let directory = try TemporaryDirectory()
        var first = try EventFile(directory: directory.path, after: 0)
        try first.append(step: 1, [("loss", 2), ("kl", .nan)])
        let second = try EventFile(directory: directory.path, after: 1)
        #expect(second.path != first.path)
        #expect(FileSystem.name(of: first.path).hasPrefix("events.out.tfevents."))
        let restart = try FileSystem.readFile(at: second.path, limit: 1 << 20)
        let start = try FileSystem.readFile(at: first.path, limit: 1 << 20)
        #expect(start.prefix(12) == restart.prefix(12))
        #expect(restart.count > 40)
        // step 2, status START
        #expect(restart.dropFirst(40 + 12 + 9).prefix(6) == [0x10, 2, 0x3A, 2, 0x08, 1])
    }
}

import Glibc
import HDF5
import Tensors
import TestFixtures
import Testing

@Suite struct CorruptionTests {
    /// A file with every feature, some kilobytes.
    static func writeSample(_ path: String) throws(HDF5Error) {
        let file = try HDF5File(creating: path, replacing: true)
        try file.setAttribute("schema", to: "sample")
        try file.setAttribute("numbers", to: [1, 2, 3])
        let plain = try file.createDataset("plain", of: .int32, shape: [8, 4])
        try plain.write([Int32](0..<32))
        let chunking = HDF5Chunking(shape: [64], compression: HDF5Compression(level: 4), isExtendable: true)
        let packed = try file.createDataset("group/packed", of: .int64, shape: [0], layout: .chunked(chunking))
        var writer = try ChunkedWriter<Int64>(packed)
        try writer.append([Int64](0..<300))
        try writer.finish()
        // Enough members for the group to be stored through an index.
        for index in 0..<12 { try file.createGroup("groups/\(index)") }
        let strings = try file.createStringDataset(
            "group/strings", shape: [0], layout: .chunked(HDF5Chunking(shape: [8], isExtendable: true)))
        try strings.appendStrings((0..<20).map { "string number \($0)" })
        try strings.setAttribute("scale", to: 0.5)
        try file.close()
    }

    @Test func equalContentGivesEqualBytes() throws {
        let directory = try TemporaryDirectory()
        let names = ["one.h5", "two.h5"].map { directory.file($0) }
        for name in names {
            try Self.writeSample(name)
            // A time stamp counts in seconds.
            if name == names[0] { usleep(1_100_000) }
        }
        #expect(try readBytes(names[0]) == readBytes(names[1]))
    }

    @Test func truncationIsAnError() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("whole.h5")
        try Self.writeSample(path)
        let bytes = try readBytes(path)
        #expect(readEverything(path) == 20)
        for count in stride(from: 0, to: bytes.count, by: 97) {
            try writeBytes(bytes[..<count], to: path)
            let code = errorCode { () throws(HDF5Error) in _ = try HDF5File(reading: path) }
            #expect(code == .corrupt || code == .notHDF5)
        }
    }

    @Test func damagedHeadersAreErrors() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("headers.h5")
        try Self.writeSample(path)
        let bytes = try readBytes(path)
        // Object headers of this format begin with OHDR and end with a checksum.
        var headers: [Int] = []
        for index in 0..<bytes.count - 4 where bytes[index..<index + 4].elementsEqual("OHDR".utf8) {
            headers.append(index)
        }
        try #require(headers.count >= 4)
        for header in headers {
            var damaged = bytes
            damaged[header + 12] ^= 0xff
            try writeBytes(damaged, to: path)
            #expect(readEverything(path) < 20)
        }
    }

    /// In a process of its own: libhdf5 itself could crash.
    @Test func flippedBytesNeverCrash() async throws {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardErrorContent, \.standardOutputContent]
        ) {
            let directory = try TemporaryDirectory()
            let path = directory.file("flipped.h5")
            try Self.writeSample(path)
            let bytes = try readBytes(path)
            var generator = SplitMix(state: 11)
            var damage = 0
            for _ in 0..<600 {
                var flipped = bytes
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                flipped[index] ^= UInt8.random(in: 1...255, using: &generator)
                try writeBytes(flipped, to: path)
                if readEverything(path) < 20 { damage += 1 }
            }
            // Flips that nobody notices would mean that nothing was read.
            guard damage > 20 else { exit(1) }
        }
        #expect(result?.standardErrorContent == [])
    }
}

import Checkpoints
import TestFixtures
import Testing

/// Headers that claim what cannot be.
@Suite struct GGUFAttackTests {
    /// Little-endian bytes of a GGUF file.
    struct Writer {
        var bytes: [UInt8] = Array("GGUF".utf8)

        mutating func add<Number: FixedWidthInteger>(_ number: Number) {
            withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
        }

        mutating func add(_ text: String) {
            add(UInt64(text.utf8.count))
            bytes += text.utf8
        }

        mutating func begin(version: UInt32 = 3, tensors: UInt64, pairs: UInt64) {
            add(version)
            add(tensors)
            add(pairs)
        }

        mutating func tensor(_ name: String, _ shape: [UInt64], type: UInt32 = 0, offset: UInt64 = 0) {
            add(name)
            add(UInt32(shape.count))
            for extent in shape { add(extent) }
            add(type)
            add(offset)
        }

        mutating func pad(_ count: Int = 64) {
            while bytes.count % 32 != 0 { bytes.append(0) }
            bytes += [UInt8](repeating: 0, count: count)
        }
    }

    private func expect(
        _ code: CheckpointError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ build: (inout Writer) -> Void
    ) throws {
        var writer = Writer()
        build(&writer)
        writer.pad()
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.gguf", writer.bytes)
        let error = #expect(throws: CheckpointError.self, sourceLocation: sourceLocation) { try Checkpoint.open(path) }
        #expect(error?.code == code, "\(String(describing: error))", sourceLocation: sourceLocation)
    }

    private func one(_ shape: [UInt64], type: UInt32 = 0, offset: UInt64 = 0) -> (inout Writer) -> Void {
        { writer in
            writer.begin(tensors: 1, pairs: 0)
            writer.tensor("x", shape, type: type, offset: offset)
        }
    }

    private func pair(_ type: UInt32, _ value: @escaping (inout Writer) -> Void) -> (inout Writer) -> Void {
        { writer in
            writer.begin(tensors: 0, pairs: 1)
            writer.add("key")
            writer.add(type)
            value(&writer)
        }
    }

    @Test func versions() throws {
        try expect(.unsupported) { $0.begin(version: 1, tensors: 0, pairs: 0) }
        try expect(.unsupported) { $0.begin(version: 4, tensors: 0, pairs: 0) }
        try expect(.unsupported) { $0.begin(version: 3 << 24, tensors: 0, pairs: 0) }
    }

    @Test func counts() throws {
        try expect(.limitExceeded) { $0.begin(tensors: 1 << 40, pairs: 0) }
        try expect(.limitExceeded) { $0.begin(tensors: 0, pairs: 1 << 40) }
        try expect(.malformed) { $0.begin(tensors: .max, pairs: 0) }
        try expect(.malformed) { $0.begin(tensors: 0, pairs: .max) }
    }

    @Test func tensors() throws {
        try expect(.badTensor, one([1, 1, 1, 1, 1]))
        try expect(.badTensor, one([1 << 62, 4]))
        try expect(.badTensor, one([1 << 62]))
        try expect(.malformed, one([.max]))
        try expect(.badTensor, one([100], type: 12))
        try expect(.badTensor, one([1], offset: 1))
        try expect(.wrongSize, one([1], offset: 1 << 40))
        try expect(.badTensor, one([4], offset: UInt64(Int.max) - 31))
        try expect(.malformed, one([1], offset: 1 << 63))
        try expect(.wrongSize, one([1 << 40]))
        try expect(.wrongSize, one([256, 1 << 20], type: 12))
    }

    @Test func tensorsThatShare() throws {
        try expect(.badTensor) { writer in
            writer.begin(tensors: 2, pairs: 0)
            writer.tensor("x", [9])
            writer.tensor("y", [1], offset: 32)
        }
        try expect(.conflict) { writer in
            writer.begin(tensors: 2, pairs: 0)
            writer.tensor("x", [1])
            writer.tensor("x", [1], offset: 32)
        }
    }

    @Test func strings() throws {
        try expect(.malformed) { writer in
            writer.begin(tensors: 0, pairs: 1)
            writer.add(UInt64.max)
        }
        try expect(.limitExceeded) { writer in
            writer.begin(tensors: 0, pairs: 1)
            writer.add(UInt64(1) << 40)
        }
        try expect(.wrongSize) { writer in
            writer.begin(tensors: 0, pairs: 1)
            writer.add(UInt64(10_000))
        }
        try expect(.malformed) { writer in
            writer.begin(tensors: 0, pairs: 1)
            writer.add(UInt64(1))
            writer.bytes += [0xFF]
        }
    }

    @Test func values() throws {
        try expect(.malformed, pair(13) { $0.add(UInt64(0)) })
        try expect(.malformed, pair(7) { $0.add(UInt8(2)) })
        try expect(
            .malformed,
            pair(9) {
                $0.add(UInt32(13))
                $0.add(UInt64(0))
            })
        try expect(
            .wrongSize,
            pair(9) {
                $0.add(UInt32(8))
                $0.add(UInt64(1) << 40)
            })
        try expect(
            .malformed,
            pair(9) {
                $0.add(UInt32(8))
                $0.add(UInt64(1) << 62)
            })
        try expect(
            .wrongSize,
            pair(9) {
                $0.add(UInt32(12))
                $0.add(UInt64(100))
            })
        try expect(
            .malformed,
            pair(9) { writer in
                for _ in 0..<50 {
                    writer.add(UInt32(9))
                    writer.add(UInt64(1))
                }
            })
    }

    @Test(arguments: [0, 3, 48] as [UInt32])
    func alignments(_ alignment: UInt32) throws {
        try expect(.malformed) { writer in
            writer.begin(tensors: 0, pairs: 1)
            writer.add("general.alignment")
            writer.add(UInt32(4))
            writer.add(alignment)
        }
    }

    /// What lies in between is told, not refused; types of the future are listed.
    @Test func oddities() throws {
        var writer = Writer()
        writer.begin(tensors: 2, pairs: 0)
        writer.tensor("x", [1], offset: 64)
        writer.tensor("y", [3], type: 1000)
        writer.pad(100)
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.gguf", writer.bytes)
        let checkpoint = try Checkpoint.open(path)
        #expect(checkpoint.warnings.map(\.tensor) == ["x", nil])
        #expect(checkpoint.tensors[1].typeName == "type 1000")
        var options = ReadingOptions()
        options.isStrict = true
        #expect(throws: CheckpointError.self) { try Checkpoint.open(path, options: options) }
    }
}

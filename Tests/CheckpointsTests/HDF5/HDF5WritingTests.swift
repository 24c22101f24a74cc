import Checkpoints
import HDF5
import Tensors
import TestFixtures
import Testing

@Suite struct HDF5WritingTests {
    /// One of each type, names that HDF5 cannot hold, and extents of every kind.
    static let tensors: [TensorDescription] =
        TensorType.allCases.map { TensorDescription(name: "type/\($0.name)", type: $0, shape: [3, 8]) }
        + [
            "", ".", "..", "a", "a/b", "a/b/c", "/lead", "trail/", "x//y", "n\0l", "é", "e\u{301}", "/\u{301}",
            "__named__/1",
            "layers/dense/vars/0", "q", "q/vars/0", "vars/0",
        ].map { TensorDescription(name: $0, type: .float32, shape: [2]) }
        + [
            TensorDescription(name: "scalar", type: .bfloat16, shape: []),
            TensorDescription(name: "empty", type: .float16, shape: [0, 5]),
            TensorDescription(name: "long", type: .bfloat16, shape: [700_001]),
            TensorDescription(name: "rows", type: .float32, shape: [1000, 331]),
            TensorDescription(name: "wide", type: .float32, shape: [2, 3, 520_000]),
            TensorDescription(name: "uneven", type: .int8, shape: [3, 1103, 5000]),
        ]

    static func options(isCompressed: Bool) -> WritingOptions {
        var options = WritingOptions()
        options.isCompressed = isCompressed
        options.metadata = [("b", "1"), ("a", "é\n")]
        options.isSynchronized = false
        return options
    }

    @Test(arguments: [CheckpointFormat.hdf5, .keras], [false, true])
    func writtenIsRead(_ format: CheckpointFormat, isCompressed: Bool) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        let sink = try format.makeSink(path, tensors: Self.tensors, options: Self.options(isCompressed: isCompressed))
        #expect(directory.isMissing("a.h5"))
        try writePattern(Self.tensors, to: sink)
        let checkpoint = try Checkpoint.open(path)
        #expect(checkpoint.format == format)
        #expect(checkpoint.warnings.isEmpty)
        #expect(checkpoint.metadata.map { "\($0.key)=\($0.value)" } == ["b=1", "a=é\n"])
        #expect(checkpoint.tensors.count == Self.tensors.count)
        for tensor in Self.tensors {
            #expect(checkpoint.tensor(named: tensor.name)?.description == tensor)
            #expect(try checkpoint.bytes(of: tensor.name) == patternBytes(of: tensor), "\(tensor.name)")
        }
        try #require(try directory.names() == ["a.h5"])
    }

    /// What libhdf5 itself reads, filters and all.
    @Test(arguments: [false, true]) func libhdf5ReadsTheSame(_ isCompressed: Bool) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        let tensors = [
            TensorDescription(name: "m/w", type: .float32, shape: [1000, 331]),
            TensorDescription(name: "wide", type: .int16, shape: [2, 3, 1_040_000]),
        ]
        let sink = try CheckpointFormat.hdf5.makeSink(
            path, tensors: tensors, options: Self.options(isCompressed: isCompressed))
        try writePattern(tensors, to: sink)
        let file = try HDF5File(reading: path)
        #expect(try file.stringAttribute("format") == "kedge.checkpoint")
        #expect(try file.integerAttribute("version") == 1)
        let floats = try file.openDataset("m/w").read(Float.self)
        #expect(floats.withUnsafeBytes { Array($0) } == patternBytes(of: tensors[0]))
        let words = try file.openDataset("wide").read(Int16.self)
        #expect(words.withUnsafeBytes { Array($0) } == patternBytes(of: tensors[1]))
        #expect(try file.openDataset("m/w").filters().isEmpty == !isCompressed)
    }

    @Test func dataAreAligned() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        let sink = try CheckpointFormat.hdf5.makeSink(
            path, tensors: Self.tensors, options: Self.options(isCompressed: false))
        try writePattern(Self.tensors, to: sink)
        for tensor in try Checkpoint.open(path).tensors {
            if case .bytes(_, let offset) = tensor.storage { #expect(offset % 64 == 0, "\(tensor.name)") }
        }
    }

    @Test func equalTensorsGiveEqualFiles() throws {
        let directory = try TemporaryDirectory()
        for isCompressed in [false, true] {
            for name in ["a", "b"] {
                let sink = try CheckpointFormat.hdf5.makeSink(
                    directory.file("\(name)-\(isCompressed).h5"), tensors: Self.tensors,
                    options: Self.options(isCompressed: isCompressed))
                try writePattern(Self.tensors, to: sink)
            }
            // The extension of the superblock, which lies in front, has the time.
            let files = try ["a", "b"].map { try directory.read("\($0)-\(isCompressed).h5").dropFirst(128) }
            let isSame = files[0] == files[1]
            #expect(isSame)
        }
    }

    @Test func compressionShrinks() throws {
        let directory = try TemporaryDirectory()
        let tensors = [TensorDescription(name: "w", type: .float32, shape: [1000, 1000])]
        for isCompressed in [false, true] {
            let sink = try CheckpointFormat.hdf5.makeSink(
                directory.file("\(isCompressed).h5"), tensors: tensors,
                options: Self.options(isCompressed: isCompressed))
            try writePattern(tensors, to: sink)
        }
        #expect(try directory.read("true.h5").count < directory.read("false.h5").count * 9 / 10)
    }

    @Test func lettingGoLeavesNothing() throws {
        let directory = try TemporaryDirectory()
        for isCompressed in [false, true] {
            _ = try CheckpointFormat.hdf5.makeSink(
                directory.file("a.h5"), tensors: Self.tensors, options: Self.options(isCompressed: isCompressed))
        }
        #expect(try directory.names().isEmpty)
    }

    @Test func anExistingFileIsKept() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.h5", "text")
        #expect(throws: (any Error).self) {
            try CheckpointFormat.hdf5.makeSink(path, tensors: Self.tensors, options: WritingOptions())
        }
        #expect(try directory.read("a.h5") == Array("text".utf8))
    }
}

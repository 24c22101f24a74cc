import Checkpoints
import HDF5
import Tensors
import TestFixtures
import Testing

@Suite struct HDF5ReadingTests {
    @Test(arguments: ["earliest", "v110"], [false, true])
    func filesOfH5pyAreRead(_ version: String, isGuarded: Bool) throws {
        let path = try hdf5Golden("h5py/\(version).h5")
        let checkpoint = try Checkpoint.open(path, options: isGuarded ? .guarded : ReadingOptions())
        #expect(checkpoint.format == .plainHDF5)
        #expect(
            checkpoint.tensors.map(\.name) == [
                "chunked/growing", "chunked/growing2", "chunked/gzip", "chunked/plain", "complex", "empty", "half",
                "layers/0/bias", "layers/0/weight", "lzf", "mask", "never", "same", "scalar",
            ])
        #expect(checkpoint.metadata.map { "\($0.key)=\($0.value)" } == ["epoch=3", "title=weights"])
        #expect(checkpoint.warnings.map(\.tensor) == ["layers/around", "soft", "text"])

        #expect(try checkpoint.numbers(of: "layers/0/weight", as: Float.self) == (0..<35).map { Float($0) / 2 })
        #expect(try checkpoint.numbers(of: "layers/0/bias", as: Int16.self) == (0..<9).map { Int16($0) })
        #expect(try checkpoint.numbers(of: "half", as: Float16.self) == (0..<6).map { Float16($0) })
        #expect(try checkpoint.bytes(of: "same") == checkpoint.bytes(of: "half"))
        #expect(checkpoint.tensor(named: "mask")?.type == .bool)
        #expect(try checkpoint.bytes(of: "mask") == [1, 0, 1])
        #expect(checkpoint.tensor(named: "complex")?.type == .complex64)
        #expect(try checkpoint.numbers(of: "complex", as: Float.self) == [0, 0, 1, -1, 2, -2, 3, -3])
        #expect(try checkpoint.numbers(of: "scalar", as: Double.self) == [2.5])
        #expect(try checkpoint.bytes(of: "empty").isEmpty)
        #expect(try checkpoint.numbers(of: "never", as: Float.self) == [Float](repeating: 2.5, count: 6))
        // Rows from 8 on lie in chunks that were never written.
        let chunked = (0..<90).map { $0 < 54 ? Float($0) : -1 }
        for name in ["plain", "gzip", "growing", "growing2"] {
            #expect(try checkpoint.numbers(of: "chunked/\(name)", as: Float.self) == chunked, "\(name)")
        }
    }

    @Test func anUnknownFilterIsNamed() throws {
        let checkpoint = try Checkpoint.open(try hdf5Golden("h5py/earliest.h5"))
        let error = #expect(throws: CheckpointError.self) { try checkpoint.bytes(of: "lzf") }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("'lzf'") ?? false)
    }

    @Test func aFileOfAnotherFormatIsNotTakenForKedges() throws {
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint.open(try hdf5Golden("h5py/earliest.h5"), as: .hdf5)
        }
        #expect(error?.code == .unknownFormat)
    }

    @Test func aTruncatedFileIsRefused() throws {
        let directory = try TemporaryDirectory()
        let bytes = try readBytes(try hdf5Golden("h5py/earliest.h5"))
        for count in [9, 100, 4000, bytes.count - 1] {
            let path = try directory.write("\(count).h5", bytes[..<count])
            #expect(throws: CheckpointError.self, "\(count)") { try Checkpoint.open(path) }
        }
    }

    /// Any chunks, any reads: as libhdf5 would have it.
    @Test(arguments: 0..<40)
    func chunksAreReadInAnyPieces(_ seed: Int) throws {
        var generator = SeededNumbers(state: UInt64(seed))
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        let rank = Int.random(in: 1...4, using: &generator)
        let shape = (0..<rank).map { _ in Int.random(in: 1...13, using: &generator) }
        let chunk = shape.map { Int.random(in: 1...$0, using: &generator) }
        let values = (0..<shape.reduce(1, *)).map { _ in Int32.random(in: -300...300, using: &generator) }
        do {
            let file = try HDF5File(creating: path)
            let compression =
                [nil, HDF5Compression(.planes), HDF5Compression(level: 1, shuffles: false)]
                .randomElement(using: &generator) ?? nil
            let layout = HDF5Layout.chunked(HDF5Chunking(shape: chunk, compression: compression))
            let dataset = try file.createDataset("x", of: .int32, shape: shape, layout: layout)
            try dataset.write(values)
            try file.close()
        }
        let checkpoint = try Checkpoint.open(path)
        let expected = values.withUnsafeBytes { Array($0) }
        #expect(try checkpoint.bytes(of: "x") == expected)
        for step in try [1, 4, 52, checkpoint.reader(of: checkpoint.tensors[0]).granularity] {
            #expect(try checkpoint.bytes(of: "x", step: step) == expected, "\(shape) in \(chunk), by \(step)")
        }
    }

    /// So many chunks that their index is read without libhdf5's help.
    @Test func manyChunksAreListed() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        let values = (0..<30_000).map { Float($0) }
        do {
            let file = try HDF5File(creating: path)
            let layout = HDF5Layout.chunked(HDF5Chunking(shape: [4, 1]))
            let dataset = try file.createDataset("x", of: .float32, shape: [10_000, 3], layout: layout)
            try dataset.write(values)
            try file.close()
        }
        let checkpoint = try Checkpoint.open(path)
        guard case .chunked(let place) = checkpoint.tensors[0].storage else {
            Issue.record("not chunked")
            return
        }
        #expect(place.chunks.map(\.number) == Array(0..<7500))
        #expect(try checkpoint.numbers(of: "x", as: Float.self) == values)
    }

    @Test func aDamagedChunkIsToldApart() throws {
        let directory = try TemporaryDirectory()
        let path = try hdf5Golden("h5py/earliest.h5")
        let checkpoint = try Checkpoint.open(path)
        guard case .chunked(let place)? = checkpoint.tensor(named: "chunked/gzip")?.storage else {
            Issue.record("not chunked")
            return
        }
        var bytes = try readBytes(path)
        bytes[place.chunks[1].offset + place.chunks[1].byteCount / 2] ^= 0x10
        let damaged = try Checkpoint.open(try directory.write("a.h5", bytes))
        let error = #expect(throws: CheckpointError.self) { try damaged.bytes(of: "chunked/gzip") }
        #expect(error?.code == .checksumMismatch)
        #expect(error?.byte == place.chunks[1].offset)
    }
}

/// The generator splitmix64.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

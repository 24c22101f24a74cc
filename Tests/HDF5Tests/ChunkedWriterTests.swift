import Tensors
import TestFixtures
import Testing

@testable import HDF5

@Suite struct ChunkedWriterTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Ids that compress, then noise that does not, then ids again.
    static let elements: [Int32] = {
        var generator = SplitMix(state: 3)
        return (0..<40_000).map { index in
            (10_000..<20_000).contains(index) ? Int32(truncatingIfNeeded: generator.next()) : Int32(index * 7 % 1000)
        }
    }()

    static let compressions: [HDF5Compression?] = [
        nil, HDF5Compression(.planes), HDF5Compression(.planes, shuffles: false), HDF5Compression(level: 1),
        HDF5Compression(level: 9), HDF5Compression(level: 6, shuffles: false),
    ]

    func create(
        _ path: String, _ compression: HDF5Compression?, row: Int
    ) throws -> HDF5Dataset {
        let file = try HDF5File(creating: path, replacing: true)
        let chunking = HDF5Chunking(shape: [1024 / row, row], compression: compression, isExtendable: true)
        return try file.createDataset("ids", of: .int32, shape: [0, row], layout: .chunked(chunking))
    }

    func write(
        _ path: String, _ compression: HDF5Compression?, pieces: [Int], row: Int = 1, count: Int = 40_000
    ) throws {
        var writer = try ChunkedWriter<Int32>(create(path, compression, row: row), method: compression?.method)
        var (start, piece) = (0, 0)
        while start < count {
            let end = min(count, start + pieces[piece % pieces.count])
            try writer.append(Array(Self.elements[start..<end]))
            (start, piece) = (end, piece + 1)
        }
        let dataset = try writer.finish()
        try dataset.setAttribute("finished", to: 1)
    }

    @Test(arguments: compressions, [1, 4])
    func whatIsAppendedIsReadByLibhdf5(compression: HDF5Compression?, row: Int) throws {
        for count in [0, 4, 1020, 1024, 1028, 2048, 39_996, 40_000] {
            let path = directory.file("whole.h5")
            try write(path, compression, pieces: [1, 700, 3, 1024, 2000, 9999], row: row, count: count)
            let file = try HDF5File(reading: path)
            let dataset = try file.openDataset("ids")
            #expect(try dataset.read() == Array(Self.elements[..<count]))
            #expect(try dataset.shape() == [count / row, row])
        }
    }

    @Test(arguments: compressions)
    func theBytesDependOnTheElementsAlone(compression: HDF5Compression?) async throws {
        let expected = directory.file("expected.h5")
        try write(expected, compression, pieces: [40_000])
        let bytes = try readBytes(expected)
        let other = directory.file("other.h5")
        for pieces in [[1000], [1, 5000, 17], [1024], [4096]] {
            try write(other, compression, pieces: pieces)
            #expect(try readBytes(other) == bytes)
        }
        for chunksInFlight in [1, 4, 7] {
            var writer = try ChunkedWriter<Int32>(
                create(other, compression, row: 1), method: compression?.method, chunksInFlight: chunksInFlight)
            var start = 0
            for size in [1, 3000, 20_000, 16_999] {
                try await writer.appendConcurrently(Array(Self.elements[start..<start + size]))
                start += size
            }
            // A piece that is appended on the calling thread in between changes nothing.
            if chunksInFlight == 4 { try writer.append([]) }
            try writer.append(Array(Self.elements[start...]))
            do {
                let dataset = try writer.finish()
                try dataset.setAttribute("finished", to: 1)
            }
            #expect(try readBytes(other) == bytes)
        }
    }

    /// Elements of every size, through libhdf5's own filters.
    @Test(arguments: [10, 4096, 40_000])
    func planesOfEverySizeAreReadByLibhdf5(rowsInChunk: Int) throws {
        try checkPlanes(Self.elements.map { Int8(truncatingIfNeeded: $0 / 16) }, rowsInChunk)
        try checkPlanes(Self.elements.map { Int16(truncatingIfNeeded: $0) }, rowsInChunk)
        try checkPlanes(Self.elements, rowsInChunk)
        try checkPlanes(Self.elements.map { Int64($0) << 20 }, rowsInChunk)
        try checkPlanes(Self.elements.map { Float($0) / 3 }, rowsInChunk)
        try checkPlanes(Self.elements.map { Double($0) / 3 }, rowsInChunk)
    }

    func checkPlanes<Element: TensorElement & Equatable>(_ elements: [Element], _ rowsInChunk: Int) throws {
        let path = directory.file("planes.h5")
        let chunking = HDF5Chunking(shape: [rowsInChunk], compression: HDF5Compression(.planes), isExtendable: true)
        do {
            let file = try HDF5File(creating: path, replacing: true)
            let dataset = try file.createDataset(
                "a", of: Element.elementType, shape: [0], layout: .chunked(chunking))
            var writer = try ChunkedWriter<Element>(dataset, method: .planes)
            try writer.append(elements)
            try writer.finish()
        }
        let dataset = try HDF5File(reading: path).openDataset("a")
        #expect(try dataset.read() == elements)
        #expect(try dataset.filters().last == .deflate(level: 1))
    }

    @Test func theStoredLastChunkIsPaddedWithZeros() throws {
        var writer = try ChunkedWriter<Int32>(create(directory.file("padding.h5"), .init(level: 1), row: 1))
        try writer.append(Self.elements[7000..<10_000].map { $0 | 1 })
        let dataset = try writer.finish()
        #expect(try dataset.shape() == [3000, 1])
        // Growing uncovers what the last chunk holds behind the data.
        try dataset.resize(to: [3072, 1])
        #expect(try dataset.read(Int32.self, rows: 3000..<3072) == [Int32](repeating: 0, count: 72))
    }

    @Test func compressionPays() throws {
        let plain = directory.file("plain.h5")
        let small = directory.file("small.h5")
        try write(plain, nil, pieces: [40_000], count: 10_000)
        try write(small, HDF5Compression(level: 1), pieces: [40_000], count: 10_000)
        #expect(try readBytes(small).count * 2 < readBytes(plain).count)
    }

    @Test func incompressibleChunksAreStoredUndeflated() throws {
        let encoder = try #require(ChunkEncoder(filters: [.shuffle, .deflate(level: 9)], elementSize: 4))
        var generator = SplitMix(state: 5)
        let noise = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let encoded = encoder.encode(noise[...])
        #expect(encoded.skippedFilters == 0b10 && encoded.bytes.count == noise.count)
        #expect(encoded.bytes[1] == noise[4] && encoded.bytes[1024] == noise[1])
        let zeros = encoder.encode([UInt8](repeating: 0, count: 4096)[...])
        #expect(zeros.skippedFilters == 0 && zeros.bytes.count < 64)
        let deflating = try #require(ChunkEncoder(filters: [.deflate(level: 9)], elementSize: 4))
        #expect(deflating.encode(noise[...]) == EncodedChunk(bytes: noise, skippedFilters: 0b01))
    }

    @Test(arguments: [
        [HDF5Filter.fletcher32], [.deflate(level: 1), .shuffle], [.shuffle, .shuffle], [.deflate(level: 0)],
        [.shuffle, .deflate(level: 1), .fletcher32],
    ])
    func otherPipelinesAreRefused(filters: [HDF5Filter]) {
        #expect(ChunkEncoder(filters: filters, elementSize: 4) == nil)
    }

    @Test func unsuitableDatasetsAreRefused() throws {
        let file = try HDF5File(creating: directory.file("unsuitable.h5"))
        func writing<T: TensorElement>(_ type: T.Type, _ shape: [Int], _ layout: HDF5Layout) throws -> HDF5Error.Code? {
            let name = "\(try file.children().count)"
            let dataset = try file.createDataset(name, of: .int32, shape: shape, layout: layout)
            do throws(HDF5Error) {
                _ = try ChunkedWriter<T>(dataset)
                return nil
            } catch {
                return error.code
            }
        }
        func chunked(_ shape: [Int], _ isExtendable: Bool) -> HDF5Layout {
            .chunked(HDF5Chunking(shape: shape, isExtendable: isExtendable))
        }
        #expect(try writing(Int32.self, [0], chunked([4], true)) == nil)
        #expect(try writing(Int32.self, [8], chunked([4], true)) == nil)
        #expect(try writing(Int64.self, [0], chunked([4], true)) == .wrongType)
        #expect(try writing(Int32.self, [4], .contiguous) == .invalidArgument)
        #expect(try writing(Int32.self, [4], chunked([4], false)) == .invalidArgument)
        #expect(try writing(Int32.self, [5], chunked([4], true)) == .invalidArgument)
        #expect(try writing(Int32.self, [0, 4], chunked([4, 2], true)) == .invalidArgument)
    }

    @Test func anIncompleteRowIsRefused() throws {
        var writer = try ChunkedWriter<Int32>(create(directory.file("row.h5"), nil, row: 4))
        try writer.append([1, 2, 3, 4, 5])
        do {
            _ = try writer.finish()
            Issue.record("finished in the middle of a row")
        } catch {
            #expect(error.code == .shapeMismatch)
        }
    }
}

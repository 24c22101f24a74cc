import Checkpoints
import Files
import Tensors
import TestFixtures
import Testing

/// Shapes that take far more than their file holds are refused when a checkpoint is opened, before any work is planned.
@Suite struct ExpansionLimitTests {
    private func checkpoint(_ shapes: [[Int]], _ storage: (Int) -> TensorStorage) throws -> Checkpoint {
        let directory = try TemporaryDirectory()
        let file = try RandomAccessFile(path: try directory.write("data", [UInt8](repeating: 0, count: 4)))
        let tensors = try shapes.enumerated().map { index, shape in
            try #require(
                StoredTensor(
                    TensorDescription(name: "t\(index)", type: .float32, shape: shape), storage: storage(shape.count)))
        }
        return try Checkpoint(path: "data", format: .pytorch, files: [file], tensors: tensors)
    }

    private func code(_ shapes: [[Int]], _ storage: (Int) -> TensorStorage) throws -> CheckpointError.Code? {
        do {
            _ = try checkpoint(shapes, storage)
            return nil
        } catch let error as CheckpointError {
            return error.code
        }
    }

    private func repeated(_ rank: Int) -> TensorStorage {
        .strided(StridedStorage(file: 0, offset: 0, strides: [Int](repeating: 0, count: rank)))
    }

    private func absent(_ rank: Int) -> TensorStorage {
        .chunked(ChunkedStorage(file: 0, chunkShape: [Int](repeating: 1, count: rank), filters: [], chunks: []))
    }

    @Test func oneOfThem() throws {
        #expect(try code([[1 << 50]], repeated) == .limitExceeded)
        #expect(try code([[1 << 50]], absent) == .limitExceeded)
        #expect(try code([[1 << 25, 1 << 25]], absent) == .limitExceeded)
    }

    @Test func allTogether() throws {
        // 48 GiB each: one is within the limit, two are not.
        #expect(try code([[12 << 30]], repeated) == nil)
        #expect(try code([[12 << 30], [12 << 30]], repeated) == .limitExceeded)
        #expect(try code([[12 << 30], [12 << 30]], absent) == .limitExceeded)
    }

    @Test func sumsThatOverflow() throws {
        let shapes = [[Int]](repeating: [1 << 57], count: 40)
        #expect(try code(shapes, absent) == .limitExceeded)
        #expect(try code(shapes) { _ in .unread(reason: "it is a test") } == .limitExceeded)
    }

    @Test func smallOnesAreFine() throws {
        #expect(try code([[1000, 1000], [1000]], repeated) == nil)
        #expect(try code([[1000, 1000], [1000]], absent) == nil)
    }
}

import Checkpoints
import Files
import Tensors
import TestFixtures
import Testing

@Suite struct StridedReaderTests {
    struct View: Sendable, CustomStringConvertible {
        let type: TensorType
        let shape: [Int]
        let strides: [Int]
        var description: String { "\(type.name) \(shape) \(strides)" }
    }

    static let views = [
        View(type: .uint8, shape: [5, 7], strides: [1, 5]),
        View(type: .float16, shape: [300, 200], strides: [1, 300]),
        View(type: .float32, shape: [200, 700], strides: [1, 200]),
        View(type: .float32, shape: [3, 0, 2], strides: [2, 2, 1]),
        View(type: .float64, shape: [4, 3, 5], strides: [1, 20, 4]),
        View(type: .int32, shape: [6, 2], strides: [9, 1]),
        View(type: .complex128, shape: [9, 8], strides: [1, 9]), View(type: .int64, shape: [3, 4], strides: [0, 1]),
        View(type: .int64, shape: [3, 4], strides: [1, 0]), View(type: .int16, shape: [], strides: []),
        View(type: .int16, shape: [2, 1, 50], strides: [3, 999, 7]),
        View(type: .uint8, shape: [64, 40], strides: [3000, 1]),
    ]

    /// The elements one by one, as the strides say.
    private func expected(_ view: View, _ file: [UInt8]) -> [UInt8] {
        let width = view.type.bitWidth / 8
        var result: [UInt8] = []
        for number in 0..<view.shape.reduce(1, *) {
            var (rest, place) = (number, 0)
            for (extent, stride) in zip(view.shape, view.strides).reversed() {
                place += rest % extent * stride
                rest /= extent
            }
            result += file[(8 + place * width)..<(8 + (place + 1) * width)]
        }
        return result
    }

    @Test(arguments: views) func readsLikeOneByOne(_ view: View) throws {
        var generator = SplitMix(seed: 7)
        let width = view.type.bitWidth / 8
        let reach = zip(view.shape, view.strides).reduce(0) { $0 + max(0, $1.0 - 1) * $1.1 }
        let file = (0..<8 + (reach + 1) * width).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let directory = try TemporaryDirectory()
        let path = try directory.write("data", file)
        let tensor = try #require(
            StoredTensor(
                TensorDescription(name: "t", type: view.type, shape: view.shape),
                storage: .strided(StridedStorage(file: 0, offset: 8, strides: view.strides))))
        let checkpoint = try Checkpoint(
            path: path, format: .pytorch, files: [try RandomAccessFile(path: path)], tensors: [tensor])
        let wanted = expected(view, file)
        #expect(try bytes(of: "t", in: checkpoint) == wanted)
        let reader = try checkpoint.reader(of: tensor)
        for _ in 0..<40 where !wanted.isEmpty {
            let start = Int.random(in: 0..<wanted.count, using: &generator)
            let count = Int.random(in: 0...wanted.count - start, using: &generator)
            var part = [UInt8](repeating: 0, count: count)
            try part.withUnsafeMutableBytes { try reader.read(at: start, into: $0) }
            #expect(part == Array(wanted[start..<start + count]))
        }
        for start in stride(from: 0, to: wanted.count, by: reader.granularity) {
            var part = [UInt8](repeating: 0, count: min(reader.granularity, wanted.count - start))
            try part.withUnsafeMutableBytes { try reader.read(at: start, into: $0) }
            #expect(part == Array(wanted[start..<start + part.count]))
        }
    }
}

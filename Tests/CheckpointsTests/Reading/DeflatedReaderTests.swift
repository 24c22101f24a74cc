import Checkpoints
import Files
import Tensors
import TestFixtures
import Testing

@Suite struct DeflatedReaderTests {
    private let directory: TemporaryDirectory
    private let content: [UInt8]
    private let stream: [UInt8]

    init() throws {
        directory = try TemporaryDirectory()
        var generator = SplitMix(seed: 3)
        content = (0..<700_000).map { UInt8($0 / 1000 % 200) ^ UInt8.random(in: 0...3, using: &generator) }
        let member = gzip(content)
        stream = Array(member[10..<member.count - 8])
    }

    private func checkpoint(_ stream: [UInt8], header: Int, count: Int, total: Int) throws -> Checkpoint {
        let path = try directory.write("data", stream)
        let tensor = try #require(
            StoredTensor(
                TensorDescription(name: "t", type: .uint8, shape: [count]),
                storage: .deflated(
                    DeflatedStorage(file: 0, range: 0..<stream.count, headerSize: header, totalSize: total))))
        return try Checkpoint(path: path, format: .npz, files: [try RandomAccessFile(path: path)], tensors: [tensor])
    }

    @Test func readsInAnyOrder() throws {
        let count = content.count - 10
        let checkpoint = try checkpoint(stream, header: 10, count: count, total: content.count)
        #expect(try bytes(of: "t", in: checkpoint) == Array(content[10...]))
        let reader = try checkpoint.reader(of: checkpoint.tensors[0])
        #expect(reader.isSequential)
        for start in [0, 5_000, 600_000, 3, 3, count - 1, 0] {
            var part = [UInt8](repeating: 0, count: min(3_000, count - start))
            try part.withUnsafeMutableBytes { try reader.read(at: start, into: $0) }
            #expect(part == Array(content[10 + start..<10 + start + part.count]))
        }
    }

    @Test func brokenPromisesAreErrors() throws {
        func fails(_ stream: [UInt8], count: Int, total: Int) throws -> CheckpointError.Code? {
            let checkpoint = try checkpoint(stream, header: 0, count: count, total: total)
            do {
                _ = try bytes(of: "t", in: checkpoint)
                return nil
            } catch {
                return (error as? CheckpointError)?.code
            }
        }
        #expect(try fails(stream, count: content.count, total: content.count) == nil)
        #expect(try fails(stream, count: content.count + 1, total: content.count + 1) == .wrongSize)
        #expect(try fails(stream, count: content.count - 1, total: content.count - 1) == .wrongSize)
        #expect(try fails(Array(stream.dropLast(5)), count: content.count, total: content.count) == .wrongSize)
        #expect(try fails(stream + [0], count: content.count, total: content.count) == .malformed)
        var damaged = stream
        damaged[1000] ^= 0xFF
        #expect(try fails(damaged, count: content.count, total: content.count) != nil)
    }
}

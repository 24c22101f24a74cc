import Checkpoints
import Foundation
import TestFixtures
import Testing

/// The data of a tensor, read at once.
func bytes(of name: String, in checkpoint: Checkpoint) throws -> [UInt8] {
    try bytes(of: try #require(checkpoint.tensor(named: name)), in: checkpoint)
}

/// The data of a tensor, read at once.
func bytes(of tensor: StoredTensor, in checkpoint: Checkpoint) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
    guard !bytes.isEmpty else { return [] }
    try bytes.withUnsafeMutableBytes { try checkpoint.reader(of: tensor).read(at: 0, into: $0) }
    return bytes
}

/// The data of a tensor as numbers.
func numbers<Number: BitwiseCopyable>(_ type: Number.Type, of name: String, in checkpoint: Checkpoint) throws
    -> [Number]
{
    try bytes(of: name, in: checkpoint).withUnsafeBytes { bytes in
        (0..<bytes.count / MemoryLayout<Number>.size).map {
            bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.size, as: type)
        }
    }
}

/// The path of a checkpoint that NumPy or PyTorch wrote.
func checkpointGolden(_ name: String) -> String { (Bundle.module.resourcePath ?? ".") + "/Goldens/" + name }

/// Opens damaged versions of a file and reads all that they hold: it works, or ends in an error of ours.
func readsOrRefuses(_ bytes: [UInt8], named name: String, seed: UInt64, rounds: Int) throws {
    let directory = try TemporaryDirectory()
    var generator = SplitMix(seed: seed)
    func read(_ damaged: [UInt8], _ format: CheckpointFormat) throws {
        let path = try directory.write(name, damaged)
        do {
            let checkpoint = try Checkpoint.open(path, as: format)
            for tensor in checkpoint.tensors where tensor.byteCount < 1 << 24 {
                _ = try CheckpointsTests.bytes(of: tensor, in: checkpoint)
            }
        } catch {
            #expect(error is CheckpointError, "\(error)")
        }
    }
    let path = try directory.write(name, bytes)
    let format = try CheckpointFormat.detect(path)
    for count in bytes.indices {
        try read(Array(bytes[..<count]), format)
    }
    for round in 0..<rounds { try read(flipped(bytes, count: 1 + round % 4, using: &generator), format) }
}

import Checkpoints
import Foundation
import Tensors
import Testing

/// A file that a script wrote with h5py or Keras.
func hdf5Golden(_ name: String) throws -> String {
    try #require(Bundle.module.resourceURL).appendingPathComponent("Goldens/\(name)").path
}

/// The program that the tests were built beside.
let builtKedge: String = {
    if let given = ProcessInfo.processInfo.environment["KEDGE_BINARY"] { return given }
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("kedge").path
}()

extension ReadingOptions {
    /// HDF5 listed by the program in a child process.
    static var guarded: ReadingOptions {
        var options = ReadingOptions()
        options.hdf5 = .child(executable: builtKedge, arguments: ["list-hdf5"])
        return options
    }
}

extension Checkpoint {
    /// All of a tensor, in one piece or in pieces of `step` bytes.
    func bytes(of name: String, step: Int? = nil) throws -> [UInt8] {
        let stored = try #require(tensor(named: name))
        let reader = try reader(of: stored)
        var bytes = [UInt8](repeating: 0xA5, count: stored.byteCount)
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + (step ?? bytes.count))
            try bytes.withUnsafeMutableBytes {
                try reader.read(at: start, into: UnsafeMutableRawBufferPointer(rebasing: $0[start..<end]))
            }
            start = end
        }
        return bytes
    }

    /// The numbers of a tensor.
    func numbers<T>(of name: String, as type: T.Type) throws -> [T] {
        try bytes(of: name).withUnsafeBytes { bytes in
            (0..<bytes.count / MemoryLayout<T>.size).map {
                bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)
            }
        }
    }
}

/// Bytes that depend on the tensor and on their places; those of booleans are 0 and 1.
func patternBytes(of tensor: TensorDescription) -> [UInt8] {
    let seed = tensor.name.utf8.reduce(UInt64(17)) { $0 &* 31 &+ UInt64($1) }
    return (0..<UInt64(tensor.byteCount ?? 0)).map { place in
        var word = (place &+ seed) &* 0x9E37_79B9_7F4A_7C15
        word ^= word >> 29
        // Every fourth byte takes few values, as exponents do.
        let byte = UInt8(truncatingIfNeeded: place % 4 == 3 ? word & 3 : word >> 8)
        return tensor.type == .bool ? byte & 1 : byte
    }
}

/// Writes tensors of ``patternBytes(of:)``, in pieces as the sink wants them.
func writePattern(_ tensors: [TensorDescription], to sink: any CheckpointSink) throws {
    var turn = 0
    for (index, tensor) in tensors.enumerated() {
        let bytes = patternBytes(of: tensor)
        let step = max(sink.granularity(of: index), 1000 / sink.granularity(of: index) * sink.granularity(of: index))
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + step)
            try bytes[start..<end].withUnsafeBytes { try sink.write($0, tensor: index, at: start, turn: turn) }
            turn += 1
            start = end
        }
    }
    try sink.commit()
}

import Checkpoints
import Foundation
import Tensors
import TestFixtures
import Testing

/// GGUF files as the package gguf writes them, and as nobody should.
@Suite struct GGUFTests {
    static func golden(_ name: String) throws -> String {
        try #require(Bundle.module.resourceURL).appendingPathComponent("Goldens/gguf/\(name)").path
    }

    private func values<Element: BitwiseCopyable>(
        _ checkpoint: Checkpoint, _ name: String, _: Element.Type
    ) throws -> [Element] {
        let tensor = try #require(checkpoint.tensor(named: name))
        let reader = try checkpoint.reader(of: tensor)
        return try [Element](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
            try reader.read(at: 0, into: UnsafeMutableRawBufferPointer(buffer))
            count = tensor.elementCount
        }
    }

    @Test(arguments: ["types.gguf", "aligned-64.gguf"])
    func goldens(_ name: String) throws {
        let checkpoint = try Checkpoint.open(try Self.golden(name))
        #expect(checkpoint.format == .gguf)
        #expect(checkpoint.warnings.isEmpty, "\(checkpoint.warnings)")
        let numbers = (0..<24).map { Float($0) - 7 }
        #expect(try values(checkpoint, "f32", Float.self) == numbers)
        #expect(try values(checkpoint, "f16", UInt16.self).count == 12)
        #expect(try values(checkpoint, "bf16", BFloat16.self).map { Float($0) } == numbers)
        #expect(try values(checkpoint, "f64", Double.self) == numbers.map { Double($0) })
        #expect(try values(checkpoint, "int8", Int8.self) == numbers.map { Int8($0) })
        #expect(try values(checkpoint, "int16", Int16.self) == numbers.map { Int16($0) })
        #expect(try values(checkpoint, "int32", Int32.self) == numbers.map { Int32($0) })
        #expect(try values(checkpoint, "int64", Int64.self) == numbers.map { Int64($0) })
        #expect(
            checkpoint.tensors.map(\.shape) == [
                [2, 3, 4], [3, 4], [2, 3, 4], [24], [6, 4], [6, 4], [6, 4], [6, 4], [2, 256], [3, 32],
            ])
        #expect(checkpoint.tensors.map(\.typeName).suffix(3) == ["int64", "Q4_K", "Q8_0"])
        let quantised = try #require(checkpoint.tensor(named: "q4"))
        #expect(quantised.byteCount == 288 && quantised.elementCount == 512)
        let error = #expect(throws: CheckpointError.self) { try checkpoint.reader(of: quantised) }
        #expect(error?.message == "its data is not read: Q4_K is quantised")
    }

    @Test func metadata() throws {
        let checkpoint = try Checkpoint.open(try Self.golden("types.gguf"))
        let text = Dictionary(checkpoint.metadata.map { ($0.key, $0.value) }) { first, _ in first }
        #expect(text["general.architecture"] == "llama")
        #expect(text["general.name"] == "golden é")
        #expect(text["llama.block_count"] == "2")
        #expect(text["llama.rope.freq_base"] == "10000.5")
        #expect(text["golden.true"] == "true")
        #expect(text["golden.negative"] == "-5")
        #expect(text["golden.double"] == "0.1")
        #expect(text["golden.short"] == "[1, 2, 3]")
        #expect(text["tokenizer.ggml.tokens"] == "[40 strings]")
        #expect(text["tokenizer.ggml.scores"] == "[40 numbers]")
    }

    @Test func everyTruncationIsRefused() throws {
        let directory = try TemporaryDirectory()
        let bytes = try readBytes(try Self.golden("types.gguf"))
        // The last tensor is padded to the alignment, which may be missing.
        let end = bytes.count - 32
        for count in Array(stride(from: 4, to: end, by: 7)) + [end - 1] {
            let path = try directory.write("cut.gguf", bytes.prefix(count))
            let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
            #expect(
                error?.code == .wrongSize || error?.code == .limitExceeded, "\(count): \(String(describing: error))")
        }
    }

    /// Damage is read or refused with an error of ours; whatever opens can be read to its end.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func mutations(_ seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        let bytes = try readBytes(try Self.golden("aligned-64.gguf"))
        var generator = SplitMix(seed: seed)
        var refused = 0
        for round in 0..<400 {
            var damaged = Array(bytes.prefix(2200))
            damaged = flipped(damaged, count: [1, 1, 2, 8][round % 4], using: &generator) + bytes.dropFirst(2200)
            let path = try directory.write("damaged.gguf", damaged)
            do {
                let checkpoint = try Checkpoint.open(path, as: .gguf)
                for tensor in checkpoint.tensors {
                    if case .unread = tensor.storage { continue }
                    #expect(tensor.byteCount <= bytes.count)
                    var data = [UInt8](repeating: 0, count: tensor.byteCount)
                    try data.withUnsafeMutableBytes { try checkpoint.reader(of: tensor).read(at: 0, into: $0) }
                }
            } catch {
                #expect(error is CheckpointError, "\(error)")
                refused += 1
            }
        }
        // Damage that nobody notices would mean that nothing was checked.
        #expect(refused > 40)
    }
}

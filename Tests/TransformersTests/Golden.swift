import Checkpoints
import Foundation
import Kernels
import Tensors
import Testing

@testable import Transformers

/// A tiny model and what transformers makes of it (scripts/make-policy-goldens.py).
struct Golden {
    static let families = [
        "qwen2-tied", "qwen2-untied", "qwen2-window", "qwen3", "llama2", "llama3", "llama-linear", "llama-dynamic",
        "llama-yarn", "llama-bias", "mistral-window", "smollm2",
    ]

    let directory: String
    let weights: TransformerWeights
    private let values: Checkpoint

    init(_ family: String) throws {
        directory = try #require(Bundle.module.resourcePath) + "/Goldens/" + family
        values = try Checkpoint.open(directory + "/golden.safetensors")
        weights = try TransformerWeights.load(directory, type: .float32, threads: 1)
    }

    func has(_ name: String) -> Bool { values.tensor(named: name) != nil }

    private func read<Number>(_ name: String, _: Number.Type) throws -> [Number] {
        let tensor = try #require(values.tensor(named: name), "the golden has \(name)")
        let reader = try values.reader(of: tensor)
        var failure: (any Error)?
        let count = tensor.byteCount / MemoryLayout<Number>.stride
        let numbers = [Number](unsafeUninitializedCapacity: count) { buffer, initialized in
            do {
                try reader.read(at: 0, into: UnsafeMutableRawBufferPointer(buffer))
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return numbers
    }

    func floats(_ name: String) throws -> [Float] { try read(name, Float.self) }
    func ids(_ name: String) throws -> [Int32] { try read(name, Int32.self) }

    /// The sequences of the golden.
    func sequences() throws -> [[Int32]] {
        let (tokens, offsets) = (try ids("tokens"), try read("offsets", Int64.self))
        return zip(offsets, offsets.dropFirst()).map { Array(tokens[Int($0)..<Int($1)]) }
    }

    func batch(targets: [[Int]]? = nil) throws -> PackedSequences {
        try PackedSequences(
            try sequences(), targets: targets, vocabularySize: weights.configuration.vocabularySize)
    }
}

/// The largest difference, and the largest of the expected numbers.
func difference(_ actual: [Float], _ expected: [Float]) -> (largest: Float, scale: Float) {
    guard actual.count == expected.count else { return (.infinity, 1) }
    var (largest, scale): (Float, Float) = (0, 0)
    for (a, e) in zip(actual, expected) {
        largest = a.isFinite ? max(largest, abs(a - e)) : .infinity
        scale = max(scale, abs(e))
    }
    return (largest, scale)
}

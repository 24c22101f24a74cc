import Checkpoints
import Kernels
public import Tensors

extension TransformerWeights {
    /// A model whose weights are random, as transformers makes one: matrices normal with the standard deviation
    /// `initializer_range`, norms one, biases zero, and zero in the row of the embedding that is the padding's.
    ///
    /// Each number follows from the seed and its place alone; threads change nothing.
    ///
    /// - Parameters:
    ///   - type: of the matrices, `float32` or `bfloat16`, to which the numbers are rounded.
    ///   - path: of the configuration, for errors.
    /// - Throws: ``TransformerError`` where the model does not fit the memory; `CancellationError`.
    /// - Complexity: linear in the number of parameters.
    public static func random(
        _ configuration: TransformerConfiguration, seed: UInt64, type: ElementType = .float32, threads: Int = 2,
        path: String = "config.json"
    ) throws -> TransformerWeights {
        try requireMemory(ParameterTable(configuration), type: type, path: path)
        let weights = TransformerWeights(configuration, type: type)
        // Zero counts as not given: transformers writes `initializer_range or 0.02`.
        let deviation = configuration.initializerRange == 0 ? 0.02 : configuration.initializerRange
        for (index, parameter) in weights.table.parameters.enumerated() {
            let matrix = weights.matrices[index]
            switch parameter.role {
            case .queryBias, .keyBias, .valueBias, .outputBias, .gateBias, .upBias, .downBias: continue
            case .inputNorm, .queryNorm, .keyNorm, .feedForwardNorm, .finalNorm:
                store([Float](repeating: 1, count: matrix.count), in: matrix, at: 0)
            case .embedding, .head, .query, .key, .value, .output, .gate, .up, .down:
                try fill(matrix, RandomNumbers(seed: seed, stream: index), deviation: deviation, threads: threads)
            }
        }
        if let padding = configuration.padding, let embedding = weights.matrix(.embedding) {
            let row = [Float](repeating: 0, count: embedding.columns)
            store(row, in: embedding, at: Int(padding) * embedding.columns)
        }
        return weights
    }

    /// Numbers that one thread draws at a time; even, as the generator wants it.
    private static let blockSize = 1 << 16

    private static func fill(
        _ matrix: WeightMatrix, _ numbers: RandomNumbers, deviation: Double, threads: Int
    ) throws {
        let blocks = (matrix.count + blockSize - 1) / blockSize
        try Workers.run(jobs: blocks, threads: threads) { block in
            let first = block * blockSize
            var values = [Float](repeating: 0, count: min(blockSize, matrix.count - first))
            numbers.normal(&values, from: first, deviation: deviation)
            store(values, in: matrix, at: first)
        }
    }

    /// Writes numbers from a position of a matrix on, rounded to its type.
    static func store(_ values: [Float], in matrix: WeightMatrix, at position: Int) {
        let width = matrix.type.byteWidth
        matrix.withBytes { bytes in
            let target = UnsafeMutableRawBufferPointer(
                rebasing: bytes[position * width..<(position + values.count) * width])
            _ = values.withUnsafeBytes {
                ElementConversion.convert($0, from: .float32, into: target, to: matrix.type.tensorType)
            }
        }
    }

    /// Numbers of a matrix from a position on.
    static func numbers(of matrix: WeightMatrix, at position: Int, count: Int) -> [Float] {
        let width = matrix.type.byteWidth
        return [Float](unsafeUninitializedCapacity: count) { values, filled in
            matrix.withBytes { bytes in
                let source = UnsafeRawBufferPointer(rebasing: bytes[position * width..<(position + count) * width])
                _ = ElementConversion.convert(
                    source, from: matrix.type.tensorType, into: UnsafeMutableRawBufferPointer(values), to: .float32)
            }
            filled = count
        }
    }
}

import Testing

@testable import Kernels

/// One problem of attention, and what the kernels make of it.
struct LayersAttentionCase: CustomTestStringConvertible, Sendable {
    let lengths: [Int]
    var queryHeads = 4
    var keyHeads = 2
    var width = 16
    var window: Int?

    var testDescription: String { "\(lengths) \(queryHeads)/\(keyHeads) x \(width), window \(window ?? 0)" }
    var shape: Attention.Shape {
        Attention.Shape(queryHeads: queryHeads, keyHeads: keyHeads, headWidth: width, window: window)
    }
    var offsets: [Int] { lengths.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) } }
    var tokens: Int { lengths.reduce(0, +) }

    static let all: [LayersAttentionCase] = [
        LayersAttentionCase(lengths: [1]),
        LayersAttentionCase(lengths: [1, 2, 63, 64, 65]),
        LayersAttentionCase(lengths: [200, 0, 3], queryHeads: 3, keyHeads: 3, width: 64),
        LayersAttentionCase(lengths: [97, 193], queryHeads: 8, keyHeads: 1, width: 32),
        LayersAttentionCase(lengths: [30, 100], queryHeads: 2, keyHeads: 1, width: 10),
        LayersAttentionCase(lengths: [50], queryHeads: 2, keyHeads: 2, width: 256),
        LayersAttentionCase(lengths: [210, 5], width: 24, window: 1),
        LayersAttentionCase(lengths: [5, 210], window: 7),
        LayersAttentionCase(lengths: [400], window: 96),
        LayersAttentionCase(lengths: [400], window: 150),
    ]
}

/// The matrices of one pass forward and back.
struct LayersAttentionRun {
    let inputs: Attention.Inputs
    let outputGradient: Matrix
    let output: Matrix
    let logSums: Matrix
    let gradients: Attention.Inputs

    init(_ example: LayersAttentionCase, threads: Int, level: LayerLevel, scale: Float = 1) {
        var random = LayersRandom(example.tokens)
        let shape = example.shape, tokens = example.tokens
        let q = shape.queryColumns, k = shape.keyColumns
        func parts(_ whole: Matrix) -> Attention.Inputs {
            Attention.Inputs(
                queries: whole.columns(0..<q), keys: whole.columns(q..<q + k), values: whole.columns(q + k..<q + 2 * k))
        }
        inputs = parts(random.matrix(tokens, q + 2 * k, scale: scale))
        outputGradient = random.matrix(tokens, q)
        output = LayersSamples.apart(tokens, q)
        logSums = FloatBuffer(count: shape.queryHeads * tokens).matrix(rows: shape.queryHeads, columns: tokens)
        let gradient = random.matrix(tokens, q + 2 * k)
        gradients = parts(gradient)
        let team = ThreadTeam(count: threads)
        Attention.forward(
            team: team, inputs, offsets: example.offsets, shape: shape, output: output, logSums: logSums, level: level)
        Attention.backward(
            team: team, inputs, offsets: example.offsets, shape: shape, output: output, logSums: logSums,
            outputGradient: outputGradient, gradients: gradients, level: level)
    }

    func reference(_ example: LayersAttentionCase) -> LayersAttentionReference {
        LayersAttentionReference(
            shape: example.shape, offsets: example.offsets, queries: LayersSamples.numbers(inputs.queries),
            keys: LayersSamples.numbers(inputs.keys), values: LayersSamples.numbers(inputs.values))
    }

    var bits: [[[UInt32]]] {
        [output, logSums, gradients.queries, gradients.keys, gradients.values].map(LayersSamples.bits)
    }
}

@Suite struct LayersAttentionTests {
    @Test(arguments: LayersAttentionCase.all, LayerLevel.available)
    func agreesWithTheDefinition(_ example: LayersAttentionCase, _ level: LayerLevel) {
        let run = LayersAttentionRun(example, threads: 2, level: level), reference = run.reference(example)
        let (output, logSums) = reference.forward()
        #expect(LayersSamples.difference(run.output, output) < 2e-6)
        #expect(LayersSamples.difference(run.logSums, logSums) < 4e-6)
        let gradients = reference.backward(LayersSamples.numbers(run.outputGradient))
        #expect(LayersSamples.difference(run.gradients.queries, gradients.queries) < 1e-5)
        #expect(LayersSamples.difference(run.gradients.keys, gradients.keys) < 1e-5)
        #expect(LayersSamples.difference(run.gradients.values, gradients.values) < 1e-5)
    }

    /// Large scores: one token takes nearly all weight.
    @Test(arguments: LayerLevel.available)
    func staysRightWithLargeScores(_ level: LayerLevel) {
        let example = LayersAttentionCase(lengths: [130])
        let run = LayersAttentionRun(example, threads: 1, level: level, scale: 10)
        let (output, _) = run.reference(example).forward()
        #expect(LayersSamples.difference(run.output, output) < 2e-3)
    }

    @Test(arguments: LayersAttentionCase.all, LayerLevel.available)
    func theNumberOfThreadsDoesNotMatter(_ example: LayersAttentionCase, _ level: LayerLevel) {
        let one = LayersAttentionRun(example, threads: 1, level: level).bits
        for threads in [2, 3, 5, 16] {
            #expect(LayersAttentionRun(example, threads: threads, level: level).bits == one)
        }
    }

    @Test func theReferenceHasTheGradientsOfFiniteDifferences() {
        let example = LayersAttentionCase(lengths: [2, 5], queryHeads: 2, keyHeads: 1, width: 2, window: 3)
        let run = LayersAttentionRun(example, threads: 1, level: .scalar)
        let reference = run.reference(example), weights = LayersSamples.numbers(run.outputGradient)
        func loss(_ reference: LayersAttentionReference) -> Double {
            zip(reference.forward().output, weights).reduce(0) { $0 + zip($1.0, $1.1).reduce(0) { $0 + $1.0 * $1.1 } }
        }
        func differences(_ path: WritableKeyPath<LayersAttentionReference, [[Double]]>) -> [[Double]] {
            reference[keyPath: path].indices.map { row in
                reference[keyPath: path][row].indices.map { column in
                    var above = reference, below = reference
                    above[keyPath: path][row][column] += 1e-5
                    below[keyPath: path][row][column] -= 1e-5
                    return (loss(above) - loss(below)) / 2e-5
                }
            }
        }
        let gradients = reference.backward(weights)
        #expect(LayersSamples.difference(differences(\.queries), gradients.queries) < 1e-8)
        #expect(LayersSamples.difference(differences(\.keys), gradients.keys) < 1e-8)
        #expect(LayersSamples.difference(differences(\.values), gradients.values) < 1e-8)
    }

    /// What is not a number stays in its sequence, and before it nothing changes beyond its block.
    @Test(arguments: LayerLevel.available, [Float.nan, .infinity, -.infinity])
    func notANumberStaysInItsSequence(_ level: LayerLevel, _ value: Float) {
        let shape = Attention.Shape(queryHeads: 2, keyHeads: 1, headWidth: 8)
        var random = LayersRandom(1)
        let inputs = Attention.Inputs(
            queries: random.matrix(150, 16), keys: random.matrix(150, 8), values: random.matrix(150, 8))
        inputs.keys[20, 3] = value
        inputs.values[20, 4] = value
        let output = LayersSamples.apart(150, 16), logSums = FloatBuffer(count: 300).matrix(rows: 2, columns: 150)
        Attention.forward(
            team: ThreadTeam(count: 2), inputs, offsets: [0, 50, 150], shape: shape, output: output, logSums: logSums,
            level: level)
        let numbers = LayersSamples.numbers(output)
        #expect(numbers[50...].allSatisfy { $0.allSatisfy(\.isFinite) })
        #expect(!numbers[20...49].allSatisfy { $0.allSatisfy(\.isFinite) })
    }
}

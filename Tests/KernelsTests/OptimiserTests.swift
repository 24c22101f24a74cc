import Foundation
import Tensors
import Testing

@testable import Kernels

@Suite struct OptimiserTests {
    /// What scripts/make-optimiser-goldens.py wrote.
    private static func golden() throws -> [(name: String, numbers: [Float])] {
        let path = try #require(Bundle.module.path(forResource: "adamw", ofType: "txt", inDirectory: "Goldens"))
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            let fields = line.split(separator: " ")
            return (String(fields[0]), try fields.dropFirst().map { try #require(Float($0)) })
        }
    }

    private static func row(_ numbers: [Float]) -> Matrix {
        let row = FloatBuffer(count: numbers.count).row
        row.set(row: 0, numbers)
        return row
    }

    @Test func stepsAreThoseOfTorch() throws {
        let golden = try Self.golden()
        let adamw = AdamW(learningRate: 3e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1)
        let weights = Self.row(golden[0].numbers)
        let (m, v) = (FloatBuffer(count: 6).row, FloatBuffer(count: 6).row)
        let team = ThreadTeam(count: 2)
        for step in 1...4 {
            let gradients = Self.row(golden[2 * step - 1].numbers)
            adamw.step(team, number: step, weights: weights, gradients: gradients, m: m, v: v)
            for (found, expected) in zip(weights.array(row: 0), golden[2 * step].numbers) {
                // Products are fused here and rounded there.
                #expect((found - expected).magnitude <= 3 * expected.ulp)
            }
        }
        for (found, expected) in [(m, golden[9]), (v, golden[10])] {
            for (found, expected) in zip(found.array(row: 0), expected.numbers) {
                #expect((found - expected).magnitude <= 3 * expected.ulp)
            }
        }
    }

    @Test func descentWithMomentumFollowsItsFormula() {
        let rule = MomentumSGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.5)
        let start = Matrix.random(1, 37, gap: 0, seed: 6).array(row: 0)
        let (weights, m, v) = (Self.row(start), FloatBuffer(count: 37).row, FloatBuffer(count: 37).row)
        var expected = start.map { Double($0) }
        var direction = [Double](repeating: 0, count: 37)
        for step in 1...5 {
            let gradients = Matrix.random(1, 37, gap: 0, seed: UInt64(10 + step))
            rule.step(ThreadTeam(count: 2), number: step, weights: weights, gradients: gradients, m: m, v: v)
            for index in 0..<37 {
                direction[index] = 0.9 * direction[index] + Double(gradients[0, index])
                expected[index] = expected[index] * (1 - 0.05) - 0.1 * direction[index]
                #expect((Double(weights[0, index]) - expected[index]).magnitude < 1e-5)
            }
        }
        #expect(v.array(row: 0).allSatisfy { $0 == 0 })
        // Twice the gradient is twice the step, whatever came before.
        let (once, twice) = (Self.row([0, 0]), Self.row([0, 0]))
        let plain = MomentumSGD(learningRate: 0.5)
        for (weights, gradient) in [(once, Float(0.25)), (twice, 0.5)] {
            plain.step(
                ThreadTeam(count: 1), number: 1, weights: weights, gradients: Self.row([gradient, -gradient]),
                m: FloatBuffer(count: 2).row, v: FloatBuffer(count: 2).row)
        }
        #expect(once.array(row: 0) == [-0.125, 0.125] && twice.array(row: 0) == [-0.25, 0.25])
    }

    @Test func adamMayKeepItsSecondMoment() {
        var rule = AdamW(learningRate: 0.01, beta1: 0, beta2: 0.9, epsilon: 0, weightDecay: 0)
        let (weights, m, v) = (Self.row([0]), FloatBuffer(count: 1).row, FloatBuffer(count: 1).row)
        let team = ThreadTeam(count: 1)
        rule.secondMomentSteps = 1
        rule.step(team, number: 1, weights: weights, gradients: Self.row([0.5]), m: m, v: v)
        #expect((weights[0, 0] + 0.01).magnitude < 1e-8)
        let kept = v[0, 0]
        rule.keepsSecondMoment = true
        // Adam takes a step of one size for either gradient; here a tenth of the gradient is a tenth of the step.
        rule.step(team, number: 2, weights: weights, gradients: Self.row([0.05]), m: m, v: v)
        #expect(v[0, 0] == kept && (weights[0, 0] + 0.011).magnitude < 1e-8)
        // A gradient that is larger than all before, or the first that is not 0, makes no larger step than Adam's.
        rule.step(team, number: 3, weights: weights, gradients: Self.row([50]), m: m, v: v)
        #expect((weights[0, 0] + 0.021).magnitude < 1e-8)
        let (fresh, none, zero) = (Self.row([0]), FloatBuffer(count: 1).row, FloatBuffer(count: 1).row)
        rule.step(team, number: 2, weights: fresh, gradients: Self.row([1e-3]), m: none, v: zero)
        #expect((fresh[0, 0] + 0.01).magnitude < 1e-8)
    }

    @Test(arguments: [1, 15, 16, 17, 100, 1003], [ElementType.float32, .bfloat16])
    func everyLevelAndNumberOfThreads(_ count: Int, _ type: ElementType) {
        let adamw = AdamW(learningRate: 0.01, beta1: 0.8, beta2: 0.9, epsilon: 1e-6, weightDecay: 0.5)
        let start = Matrix.random(1, count, gap: 0, seed: 1).array(row: 0)
        let gradients = Matrix.random(1, count, gap: 0, seed: 2)
        let firsts = Matrix.random(1, count, gap: 0, seed: 3).array(row: 0)
        let seconds = Matrix.random(1, count, gap: 0, seed: 4).array(row: 0).map(\.magnitude)
        for level in LayerLevel.available {
            var results: [[Float]] = []
            for threads in [1, 2, 5] {
                let weights = WeightMatrix(rows: 1, columns: count, type: type)
                let master = type == .bfloat16 ? Self.row(start) : nil
                if type == .float32 {
                    weights.withBytes { bytes in start.withUnsafeBytes { bytes.copyMemory(from: $0) } }
                }
                let (m, v) = (Self.row(firsts), Self.row(seconds))
                adamw.step(
                    ThreadTeam(count: threads), number: 3, weights: weights, master: master, gradients: gradients,
                    m: m, v: v, level: level)
                let found = (0..<count).map { Float(weights.number(0, $0)) }
                let exact = master?.array(row: 0) ?? found
                for index in 0..<count {
                    let g = Double(gradients[0, index])
                    let first = Double(firsts[index]) * 0.8 + 0.2 * g
                    let second = Double(seconds[index]) * 0.9 + 0.1 * g * g
                    let root = (second / (1 - 0.729)).squareRoot() + 1e-6
                    let expected = Double(start[index]) * (1 - 0.005) - 0.01 / (1 - 0.512) * first / root
                    #expect((Double(exact[index]) - expected).magnitude < 1e-6)
                    #expect((Double(m[0, index]) - first).magnitude < 2e-7)
                    #expect((Double(v[0, index]) - second).magnitude < 2e-7)
                    if type == .bfloat16 {
                        let bits = exact[index].bitPattern
                        let even = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000
                        #expect(found[index].bitPattern == even)
                    }
                }
                results.append(exact + m.array(row: 0) + v.array(row: 0))
            }
            #expect(results.allSatisfy { $0 == results[0] })
        }
    }

    @Test(arguments: [0, 1, 17, 100, 32_768, 100_001])
    func theNormDoesNotDependOnThreads(_ count: Int) {
        let gradients = count == 0 ? FloatBuffer(count: 0).row : Matrix.random(1, count, gap: 0, seed: 8)
        let expected = gradients.array(row: 0).reduce(0.0) { $0 + Double($1) * Double($1) }
        for level in LayerLevel.available {
            let sums = [1, 2, 3, 8].map { threads in
                GradientNorm.sumOfSquares(ThreadTeam(count: threads), gradients, level: level)
            }
            #expect(sums.allSatisfy { $0 == sums[0] })
            #expect((sums[0] - expected).magnitude <= 1e-12 * expected)
        }
    }

    @Test func hugeGradientsHaveANorm() {
        let gradients = Self.row([Float](repeating: 3e38, count: 100))
        let sum = GradientNorm.sumOfSquares(ThreadTeam(count: 1), gradients)
        #expect((sum.squareRoot() / Double(gradients[0, 0]) - 10).magnitude < 1e-12)
    }

    @Test func scaling() {
        for level in LayerLevel.available {
            let gradients = Matrix.random(1, 203, gap: 0, seed: 8)
            let before = gradients.array(row: 0)
            GradientNorm.scale(ThreadTeam(count: 3), gradients, by: 0.3, level: level)
            #expect(gradients.array(row: 0) == before.map { $0 * 0.3 })
            #expect(gradients.isSurroundedByNaN)
        }
    }
}

@Suite struct MeasuringTests {
    @Test func whatIsMeasuredIsANumber() {
        let team = ThreadTeam(count: 2)
        for speed in [
            MemoryBandwidth.read(team, bytes: 1 << 22, passes: 2),
            ProductSpeed.forward(team, rows: 40, outputs: 33, inputs: 50, runs: 2),
            ProductSpeed.forward(team, rows: 3, outputs: 33, inputs: 50, type: .bfloat16, runs: 2),
            ProductSpeed.peak(team, order: 64, runs: 2),
        ] {
            #expect(speed.isFinite && speed > 0)
        }
    }
}

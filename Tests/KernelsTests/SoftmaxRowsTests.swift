import Glibc
import Testing

@testable import Kernels

@Suite struct SoftmaxRowsTests {
    /// The statistics of a row from their definitions, in binary64.
    private struct Reference {
        let logProbabilities: [Double]
        let logSumExp: Double
        let entropy: Double

        init(_ logits: [Float], temperature: Float) {
            let scaled = logits.map { Double($0) / Double(temperature) }
            let maximum = scaled.max() ?? 0
            let logSum = log(scaled.reduce(0) { $0 + exp($1 - maximum) })
            let logs = scaled.map { $0 - maximum - logSum }
            logSumExp = maximum + logSum
            logProbabilities = logs
            entropy = -logs.reduce(0) { $0 + ($1 == -.infinity ? 0 : exp($1) * $1) }
        }

        func gradient(target: Int, a: Double, b: Double, temperature: Double) -> [Double] {
            logProbabilities.enumerated().map { index, log in
                let p = exp(log)
                let entropyPart = log == -.infinity ? 0 : -p * (log + entropy)
                return (a * ((index == target ? 1 : 0) - p) + b * entropyPart) / temperature
            }
        }
    }

    /// Rows of every kind that go wrong.
    private static func rows(_ vocabulary: Int) -> [[Float]] {
        var random = RandomNumbers(seed: UInt64(vocabulary))
        let plain = (0..<vocabulary).map { _ in random.next() * 10 }
        var masked = plain
        for index in stride(from: 0, to: vocabulary, by: 3) where vocabulary > 1 { masked[index] = -.infinity }
        var hot = plain.map { $0 - 1000 }
        hot[vocabulary / 2] = 1000
        var lonely = [Float](repeating: -.infinity, count: vocabulary)
        lonely[vocabulary - 1] = -3
        return [
            plain, masked, hot, lonely, plain.map { $0 + 1_000_000 }, plain.map { $0 - 3e38 },
            [Float](repeating: 7, count: vocabulary), plain.map { $0 * 20 }, plain.map { $0 * 1e-3 },
        ]
    }

    private static func matrix(_ rows: [[Float]]) -> Matrix {
        let matrix = Matrix.random(rows.count, rows[0].count, seed: 1)
        for (index, row) in rows.enumerated() { matrix.set(row: index, row) }
        return matrix
    }

    @Test(arguments: [1, 2, 3, 15, 16, 17, 33, 100, 256, 1000, 32_003], [Float(1), 0.6, 3])
    func statisticsAndGradientsAreThoseOfTheDefinition(_ vocabulary: Int, _ temperature: Float) {
        let rows = Self.rows(vocabulary)
        let targets = rows.indices.map { $0 % 2 == 0 ? vocabulary / 2 : vocabulary - 1 }
        let weights = rows.indices.map { (a: Float($0) * 0.3 - 1, b: $0 % 3 == 0 ? 0 : 0.7 - Float($0) * 0.2) }
        for level in LayerLevel.available {
            for threads in [1, 3] {
                let team = ThreadTeam(count: threads)
                let logits = Self.matrix(rows)
                let found = SoftmaxRows.statistics(
                    team, logits, targets: targets, temperature: temperature, level: level)
                #expect(zip(logits.numbers, rows).allSatisfy { $0 == $1 })
                SoftmaxRows.gradients(
                    team, logits, targets: targets, statistics: found, logProbabilityWeights: weights.map(\.a),
                    entropyWeights: weights.map(\.b), temperature: temperature, level: level)
                #expect(logits.isSurroundedByNaN)
                for (index, row) in rows.enumerated() {
                    let expected = Reference(row, temperature: temperature)
                    let statistics = found[index]
                    // Scaling with 1 / temperature in binary32 costs half a unit of the distance to the maximum.
                    let tolerance = 1e-6 * max(1, Double(row.max()! - row[targets[index]]).clamped(to: 3000))
                    let expectedLog = expected.logProbabilities[targets[index]]
                    #expect(
                        statistics.targetLogProbability == expectedLog
                            || (statistics.targetLogProbability - expectedLog).magnitude < tolerance, "row \(index)")
                    #expect(
                        (statistics.logSumExp - expected.logSumExp).magnitude
                            < 2e-6 + 1e-7 * expected.logSumExp.magnitude)
                    #expect((statistics.entropy - expected.entropy).magnitude < 1e-5, "row \(index)")
                    #expect(statistics.entropy >= 0)
                    #expect(statistics.largest == row.firstIndex(of: row.max()!))
                    let gradient = expected.gradient(
                        target: targets[index], a: Double(weights[index].a), b: Double(weights[index].b),
                        temperature: Double(temperature))
                    let worst = zip(logits.array(row: index), gradient).map { (Double($0) - $1).magnitude }
                    #expect(worst.allSatisfy { $0 < 4e-6 }, "row \(index)")
                }
            }
        }
    }

    @Test func gradientsAreDifferencesOfTheStatistics() {
        let team = ThreadTeam(count: 1)
        let row = (0..<9).map { Float($0 * $0 % 7) * 0.4 }
        func value(_ row: [Float]) -> Double {
            let found = SoftmaxRows.statistics(team, Self.matrix([row]), targets: [4], temperature: 1.5)[0]
            return 0.8 * found.targetLogProbability - 1.3 * found.entropy
        }
        let logits = Self.matrix([row])
        let found = SoftmaxRows.statistics(team, logits, targets: [4], temperature: 1.5)
        SoftmaxRows.gradients(
            team, logits, targets: [4], statistics: found, logProbabilityWeights: [0.8], entropyWeights: [-1.3],
            temperature: 1.5)
        for index in row.indices {
            var (up, down) = (row, row)
            up[index] += 0x1p-7
            down[index] -= 0x1p-7
            let difference = (value(up) - value(down)) / 0x1p-6
            #expect((difference - Double(logits[0, index])).magnitude < 1e-4)
        }
    }

    @Test func rowsWithoutWeightAreZeros() {
        let team = ThreadTeam(count: 2)
        let logits = Matrix.random(8, 40, seed: 9)
        let targets = [Int](repeating: 3, count: 8)
        let found = SoftmaxRows.statistics(team, logits, targets: targets)
        let runs = SoftmaxRows.gradients(
            team, logits, targets: targets, statistics: found, logProbabilityWeights: [0, 1, 0, 0, 0, -1, 1, 0],
            entropyWeights: [0, 0, 0.5, 0, 0, 0, 0, 0])
        #expect(runs == [1..<3, 5..<7])
        for row in 0..<8 {
            let isZero = logits.array(row: row).allSatisfy { $0 == 0 }
            #expect(isZero == !runs.contains { $0.contains(row) })
        }
        #expect(logits.isSurroundedByNaN)
    }

    @Test func whatIsNotANumberIsSaid() {
        let team = ThreadTeam(count: 1)
        for level in LayerLevel.available {
            for bad in [Float.nan, .infinity, Float(bitPattern: 0x7FC0_0001), Float(bitPattern: 0xFFFF_FFFF)] {
                var row = [Float](repeating: 1, count: 50)
                row[20] = bad
                let found = SoftmaxRows.statistics(
                    team, Self.matrix([row]), targets: [3], temperature: 1, level: level)[0]
                #expect(found.entropy.isNaN && found.targetLogProbability.isNaN)
            }
            let nothing = [Float](repeating: -.infinity, count: 50)
            let found = SoftmaxRows.statistics(
                team, Self.matrix([nothing]), targets: [3], temperature: 1, level: level)[0]
            #expect(found.entropy.isNaN && found.targetLogProbability.isNaN && found.largest == 0)
        }
    }
}

extension Double {
    fileprivate func clamped(to limit: Double) -> Double { isNaN ? limit : min(magnitude, limit) }
}

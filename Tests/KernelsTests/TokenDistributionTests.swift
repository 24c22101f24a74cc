import Glibc
import Testing

@testable import Kernels

@Suite struct TokenDistributionTests {
    /// Logits that look random; some levels of rounding make ties.
    static func logits(_ count: Int, seed: UInt64, step: Float? = nil) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            var sum: Float = 0
            for _ in 0..<4 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                sum += Float(state >> 40) / Float(1 << 24) - 0.5
            }
            guard let step else { return 5 * sum }
            return (5 * sum / step).rounded() * step
        }
    }

    static func matrix(_ values: [Float]) -> Matrix {
        let matrix = FloatBuffer(count: values.count).row
        matrix.set(row: 0, values)
        return matrix
    }

    /// Tokens by descending logits, equal ones by ascending ids.
    static func ranked(_ logits: [Float]) -> [Int] {
        logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
    }

    @Test(arguments: [1, 7, 8, 9, 511, 512, 513, 1024, 5003])
    func logProbabilities(_ count: Int) throws {
        let logits = Self.logits(count, seed: 3)
        let distribution = TokenDistribution(vocabulary: count)
        try distribution.load(Self.matrix(logits))
        #expect(distribution.mostLikely == Self.ranked(logits)[0])
        let most = Double(logits.max() ?? 0)
        let normaliser = most + log(logits.reduce(0) { $0 + exp(Double($1) - most) })
        for token in 0..<count {
            let expected = Double(logits[token]) - normaliser
            #expect(abs(Double(distribution.loadedLogProbability(of: token)) - expected) < 2e-6)
        }
    }

    @Test(arguments: LayerLevel.available)
    func levelsAgreeToTheBit(_ level: LayerLevel) throws {
        for count in [1, 13, 512, 4099] {
            let row = Self.matrix(Self.logits(count, seed: UInt64(count)))
            let first = TokenDistribution(vocabulary: count, level: .scalar)
            let second = TokenDistribution(vocabulary: count, level: level)
            for point in [0, 0.1, 0.5, 0.999] {
                for share in [1, 0.8] {
                    var drawn: [(token: Int, logProbability: Float)] = []
                    for distribution in [first, second] {
                        try distribution.load(row)
                        try distribution.divide(by: 0.9)
                        distribution.keepMass(share)
                        drawn.append(distribution.draw(point))
                    }
                    #expect(drawn[0] == drawn[1])
                    #expect(first.loadedLogProbability(of: 0) == second.loadedLogProbability(of: 0))
                    #expect(first.keptTokens == second.keptTokens)
                }
            }
        }
    }

    @Test(arguments: [1, 2, 10, 100, 999, 1000, 1001, 5000])
    func largest(_ count: Int) throws {
        let distribution = TokenDistribution(vocabulary: 1000)
        for (seed, step) in [(1, nil), (2, 0.25), (3, 2.0)] as [(UInt64, Float?)] {
            let logits = Self.logits(1000, seed: seed, step: step)
            try distribution.load(Self.matrix(logits))
            distribution.keepLargest(count)
            let least = logits.sorted(by: >)[min(count, 1000) - 1]
            let expected = (0..<1000).filter { logits[$0] >= least }.map(Int32.init)
            #expect(distribution.keptTokens ?? (0..<1000).map(Int32.init) == expected)
        }
    }

    @Test(arguments: [1e-9, 0.01, 0.3, 0.5, 0.9, 0.99, 0.9999])
    func mass(_ share: Double) throws {
        let distribution = TokenDistribution(vocabulary: 1000)
        for (seed, step) in [(1, nil), (2, 0.25), (3, 2.0)] as [(UInt64, Float?)] {
            let logits = Self.logits(1000, seed: seed, step: step)
            for most in [nil, 20] as [Int?] {
                try distribution.load(Self.matrix(logits))
                var ranked = Self.ranked(logits)
                if let most {
                    distribution.keepLargest(most)
                    let least = logits[ranked[most - 1]]
                    ranked = ranked.filter { logits[$0] >= least }
                }
                distribution.keepMass(share)
                let largest = Double(logits[ranked[0]])
                let weights = ranked.map { exp(Double(logits[$0]) - largest) }
                let total = weights.reduce(0, +)
                var above = 0.0
                var expected: [Int32] = []
                for (token, weight) in zip(ranked, weights) where above < share * total {
                    expected.append(Int32(token))
                    above += weight
                }
                #expect(distribution.keptTokens == expected.sorted(), "seed \(seed)")
            }
        }
    }

    @Test(arguments: [0.001, 0.1, 0.5, 1])
    func share(_ share: Float) throws {
        let logits = Self.logits(1000, seed: 9, step: 0.125)
        let distribution = TokenDistribution(vocabulary: 1000)
        let largest = Double(logits.max() ?? 0)
        let expected = (0..<1000).filter { exp(Double(logits[$0]) - largest) >= Double(share) }.map(Int32.init)
        for most in [nil, 1000, 50] as [Int?] {
            try distribution.load(Self.matrix(logits))
            if let most { distribution.keepLargest(most) }
            let left = Set(distribution.keptTokens ?? (0..<1000).map(Int32.init))
            distribution.keepShare(share)
            #expect(distribution.keptTokens == expected.filter(left.contains))
        }
    }

    @Test func drawsFollowTheCumulatedWeights() throws {
        let logits = Self.logits(2000, seed: 4)
        let distribution = TokenDistribution(vocabulary: 2000)
        try distribution.load(Self.matrix(logits))
        let largest = Double(logits.max() ?? 0)
        let weights = logits.map { exp(Double($0) - largest) }
        let total = weights.reduce(0, +)
        for step in 0..<500 {
            let point = (Double(step) + 0.37) / 500
            var sum = 0.0
            let expected = weights.firstIndex { weight in
                sum += weight
                return sum > point * total
            }
            let drawn = distribution.draw(point)
            #expect(drawn.token == expected)
            #expect(abs(Double(drawn.logProbability) - log(weights[drawn.token] / total)) < 2e-6)
        }
    }

    @Test func endsOfTheRange() throws {
        // The last tokens have no weight: rounding must not draw them.
        var logits = [Float](repeating: -.infinity, count: 1500)
        logits[3] = 1
        logits[700] = 1
        let distribution = TokenDistribution(vocabulary: 1500)
        try distribution.load(Self.matrix(logits))
        #expect(distribution.draw(0).token == 3)
        #expect(distribution.draw((1.0).nextDown).token == 700)
        distribution.keepMass(0.999)
        #expect(distribution.keptTokens == [3, 700])
        #expect(distribution.draw((1.0).nextDown).token == 700)
        distribution.keepMass(0.5)
        #expect(distribution.keptTokens == [3])
    }

    @Test func hugeLogits() throws {
        let logits: [Float] = [3e38, -3e38, 2.9e38, -.infinity, 3e38]
        let distribution = TokenDistribution(vocabulary: 5)
        try distribution.load(Self.matrix(logits))
        #expect(distribution.mostLikely == 0)
        distribution.keepLargest(3)
        #expect(distribution.keptTokens == [0, 2, 4])
        #expect(distribution.draw(0.7).token == 4)
    }

    @Test func badLogits() throws {
        let distribution = TokenDistribution(vocabulary: 20)
        for (place, bad) in [(0, Float.nan), (9, .nan), (19, .infinity), (17, -.nan)] {
            var logits = Self.logits(20, seed: 1)
            logits[place] = bad
            #expect(throws: LogitError.notANumber(token: place)) { try distribution.load(Self.matrix(logits)) }
        }
        let none = Self.matrix(Array(repeating: -.infinity, count: 20))
        #expect(throws: LogitError.allExcluded) { try distribution.load(none) }
        // A good row after a bad one.
        try distribution.load(Self.matrix(Self.logits(20, seed: 1)))
        #expect(throws: LogitError.self) { try distribution.divide(by: .leastNormalMagnitude) }
    }

    @Test func loadingLeavesTheLogitsAlone() throws {
        let logits = Self.logits(50, seed: 6)
        let row = Self.matrix(logits)
        let distribution = TokenDistribution(vocabulary: 50)
        try distribution.load(row)
        try distribution.penalise([1, 2, 2, -1, 50], by: 1.5)
        try distribution.divide(by: 0.5)
        distribution.keepLargest(5)
        #expect(row.array(row: 0) == logits)
    }
}

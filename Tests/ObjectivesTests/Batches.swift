import JSON

@testable import Objectives

/// Random numbers that are the same everywhere (SplitMix64).
struct TestRandom {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((bits ^ (bits >> 31)) >> 11) * 0x1p-53
    }

    mutating func below(_ bound: Int) -> Int { Int(uniform() * Double(bound)) }
}

/// A batch as lists, which a test may bend.
struct Lists {
    var logProbs: [[Double]]
    var old: [[Double]]?
    var ref: [[Double]]?
    var mask: [[Bool]]?
    var prefix: [[Bool]]?
    var prefixLoss: [Bool]?
    var rewards: [Double]?
    var groups: [Int]?
    var entropies: [[Double]]?
    var advantages: [Double]?

    func batch() throws(ObjectiveError) -> RolloutBatch {
        var offsets = [0]
        for row in logProbs { offsets.append((offsets.last ?? 0) + row.count) }
        return try RolloutBatch(
            offsets: offsets, logProbs: logProbs.flatMap { $0 }, oldLogProbs: old?.flatMap { $0 },
            refLogProbs: ref?.flatMap { $0 }, mask: mask?.flatMap { $0 }, prefixMask: prefix?.flatMap { $0 },
            prefixLossMask: prefixLoss, rewards: rewards, groups: groups, entropies: entropies?.flatMap { $0 },
            advantages: advantages)
    }

    /// Ragged, with masks, prefixes, a rollout without tokens that count, a group of one, and a group with equal rewards.
    static func random(_ seed: UInt64, spread: Double = 0.5) -> Lists {
        var random = TestRandom(seed)
        let groups = [0, 0, 0, 1, 2, 2, 2, 2, 3, 3]
        let rewards = [1, 0, 0, 1, 1, 1, 0.25, 0, 0.1, 0.1]
        var logProbs: [[Double]] = []
        for rollout in groups.indices {
            logProbs.append((0..<(rollout == 2 ? 0 : 1 + random.below(6))).map { _ in -0.02 - 3 * random.uniform() })
        }
        func near() -> [[Double]] {
            logProbs.map { $0.map { min(-0.001, $0 + spread * (random.uniform() - 0.5)) } }
        }
        var lists = Lists(logProbs: logProbs, old: near(), ref: near(), rewards: rewards, groups: groups)
        lists.mask = logProbs.map { $0.map { _ in random.uniform() < 0.8 } }
        lists.mask?[6] = logProbs[6].map { _ in false }
        lists.prefix = logProbs.enumerated().map { rollout, row in
            row.indices.map { rollout % 2 == 1 && $0 < row.count / 2 + 1 }
        }
        lists.prefixLoss = groups.indices.map { $0 % 4 != 3 }
        lists.entropies = logProbs.map { $0.map { _ in 2 * random.uniform() } }
        return lists
    }
}

/// Whether two numbers are the same but for rounding.
func isNear(_ first: Double, _ second: Double, _ tolerance: Double = 1e-12) -> Bool {
    (first - second).magnitude <= tolerance * max(1, first.magnitude, second.magnitude)
}

func areNear(_ first: [Double], _ second: [Double], _ tolerance: Double = 1e-12) -> Bool {
    first.count == second.count && zip(first, second).allSatisfy { isNear($0, $1, tolerance) }
}

public import Evaluation

/// How often a model solved each of the held-out problems.
public struct PolicyScore: Sendable, Hashable {
    /// For each problem how many of its samples were right, in the problems' order.
    public let correct: [Int]
    /// Samples of each problem.
    public let samples: Int

    /// - Parameters:
    ///   - correct: from 0 to `samples` each.
    ///   - samples: at least 1.
    public init(correct: [Int], samples: Int) {
        precondition(samples >= 1 && correct.allSatisfy { (0...samples).contains($0) })
        self.correct = correct
        self.samples = samples
    }

    /// The share of samples that were right: mean@k, with its interval over problems; nil without problems.
    public var mean: BootstrapInterval? { BootstrapInterval(of: shares) }

    /// The share of problems that were solved at least once: pass@k for k samples; nil without problems.
    public var pass: BootstrapInterval? { BootstrapInterval(of: correct.map { $0 > 0 ? 1 : 0 }) }

    /// How much larger the share is than another model's on the same problems, with its interval over these; nil where the
    /// numbers of problems differ.
    public func gain(over other: PolicyScore) -> BootstrapInterval? {
        guard correct.count == other.correct.count else { return nil }
        return BootstrapInterval(of: zip(shares, other.shares).map { $0 - $1 })
    }

    private var shares: [Double] { correct.map { Double($0) / Double(samples) } }
}

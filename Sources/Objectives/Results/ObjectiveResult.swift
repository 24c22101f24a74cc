/// What an objective makes of a batch.
public struct ObjectiveResult: Sendable {
    /// The loss, to be minimised. Where a formula has a stop gradient, the value under it counts as any other.
    public var loss: Double
    /// For each token, flat as in the batch, the derivative of the loss by its log-probability; 0 where the mask is 0.
    public var gradients: [Double]
    /// For each token the derivative of the loss by its entropy; nil where no entropy bonus is on.
    public var entropyGradients: [Double]?
    /// For each rollout its advantage; empty for supervised methods.
    public var advantages: [Double]
    /// Numbers about the batch, under TRL's names where it has them.
    public var metrics: [ObjectiveMetric]
    /// QUATRO: for each group, in the order in which groups first appear, the solution of its dual problem; empty for other
    /// methods, and where advantages were given.
    public var duals: [TrustRegionDual] = []

    /// The metric of this name; nil where there is none.
    public func metric(_ name: String) -> Double? {
        metrics.first { $0.name == name }?.value
    }

    init(_ batch: RolloutBatch, advantages: [Double] = []) {
        loss = 0
        gradients = [Double](repeating: 0, count: batch.logProbs.count)
        self.advantages = advantages
        metrics = []
    }

    /// Adds a metric; one that is not finite says nothing, and is left out.
    mutating func report(_ name: String, _ value: Double) {
        if value.isFinite { metrics.append(ObjectiveMetric(name: name, value: value)) }
    }
}

/// A number about a batch.
public struct ObjectiveMetric: Sendable, Hashable {
    /// What it is called.
    public let name: String
    /// Finite.
    public let value: Double
}

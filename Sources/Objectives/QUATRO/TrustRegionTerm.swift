import Glibc

/// QUATRO's loss of a rollout, or of its tokens, as a function of the logarithm of the ratio.
struct TrustRegionTerm {
    /// What a ratio comes to.
    struct Value {
        let advantage: Double
        /// Also the derivative by log rho.
        let loss: Double
        /// What the gradient ascends: its derivative by log rho is minus the loss.
        let lagrangian: Double
        /// rho log rho - rho + 1
        let divergence: Double
        let isCapped: Bool

        var isFinite: Bool { loss.isFinite && advantage.isFinite }
    }

    /// r - mu, over lambda where advantages are.
    private let gain: Double
    /// What log rho counts against it.
    private let price: Double
    private let weight: QUATROObjective.RatioWeight
    private let cap: Double

    init(_ objective: QUATROObjective, _ dual: TrustRegionDual, gain: Double, isSkipped: Bool) {
        let scale = objective.isNormalizedByLambda ? dual.lambda : 1
        self.gain = isSkipped ? 0 : gain / scale
        price = isSkipped ? 0 : objective.isNormalizedByLambda ? 1 : dual.lambda
        weight = objective.ratioWeight
        cap = objective.ratioCap
    }

    func at(_ logRatio: Double) -> Value {
        let advantage = gain - price * logRatio
        let held =
            switch weight {
            case .importance: logRatio
            case .capped: min(max(logRatio, -cap), cap)
            case .none: 0.0
            }
        // Below the weight's bound, and where it is all there is, the derivative is the advantage times a constant.
        let factor = exp(held)
        let loss = advantage == 0 ? 0 : -factor * advantage
        let rest = logRatio - held
        let lagrangian = exponentialPart(held) + factor * (gain * rest - price * rest * (logRatio + held) / 2)
        return Value(
            advantage: advantage, loss: loss, lagrangian: lagrangian,
            divergence: exp(logRatio) * logRatio - expm1(logRatio), isCapped: held != logRatio)
    }

    /// gain rho - price (rho log rho - rho + 1), whose derivative by log rho is rho (gain - price log rho).
    private func exponentialPart(_ logRatio: Double) -> Double {
        let ratio = exp(logRatio)
        return gain * ratio - price * (ratio * logRatio - expm1(logRatio))
    }
}

/// What QUATRO reports of a batch.
struct TrustRegionSums {
    private var lagrangian = 0.0
    private var divergence = 0.0
    private var capped = 0
    private var count = 0

    mutating func add(_ value: TrustRegionTerm.Value, _ weight: Double) {
        lagrangian += weight * value.lagrangian
        divergence += value.divergence
        capped += value.isCapped ? 1 : 0
        count += 1
    }

    func report(_ duals: [TrustRegionDual], isCapped: Bool, to result: inout ObjectiveResult) {
        result.report("lagrangian", lagrangian)
        result.report("kl_old", divergence / Double(count))
        if isCapped { result.report("capped_fraction", Double(capped) / Double(count)) }
        let unequal = duals.filter { !$0.isEqual }
        guard !unequal.isEmpty else { return }
        let groups = Double(unequal.count)
        let lambdas = unequal.map(\.lambda)
        result.report("frac_slack", Double(unequal.count(where: \.isSlack)) / groups)
        result.report("lambda/mean", lambdas.reduce(0, +) / groups)
        result.report("lambda/min", lambdas.min() ?? .nan)
        result.report("lambda/max", lambdas.max() ?? .nan)
        result.report("mu/mean", unequal.reduce(0) { $0 + $1.mu } / groups)
    }
}

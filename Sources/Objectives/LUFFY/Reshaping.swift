import Glibc

/// What takes the place of a probability or of an importance ratio in LUFFY's loss, under the names of its public code.
///
/// For an expert's token x = p, for the policy's own x = rho, the ratio to the policy that sampled; l = log x. The code gives
/// experts' tokens a probability of 1 under the expert, so that p is their ratio.
///
/// | name | value | derivative by log p |
/// |---|---|---|
/// | `no_reshape` | x | x |
/// | `logp` | w l for an expert's token, l for an own one | w, 1 |
/// | `p_logp` | x + w l | x + w |
/// | `square_root` | x^(1/2) | x^(1/2) / 2 |
/// | `pow` | x^e | e x^e |
/// | `p_div_p_G` | f(p) = p / (p + G) for an expert's token, f(p) / f(p_old) for an own one | times G / (p + G) |
/// | `clip_low` | p / max(sg(p), 0.1): TrSFT's, in the public code of TRAPO; experts' only | itself |
/// | `clip_low_and_shift` | p (1 / max(sg(p), 0.1) - 0.5); experts' only | itself |
public enum Reshaping: Sendable, Hashable, CustomStringConvertible {
    /// x
    case noReshape
    /// log x
    case logp
    /// x + w log x
    case pLogp
    /// The square root of x
    case squareRoot
    /// x to the power e
    case pow
    /// p / (p + gamma), gamma above 0; LUFFY's shaping of the policy, with 0.1 (arXiv 2504.14945)
    case pDivP(gamma: Double)
    /// p / max(p, 0.1)
    case clipLow
    /// p (1 / max(p, 0.1) - 0.5)
    case clipLowAndShift

    /// The reshaping of this name; nil for others, and for a gamma that is not above 0.
    public init?(named name: String) {
        switch name {
        case "no_reshape": self = .noReshape
        case "logp": self = .logp
        case "p_logp": self = .pLogp
        case "square_root": self = .squareRoot
        case "pow": self = .pow
        case "clip_low": self = .clipLow
        case "clip_low_and_shift": self = .clipLowAndShift
        default:
            guard name.hasPrefix("p_div_p_"), let gamma = Double(name.dropFirst(8)), gamma > 0, gamma.isFinite else {
                return nil
            }
            self = .pDivP(gamma: gamma)
        }
    }

    /// The name.
    public var description: String {
        switch self {
        case .noReshape: "no_reshape"
        case .logp: "logp"
        case .pLogp: "p_logp"
        case .squareRoot: "square_root"
        case .pow: "pow"
        case .pDivP(let gamma): "p_div_p_\(gamma)"
        case .clipLow: "clip_low"
        case .clipLowAndShift: "clip_low_and_shift"
        }
    }

    /// Whether it is only for experts' tokens.
    public var isForExpertsOnly: Bool { self == .clipLow || self == .clipLowAndShift }

    static let names =
        "no_reshape, logp, p_logp, square_root, pow, p_div_p_0.1 (or another number), clip_low, clip_low_and_shift"

    /// The value and its derivative by log p for an expert's token.
    func expert(_ logProb: Double, weight: Double, exponent: Double) -> (value: Double, gradient: Double) {
        let probability = exp(logProb)
        switch self {
        case .logp: return (weight * logProb, weight)
        case .pDivP(let gamma):
            let share = probability / (probability + gamma)
            return (share, share * gamma / (probability + gamma))
        case .clipLow:
            let share = probability / max(probability, 0.1)
            return (share, share)
        case .clipLowAndShift:
            let share = probability * (1 / max(probability, 0.1) - 0.5)
            return (share, share)
        case .noReshape, .pLogp, .squareRoot, .pow:
            return power(logProb, weight: weight, exponent: exponent)
        }
    }

    /// The value and its derivative by log p for a token of the policy's own.
    func own(
        _ logProb: Double, logRatio: Double, weight: Double, exponent: Double
    ) -> (value: Double, gradient: Double) {
        switch self {
        case .logp: return (logRatio, 1)
        case .pDivP(let gamma):
            let (probability, old) = (exp(logProb), exp(logProb - logRatio))
            // p and p_old may both be too small for a double, while their ratio is not.
            let ratio = exp(logRatio) * (old + gamma) / (probability + gamma)
            return (ratio, ratio * gamma / (probability + gamma))
        case .noReshape, .pLogp, .squareRoot, .pow, .clipLow, .clipLowAndShift:
            return power(logRatio, weight: weight, exponent: exponent)
        }
    }

    private func power(_ logarithm: Double, weight: Double, exponent: Double) -> (value: Double, gradient: Double) {
        let exponent = self == .squareRoot ? 0.5 : self == .pow ? exponent : 1
        let value = exp(exponent * logarithm)
        return self == .pLogp ? (value + weight * logarithm, value + weight) : (value, exponent * value)
    }
}

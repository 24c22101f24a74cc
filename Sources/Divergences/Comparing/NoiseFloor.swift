import Glibc
import Kernels
import Tensors

/// The divergence that rounding makes by itself, to be expected on average.
///
/// Where the numbers x of p and of q are each rounded by an error of variance v, independent from token to token,
///
///     E[KL] = sum p (1 - p) v(x) / 2 + sum q (1 - q) v(y) / 2
///
/// to second order: half the variance, under the distribution, of the difference of the errors. 1 - p is there since an error
/// that all tokens share, as one of the only likely token nearly is, moves no probability. Rounding to the nearest makes errors
/// that are uniform over a step, so that v = step^2 / 12. A type with u = 2^-bits has the step u 2^e at numbers from 2^e to
/// 2^(e + 1): for the most probable tokens, which are known, this is taken; of the others it is taken that their significands m
/// are spread evenly in log m, for which the average of v is x^2 u^2 E[1 / m^2] / 12, with E[1 / m^2] = 3 / (8 log 2) = 0.541.
struct NoiseFloor {
    /// E[1 / m^2].
    private static let meanInverseSquare = 3 / (8 * 0.693_147_180_559_945_3)

    /// u; nil where rows have a step of their own.
    private let unit: Double?
    private let temperature: Double

    init(_ dump: LogitDump, temperature: Double) {
        self.init(type: dump.kind == .llama ? nil : dump.type, temperature: temperature)
    }

    /// - Parameter type: what numbers were rounded to; nil where rows have a step of their own.
    init(type: TensorType?, temperature: Double) {
        self.temperature = temperature
        unit =
            switch type {
            case nil: nil
            case .bfloat16: 0x1p-7
            case .float16: 0x1p-10
            case .float32: 0x1p-23
            default: 0x1p-52
            }
    }

    /// What one of the two sides adds.
    ///
    /// - Parameters:
    ///   - square: the mean of the square of the numbers, divided by the temperature.
    ///   - top: log-probabilities of the most probable tokens.
    ///   - logNormaliser: what was taken from the numbers to get these.
    ///   - step: the step of the row, where it has one of its own.
    func value(
        square: Double, top: ArraySlice<Float>, logNormaliser: Double, step: Double?
    ) -> Double {
        if let step {
            let concentration = top.reduce(1.0) { $0 - exp(2 * Double($1)) }
            return max(0, concentration) * step * step / (24 * temperature * temperature)
        }
        guard let unit else { return .nan }
        var (sum, rest) = (0.0, square)
        for log in top where log > -.infinity {
            let (p, scaled) = (exp(Double(log)), Double(log) + logNormaliser)
            let number = abs(scaled * temperature)
            let step = number > 0 ? unit * exp2(floor(log2(number))) / temperature : 0
            sum += p * (1 - p) * step * step
            rest -= p * scaled * scaled
        }
        // What is left is a difference of close numbers where nearly all probability is at the top.
        return (sum + max(0, rest) * unit * unit * Self.meanInverseSquare) / 24
    }
}

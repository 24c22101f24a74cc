import Glibc
import Kernels
import Tensors

/// The divergence that rounding makes by itself, to be expected on average.
///
/// Where the numbers x of p and y of q are each rounded by errors of variance v, independent from token to token,
///
///     E[KL] = sum p (1 - p) v(x) / 2 + sum q (1 - q) v(y) / 2
///
/// to second order: half the variance, under the distribution, of the difference of the errors. 1 - p is there since an error
/// of the only likely token moves no probability. Rounding to the nearest makes errors that are uniform over a step, so that
/// v = step^2 / 12. A type with u = 2^-bits has the step u 2^e at numbers from 2^e to 2^(e + 1): of the most probable tokens,
/// whose numbers are known, this is taken; of the others, that their significands m are spread evenly in log m, for which v is
/// x^2 u^2 E[1 / m^2] / 12 on average, with E[1 / m^2] = 3 / (8 log 2) = 0.541.
///
/// It knows the rounding of the numbers that are compared, and nothing of what was rounded before them.
struct NoiseFloor {
    /// E[1 / m^2].
    private static let meanInverseSquare = 3 / (8 * 0.693_147_180_559_945_3)

    /// u; nil where each row has a step of its own.
    private let unit: Double?
    private let temperature: Double

    /// - Parameter type: of the numbers; nil where each row has a step of its own.
    init(_ type: TensorType?, temperature: Double) {
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

    /// The floor of each row, from numbers of these types that were compared at this temperature.
    static func of(
        _ result: DivergenceRows.Result, reference: TensorType, policy: TensorType, temperature: Double = 1
    ) -> [Double] {
        of(
            result, reference: NoiseFloor(reference, temperature: temperature), steps: [],
            policy: NoiseFloor(policy, temperature: temperature), steps: [])
    }

    /// The floor of each row.
    static func of(
        _ result: DivergenceRows.Result, reference: NoiseFloor, steps referenceSteps: [Double], policy: NoiseFloor,
        steps policySteps: [Double]
    ) -> [Double] {
        result.rows.enumerated().map { index, row in
            func top(_ tokens: TopTokens) -> ArraySlice<Float> {
                tokens.logProbs[index * tokens.width..<(index + 1) * tokens.width]
            }
            return reference.half(
                square: row.squareP, top: top(result.topP), logNormaliser: row.logNormaliserP,
                step: referenceSteps.isEmpty ? 0 : referenceSteps[index])
                + policy.half(
                    square: row.squareQ, top: top(result.topQ), logNormaliser: row.logNormaliserQ,
                    step: policySteps.isEmpty ? 0 : policySteps[index])
        }
    }

    /// What one of the two sides adds.
    ///
    /// - Parameters:
    ///   - square: the mean of the square of the numbers, divided by the temperature.
    ///   - top: log-probabilities of the most probable tokens.
    ///   - logNormaliser: what was taken from the numbers to get these.
    ///   - step: the step of the row, where it has one of its own.
    private func half(square: Double, top: ArraySlice<Float>, logNormaliser: Double, step: Double) -> Double {
        guard let unit else {
            let spread = top.reduce(1.0) { $0 - exp(2 * Double($1)) }
            return max(0, spread) * step * step / (24 * temperature * temperature)
        }
        var (sum, rest) = (0.0, square)
        for log in top where log > -.infinity {
            let (p, scaled) = (exp(Double(log)), Double(log) + logNormaliser)
            let number = abs(scaled * temperature)
            let step = number > 0 ? unit * exp2(floor(log2(number))) / temperature : 0
            sum += -expm1(Double(log)) * p * step * step
            rest -= p * scaled * scaled
        }
        // A difference of close numbers where nearly all probability is at the top.
        return (sum + max(0, rest) * unit * unit * Self.meanInverseSquare) / 24
    }
}

import Glibc

/// The inverse frequencies of rotary embeddings, computed in binary32 step by step as transformers computes them
/// (modeling_rope_utils.py of 5.23), so that angles far from the start agree too.
struct RotaryFrequencies {
    /// One for each pair of numbers of a head.
    let inverse: [Float]
    /// What cosines and sines are multiplied by.
    let attentionFactor: Float

    /// - Parameter length: of the sequence, in positions; only dynamic scaling asks for it.
    init(_ rotary: RotaryConfiguration, headWidth: Int, length: Int) {
        let exponents = stride(from: 0, to: headWidth, by: 2).map { Float($0) / Float(headWidth) }
        func inverse(base: Float) -> [Float] { exponents.map { 1 / powf(base, $0) } }
        let plain = inverse(base: Float(rotary.base))
        var attentionFactor: Float = 1
        switch rotary.scaling {
        case .none: self.inverse = plain
        case .linear(let factor): self.inverse = plain.map { $0 / Float(factor) }
        case .dynamic(let factor, let originalPositions):
            if length <= originalPositions {
                self.inverse = plain
            } else {
                let stretch = Float(factor) * Float(length) / Float(originalPositions) - Float(factor - 1)
                let power = Float(Double(headWidth) / Double(headWidth - 2))
                self.inverse = inverse(base: Float(rotary.base) * powf(stretch, power))
            }
        case .llama3(let factor, let low, let high, let positions):
            self.inverse = plain.map {
                Self.llama3($0, factor: Float(factor), low: low, high: high, positions: Double(positions))
            }
        case .yarn(let factor, let fast, let slow, let positions, let magnitude, let truncates):
            attentionFactor = Float(magnitude)
            let ramp = Self.ramp(
                fast: fast, slow: slow, positions: Double(positions), base: rotary.base, headWidth: headWidth,
                truncates: truncates)
            self.inverse = zip(exponents, ramp).map { exponent, ramp in
                let wave = powf(Float(rotary.base), exponent)
                let kept = 1 - ramp
                return 1 / (Float(factor) * wave) * (1 - kept) + 1 / wave * kept
            }
        }
        self.attentionFactor = attentionFactor
    }

    /// Llama 3.1: wavelengths above the long one are divided, those below the short one kept.
    private static func llama3(_ inverse: Float, factor: Float, low: Double, high: Double, positions: Double) -> Float {
        let wavelength = Float(2 * Double.pi) / inverse
        if wavelength > Float(positions / low) { return inverse / factor }
        if wavelength < Float(positions / high) { return inverse }
        let smooth = (Float(positions) / wavelength - Float(low)) / Float(high - low)
        return (1 - smooth) * inverse / factor + smooth * inverse
    }

    /// YaRN: how much each frequency is interpolated, from 0 to 1.
    private static func ramp(
        fast: Double, slow: Double, positions: Double, base: Double, headWidth: Int, truncates: Bool
    ) -> [Float] {
        let width = Double(headWidth)
        func dimension(_ rotations: Double) -> Double {
            width * log(positions / (rotations * 2 * Double.pi)) / (2 * log(base))
        }
        var (low, high) = (dimension(fast), dimension(slow))
        if truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
        low = max(low, 0)
        high = min(high, width - 1)
        if low == high { high += 0.001 }
        return (0..<headWidth / 2).map { min(max((Float($0) - Float(low)) / Float(high - low), 0), 1) }
    }
}

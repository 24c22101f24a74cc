import Glibc

/// Random numbers by their place: a seed, a stream and a position give a number, whatever was drawn before.
///
/// A position's 64 bits are SplitMix64's (Steele, Lea, Flood, 2014) output function of a counter.
struct RandomNumbers {
    private let key: UInt64

    /// - Parameter stream: streams of one seed are independent.
    init(seed: UInt64, stream: Int) {
        key = Self.mix(Self.mix(seed) &+ UInt64(truncatingIfNeeded: stream &+ 1) &* Self.step)
    }

    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private func bits(_ position: Int) -> UInt64 {
        Self.mix(key &+ UInt64(truncatingIfNeeded: position &+ 1) &* Self.step)
    }

    /// Normally distributed numbers from a position on, which is even: Box and Muller's method on the halves of 64 bits, so that
    /// none is beyond 6.8 standard deviations.
    func normal(_ numbers: inout [Float], from position: Int, deviation: Double) {
        for index in stride(from: 0, to: numbers.count, by: 2) {
            let bits = bits((position + index) / 2)
            let radius = (-2 * log((Double(bits >> 32) + 0.5) * 0x1p-32)).squareRoot() * deviation
            let angle = Double(bits & 0xFFFF_FFFF) * 0x1p-31 * Double.pi
            numbers[index] = Float(radius * cos(angle))
            if index + 1 < numbers.count { numbers[index + 1] = Float(radius * sin(angle)) }
        }
    }

    /// A number from -1 to 1, evenly distributed.
    func uniform(at position: Int) -> Double { (Double(bits(position) >> 11) + 0.5) * 0x1p-52 - 1 }
}

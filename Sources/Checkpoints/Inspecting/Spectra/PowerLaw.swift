import Glibc

/// A power law p(x) ~ x^-alpha fitted to the largest of some numbers: alpha by maximum likelihood, and the smallest number
/// of the tail by the least Kolmogorov-Smirnov distance (Clauset, Shalizi and Newman 2009; the eigenvalues of weights:
/// Martin and Mahoney 2021, whose WeightWatcher computes the same).
public struct PowerLaw: Sendable, Hashable {
    /// The exponent. Of well trained layers it is mostly between 2 and 6.
    public let alpha: Double
    /// The largest distance between the tail's distribution and the law's; 0...1.
    public let distance: Double
    /// The smallest number of the tail.
    public let minimum: Double
    /// How many numbers are in the tail.
    public let tailCount: Int

    /// Whether the tail is no power law to speak of: the distance is above 0.1, or fewer than 10 numbers are in the tail.
    public var isPoorFit: Bool { distance > 0.1 || tailCount < 10 }

    /// Fits numbers above zero, in descending order; nil for fewer than 10, and where they do not differ.
    ///
    /// - Parameter scale: what the numbers were divided by; the minimum is multiplied with it.
    /// - Complexity: half the square of their number.
    init?(fitting descending: [Double], scale: Double) {
        guard descending.count >= 10 else { return nil }
        let logarithms = descending.reversed().map { logarithm($0) }
        let count = logarithms.count
        var best: (start: Int, alpha: Double, distance: Double)?
        var tail = logarithms.reduce(0, +)
        for start in 0..<count - 1 {
            let size = Double(count - start)
            let excess = tail - size * logarithms[start]
            tail -= logarithms[start]
            guard excess > 0 else { continue }
            let alpha = 1 + size / excess
            guard alpha.isFinite else { continue }
            let limit = best?.distance ?? .infinity
            let distance = Self.distance(logarithms[start...], alpha: alpha, giveUpAt: limit)
            if distance < limit { best = (start, alpha, distance) }
        }
        guard let best else { return nil }
        alpha = best.alpha
        distance = best.distance
        minimum = exponential(logarithms[best.start]) * scale
        tailCount = count - best.start
    }

    private static func distance(_ tail: ArraySlice<Double>, alpha: Double, giveUpAt limit: Double) -> Double {
        let (first, size) = (tail[tail.startIndex], Double(tail.count))
        var largest = 0.0
        for (place, value) in tail.enumerated() {
            let law = 1 - exponential((1 - alpha) * (value - first))
            largest = max(largest, (law - Double(place) / size).magnitude)
            if largest >= limit { break }
        }
        return largest
    }
}

/// The natural logarithm.
func logarithm(_ value: Double) -> Double { Glibc.log(value) }

/// The natural exponential.
func exponential(_ value: Double) -> Double { Glibc.exp(value) }

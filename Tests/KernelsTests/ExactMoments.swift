@testable import Kernels

/// A number in two parts, for references: about 32 decimal digits (Dekker's sums and products).
struct DoubleDouble {
    var high: Double
    var low: Double

    init(_ high: Double, _ low: Double = 0) {
        self.high = high
        self.low = low
    }

    static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        let sum = a.high + b.high
        let rounded = sum - a.high
        let lost = (a.high - (sum - rounded)) + (b.high - rounded)
        let low = lost + a.low + b.low
        let high = sum + low
        return DoubleDouble(high, low - (high - sum))
    }

    static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble { a + DoubleDouble(-b.high, -b.low) }

    static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        let product = a.high * b.high
        let low = (-product).addingProduct(a.high, b.high) + (a.high * b.low + a.low * b.high)
        let high = product + low
        return DoubleDouble(high, low - (high - product))
    }

    static func / (a: DoubleDouble, b: Double) -> DoubleDouble {
        let quotient = a.high / b
        let rest = a - DoubleDouble(quotient) * DoubleDouble(b)
        return DoubleDouble(quotient) + DoubleDouble(rest.high / b)
    }
}

/// Moments by their definitions: the mean first, then the deviations from it, in twice the precision.
struct ExactMoments {
    let sum: Double
    let l1Norm: Double
    let sumOfSquares: Double
    let mean: Double
    let standardDeviation: Double
    let skewness: Double
    let kurtosis: Double

    init(_ values: [Double]) {
        let n = Double(values.count)
        var total = DoubleDouble(0)
        var magnitudes = DoubleDouble(0)
        var squares = DoubleDouble(0)
        for value in values {
            total = total + DoubleDouble(value)
            magnitudes = magnitudes + DoubleDouble(value.magnitude)
            squares = squares + DoubleDouble(value) * DoubleDouble(value)
        }
        let center = total / n
        var moments = [DoubleDouble](repeating: DoubleDouble(0), count: 3)
        for value in values {
            let deviation = DoubleDouble(value) - center
            let square = deviation * deviation
            moments[0] = moments[0] + square
            moments[1] = moments[1] + square * deviation
            moments[2] = moments[2] + square * square
        }
        let variance = moments[0].high / n
        sum = total.high
        l1Norm = magnitudes.high
        sumOfSquares = squares.high
        mean = center.high
        standardDeviation = variance.squareRoot()
        skewness = moments[1].high / n / (variance * variance.squareRoot())
        kurtosis = moments[2].high / n / (variance * variance)
    }
}

/// Whether two numbers agree to within a fraction of the larger or of `scale`.
func agree(_ a: Double?, _ b: Double?, _ tolerance: Double, scale: Double = 0) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return a == b || (a - b).magnitude <= tolerance * max(a.magnitude, b.magnitude, scale)
}

/// A number with a normal distribution, nearly.
func gaussian(_ random: inout SeededGenerator) -> Double {
    (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
}

import CKernels

/// A sum of numbers and what was lost of it to rounding.
struct CompensatedSum: Sendable, Equatable {
    var high = 0.0
    var low = 0.0

    var value: Double { high + low }

    /// Knuth's TwoSum ("The Art of Computer Programming", volume 2, 4.2.2): the rounding of each addition is exact.
    mutating func add(_ number: Double) {
        let sum = high + number
        let rounded = sum - high
        low += (high - (sum - rounded)) + (number - rounded)
        high = sum
    }

    mutating func add(_ other: CompensatedSum) {
        add(other.high)
        low += other.low
    }

    func scaled(by factor: Double) -> CompensatedSum {
        CompensatedSum(high: high * factor, low: low * factor)
    }
}

/// Sums of numbers, of their magnitudes, and of powers of their deviations from their mean.
///
/// All are of the numbers divided by 2^exponent, which is zero unless the fourth powers would leave the range of `Double`.
struct PowerSums: Sendable, Equatable {
    var count = 0.0
    var exponent = 0
    var sum = CompensatedSum()
    var absoluteSum = CompensatedSum()
    var second = 0.0
    var third = 0.0
    var fourth = 0.0

    var mean: Double { sum.value / count }

    init() {}

    init(_ summary: ckernels_summary) {
        count = Double(summary.finite)
        exponent = Int(summary.exponent)
        sum.high = summary.sum
        absoluteSum.high = summary.absolute_sum
        second = summary.second
        third = summary.third
        fourth = summary.fourth
    }

    /// The same sums of the numbers divided by another power of two.
    mutating func rescale(to other: Int) {
        guard other != exponent else { return }
        let factor = Double(sign: .plus, exponent: exponent - other, significand: 1)
        exponent = other
        // Nothing but zeros, which a factor that has overflowed would make NaN.
        guard absoluteSum.high != 0 else { return }
        sum = sum.scaled(by: factor)
        absoluteSum = absoluteSum.scaled(by: factor)
        second *= factor * factor
        third *= factor * factor * factor
        fourth *= factor * factor * factor * factor
    }

    /// Adds the sums of other numbers: P. Pébay, "Formulas for robust, one-pass parallel computation of covariances and
    /// arbitrary-order statistical moments", 2008, equations 2.1 and 2.2.
    mutating func merge(_ other: PowerSums) {
        guard other.count > 0 else { return }
        guard count > 0 else {
            self = other
            return
        }
        var other = other
        if exponent != other.exponent {
            let common =
                absoluteSum.high == 0
                ? other.exponent : other.absoluteSum.high == 0 ? exponent : max(exponent, other.exponent)
            rescale(to: common)
            other.rescale(to: common)
        }
        let a = count
        let b = other.count
        let n = a + b
        let delta = other.mean - mean
        let step = delta / n
        let between = delta * step * a * b
        let square = step * step
        fourth +=
            other.fourth + between * square * (a * a - a * b + b * b)
            + 6 * square * (a * a * other.second + b * b * second) + 4 * step * (a * other.third - b * third)
        third += other.third + between * step * (a - b) + 3 * step * (a * other.second - b * second)
        second += other.second + between
        count = n
        sum.add(other.sum)
        absoluteSum.add(other.absoluteSum)
    }
}

import Tensors

/// Moments of elements in one pass.
struct ElementStatistics {
    var counts = TensorStatistics.Counts()
    private(set) var minimum = Double.infinity
    private(set) var maximum = -Double.infinity
    private(set) var absoluteSum = 0.0
    private(set) var squareSum = 0.0
    private var number = 0.0
    private var mean = 0.0
    private var second = 0.0
    private var third = 0.0
    private var fourth = 0.0

    /// The sums as they are shown.
    var moments: TensorStatistics.Moments? {
        guard number > 0 else { return nil }
        var moments = TensorStatistics.Moments()
        moments.minimum = minimum
        moments.maximum = maximum
        moments.mean = mean
        moments.standardDeviation = (second / number).squareRoot()
        if second > 0, minimum < maximum {
            let ratio = number * fourth / second / second
            if ratio.isFinite { moments.kurtosis = ratio }
        }
        moments.l1 = absoluteSum
        moments.l2 = squareSum.squareRoot()
        return moments
    }

    /// Adds elements that are finite numbers or not.
    mutating func add(_ values: UnsafeBufferPointer<Double>) {
        var start = 0
        while start < values.count {
            let end = min(values.count, start + 1024)
            addShort(UnsafeBufferPointer(rebasing: values[start..<end]))
            start = end
        }
    }

    private mutating func addShort(_ values: UnsafeBufferPointer<Double>) {
        var other = ElementStatistics()
        other.counts.elements = values.count
        var isFinite = true
        var zeros = 0
        for value in values {
            isFinite = isFinite && value.isFinite
            zeros += value == 0 ? 1 : 0
        }
        other.counts.zero = zeros
        if isFinite {
            other.addFinite(values)
        } else {
            for value in values where !value.isFinite {
                if value.isNaN {
                    other.counts.nan += 1
                } else if value > 0 {
                    other.counts.positiveInfinity += 1
                } else {
                    other.counts.negativeInfinity += 1
                }
            }
            values.filter(\.isFinite).withUnsafeBufferPointer { other.addFinite($0) }
        }
        merge(other)
    }

    private mutating func addFinite(_ values: UnsafeBufferPointer<Double>) {
        guard let pivot = values.first else { return }
        var (s1, s2, s3, s4) = (SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>())
        var (low, high) = (SIMD4(repeating: pivot), SIMD4(repeating: pivot))
        var (magnitudes, squares) = (SIMD4<Double>(), SIMD4<Double>())
        let pivots = SIMD4(repeating: pivot)
        let raw = UnsafeRawBufferPointer(values)
        let whole = values.count & ~3
        func add(_ value: SIMD4<Double>) {
            let distance = value - pivots
            let square = distance * distance
            s1 += distance
            s2 += square
            s3 += square * distance
            s4 += square * square
            low.replace(with: value, where: value .< low)
            high.replace(with: value, where: value .> high)
            magnitudes += value.replacing(with: -value, where: value .< 0)
            squares += value * value
        }
        for index in stride(from: 0, to: whole, by: 4) {
            add(raw.loadUnaligned(fromByteOffset: index * 8, as: SIMD4<Double>.self))
        }
        let (whole1, whole2, whole3, whole4) = (s1, s2, s3, s4)
        var (t1, t2, t3, t4) = (whole1.sum(), whole2.sum(), whole3.sum(), whole4.sum())
        (minimum, maximum) = (low.min(), high.max())
        (absoluteSum, squareSum) = (magnitudes.sum(), squares.sum())
        for value in values[whole...] {
            let distance = value - pivot
            t1 += distance
            t2 += distance * distance
            t3 += distance * distance * distance
            t4 += distance * distance * (distance * distance)
            (minimum, maximum) = (Swift.min(minimum, value), Swift.max(maximum, value))
            absoluteSum += value.magnitude
            squareSum += value * value
        }
        number = Double(values.count)
        let shift = t1 / number
        mean = pivot + shift
        second = max(0, t2 - shift * t1)
        third = t3 - 3 * shift * t2 + 2 * shift * shift * t1
        fourth = max(0, t4 - 4 * shift * t3 + 6 * shift * shift * t2 - 3 * shift * shift * shift * t1)
    }

    /// Joins two sets (Pébay 2008, equations 2.1 and following).
    mutating func merge(_ other: ElementStatistics) {
        counts.elements += other.counts.elements
        counts.nan += other.counts.nan
        counts.positiveInfinity += other.counts.positiveInfinity
        counts.negativeInfinity += other.counts.negativeInfinity
        counts.zero += other.counts.zero
        counts.subnormal += other.counts.subnormal
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
        absoluteSum += other.absoluteSum
        squareSum += other.squareSum
        guard other.number > 0 else { return }
        guard number > 0 else {
            (number, mean, second) = (other.number, other.mean, other.second)
            (third, fourth) = (other.third, other.fourth)
            return
        }
        let (a, b) = (number, other.number)
        let n = a + b
        let delta = other.mean - mean
        let d2 = delta * delta
        fourth +=
            other.fourth + d2 * d2 * a * b * (a * a - a * b + b * b) / (n * n * n)
            + 6 * d2 * (a * a * other.second + b * b * second) / (n * n)
            + 4 * delta * (a * other.third - b * third) / n
        third +=
            other.third + d2 * delta * a * b * (a - b) / (n * n)
            + 3 * delta * (a * other.second - b * second) / n
        second += other.second + d2 * a * b / n
        mean += delta * b / n
        number = n
    }
}

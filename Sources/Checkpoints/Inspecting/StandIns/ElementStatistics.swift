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

    /// Adds `count` equal finite values.
    mutating func add(_ value: Double, count: Int) {
        var other = ElementStatistics()
        other.number = Double(count)
        other.mean = value
        other.minimum = value
        other.maximum = value
        other.absoluteSum = value.magnitude * Double(count)
        other.squareSum = value * value * Double(count)
        merge(other)
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
        guard let pivot = values.first(where: \.isFinite) else { return }
        var (s1, s2, s3, s4) = (0.0, 0.0, 0.0, 0.0)
        for value in values where value.isFinite {
            let distance = value - pivot
            let square = distance * distance
            s1 += distance
            s2 += square
            s3 += square * distance
            s4 += square * square
            other.number += 1
            other.minimum = min(other.minimum, value)
            other.maximum = max(other.maximum, value)
            other.absoluteSum += value.magnitude
            other.squareSum += value * value
        }
        let count = other.number
        let shift = s1 / count
        other.mean = pivot + shift
        other.second = max(0, s2 - shift * s1)
        other.third = s3 - 3 * shift * s2 + 2 * shift * shift * s1
        other.fourth = max(0, s4 - 4 * shift * s3 + 6 * shift * shift * s2 - 3 * shift * shift * shift * s1)
        merge(other)
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

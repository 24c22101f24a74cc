/// The loops over the elements of blocks, compiled for each type: what calls them is generic, and would be for every element.
enum MergeLoops {
    typealias Block<Number> = UnsafeMutableBufferPointer<Number>

    /// `target = factor source`
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func multiply<Number: MergeNumber>(_ source: Block<Number>, by factor: Number, into target: Block<Number>) {
        for index in target.indices { target[index] = factor * source[index] }
    }

    /// `target += factor source`
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func add<Number: MergeNumber>(_ source: Block<Number>, times factor: Number, to target: Block<Number>) {
        for index in target.indices { target[index] += factor * source[index] }
    }

    /// `target /= divisor`
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func divide<Number: MergeNumber>(_ target: Block<Number>, by divisor: Number) {
        for index in target.indices { target[index] /= divisor }
    }

    /// `target /= divisors`, where zero is one.
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func divide<Number: MergeNumber>(_ target: Block<Number>, by divisors: Block<Number>) {
        for index in target.indices { target[index] /= divisors[index] == 0 ? 1 : divisors[index] }
    }

    /// `target += source`
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func add<Number: MergeNumber>(_ source: Block<Number>, to target: Block<Number>) {
        for index in target.indices { target[index] += source[index] }
    }

    /// `target -= source`
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func subtract<Number: MergeNumber>(_ source: Block<Number>, from target: Block<Number>) {
        for index in target.indices { target[index] -= source[index] }
    }

    /// `target = f x + g y`
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func combine<Number: MergeNumber>(
        _ x: Block<Number>, _ f: Number, _ y: Block<Number>, _ g: Number, into target: Block<Number>
    ) {
        for index in target.indices { target[index] = f * x[index] + g * y[index] }
    }

    /// Adds the signs of numbers: 1, 0 or -1.
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func addSigns<Number: MergeNumber>(of source: Block<Number>, to target: Block<Number>) {
        for index in target.indices { target[index] += source[index] > 0 ? 1 : source[index] < 0 ? -1 : 0 }
    }

    /// Adds the numbers that have the sign of the votes, where zero is plus, and counts their weight. As in mergekit the choice
    /// is a product, so that NaN stays NaN.
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func addElected<Number: MergeNumber>(
        _ source: Block<Number>, _ votes: Block<Number>, weight: Number, to target: Block<Number>,
        _ divisors: Block<Number>
    ) {
        for index in target.indices {
            let sign: Number = votes[index] >= 0 ? 1 : -1
            let counts: Number = source[index] * sign > 0 ? 1 : 0
            target[index] += source[index] * counts
            divisors[index] += weight * counts
        }
    }

    /// The sum of products, in eight sums side by side: exact enough in doubles, and several times faster than one.
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func dot<Number: MergeNumber>(_ x: Block<Number>, _ y: Block<Number>) -> Double {
        var sums = SIMD8<Double>()
        var index = 0
        while index + 8 <= x.count {
            var (left, right) = (SIMD8<Double>(), SIMD8<Double>())
            for lane in 0..<8 {
                left[lane] = Double(x[index + lane])
                right[lane] = Double(y[index + lane])
            }
            sums += left * right
            index += 8
        }
        var sum = sums.sum()
        while index < x.count {
            sum += Double(x[index]) * Double(y[index])
            index += 1
        }
        return sum
    }

    /// The sum of magnitudes.
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func sumOfMagnitudes<Number: MergeNumber>(_ numbers: Block<Number>) -> Double {
        var sums = SIMD8<Double>()
        var index = 0
        while index + 8 <= numbers.count {
            var magnitudes = SIMD8<Double>()
            for lane in 0..<8 { magnitudes[lane] = Double(abs(numbers[index + lane])) }
            sums += magnitudes
            index += 8
        }
        var sum = sums.sum()
        while index < numbers.count {
            sum += Double(abs(numbers[index]))
            index += 1
        }
        return sum
    }
}

/// Which elements are kept.
extension MergeLoops {
    /// How many magnitudes there are of each next 16 bits, among those that begin with the prefix.
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func countDigits<Number: MergeNumber>(
        of numbers: Block<Number>, prefix: UInt64, shift: UInt64, into counts: Block<UInt32>
    ) {
        counts.update(repeating: 0)
        for number in numbers {
            let bits = number.magnitudeBits >> shift
            if bits >> 16 == prefix { counts[Int(truncatingIfNeeded: bits & 0xFFFF)] &+= 1 }
        }
    }

    /// How many numbers have this magnitude.
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func count<Number: MergeNumber>(of magnitude: UInt64, in numbers: Block<Number>) -> Int {
        var count = 0
        for number in numbers where number.magnitudeBits == magnitude { count += 1 }
        return count
    }

    /// Makes what the mask does not keep zero.
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func keep<Number: MergeNumber>(_ mask: RandomMask, of numbers: Block<Number>, firstElement: Int) {
        for index in numbers.indices { numbers[index] *= mask.keeps(firstElement + index) ? 1 : 0 }
    }

    /// Makes numbers below a magnitude zero.
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func keep<Number: MergeNumber>(atLeast threshold: UInt64, of numbers: Block<Number>) {
        for index in numbers.indices { numbers[index] *= numbers[index].magnitudeBits >= threshold ? 1 : 0 }
    }

    /// Makes numbers below a magnitude zero, and those equal to it after the first few.
    @specialized(where Number == Float)
    @specialized(where Number == Double)
    static func keep<Number: MergeNumber>(
        above threshold: UInt64, equal keptEqual: Int, of numbers: Block<Number>
    ) {
        var equal = 0
        for index in numbers.indices {
            let bits = numbers[index].magnitudeBits
            let isKept = bits > threshold || (bits == threshold && equal < keptEqual)
            if bits == threshold { equal += 1 }
            numbers[index] *= isKept ? 1 : 0
        }
    }
}

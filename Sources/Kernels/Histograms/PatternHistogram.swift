import CKernels
public import Tensors

/// How often each bit pattern of a type of 8 or 16 bits occurs: everything about the distribution of a tensor, exactly.
///
/// It holds 256 or 65,536 counts (2 KB or 512 KB). From about 100,000 elements on, counting and deriving the statistics is
/// faster than `ElementStatistics` alone.
public struct PatternHistogram: Sendable, Equatable {
    /// The type of the elements.
    public let type: TensorType
    /// The count of each bit pattern, as an unsigned number.
    public private(set) var counts: [UInt64]

    /// Counts of nothing. The type has to be one of 8 or 16 bits.
    public init(type: TensorType) {
        precondition(PatternHistogram.isSupported(type), "\(type.name) has more patterns than a histogram")
        self.type = type
        counts = [UInt64](repeating: 0, count: 1 << type.bitWidth)
    }

    /// Whether patterns of a type are counted: those of 8 or 16 bits.
    public static func isSupported(_ type: TensorType) -> Bool {
        type.kernelType != nil && (type.bitWidth == 8 || type.bitWidth == 16)
    }

    /// Adds whole elements at any address, in linear time.
    public mutating func add(_ elements: UnsafeRawBufferPointer) {
        let size = type.bitWidth / 8
        precondition(elements.count % size == 0, "a buffer holds whole elements")
        guard let start = elements.baseAddress?.assumingMemoryBound(to: UInt8.self), let code = type.kernelType else {
            return
        }
        counts.withUnsafeMutableBufferPointer { bins in
            if size == 1 {
                ckernels_count_bytes(start, elements.count, bins.baseAddress)
            } else {
                ckernels_count_upper_halves(
                    VectorLevel.best.rawValue, code, start, elements.count / 2, bins.baseAddress)
            }
        }
    }

    /// Adds the counts of other elements, which have to be of the same type.
    public mutating func merge(_ other: PatternHistogram) {
        precondition(type == other.type, "histograms of one type are merged")
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    /// The number of elements.
    public var count: UInt64 { counts.reduce(0, +) }

    /// The number of different bit patterns that occur.
    public var distinctCount: Int { counts.lazy.filter { $0 > 0 }.count }

    /// The numbers that occur, ascending, with their counts; NaN and patterns that do not occur are left out, infinities
    /// and zeros of both signs are not.
    public var values: [(value: Double, count: UInt64)] {
        let numbers = PatternHistogram.numbers(of: type)
        return ascending(numbers).map { (numbers[$0.bin], $0.count) }
    }

    /// Exact quantiles of all elements that are not NaN, for quantiles from 0 to 1; nil where there is none or a quantile
    /// is out of range.
    ///
    /// Between two elements they are interpolated linearly, as NumPy does by default. Takes time linear in the number of
    /// patterns for each.
    public func quantiles(_ quantiles: [Double]) -> [Double]? {
        let numbers = PatternHistogram.numbers(of: type)
        let bins = ascending(numbers)
        let total = bins.reduce(0) { $0 + $1.count }
        guard total > 0, quantiles.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { return nil }
        return RankedValues.quantiles(quantiles, count: total, bins: bins) { bin, _, _ in numbers[bin] }
    }

    /// One quantile, as `quantiles` has it.
    public func quantile(_ quantile: Double) -> Double? { quantiles([quantile])?.first }

    /// The patterns that occur and are numbers, by ascending number.
    private func ascending(_ numbers: [Double]) -> [(bin: Int, count: UInt64)] {
        let half = counts.count / 2
        var order: [Int]
        switch type {
        case .bool, .uint8, .uint16, .float8E8M0: order = Array(0..<counts.count)
        case .int8, .int16: order = Array(half..<counts.count) + Array(0..<half)
        default: order = Array((half..<counts.count).reversed()) + Array(0..<half)
        }
        order.removeAll { counts[$0] == 0 || numbers[$0].isNaN }
        return order.map { ($0, counts[$0]) }
    }

    /// The number that each pattern means.
    static func numbers(of type: TensorType) -> [Double] {
        let count = 1 << type.bitWidth
        return [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
            func convert<T: FixedWidthInteger>(_ patterns: [T]) {
                patterns.withUnsafeBytes {
                    _ = ElementConversion.convert(
                        $0, from: type, into: UnsafeMutableRawBufferPointer(buffer), to: .float64)
                }
            }
            if type.bitWidth == 8 {
                convert((0..<count).map { UInt8($0) })
            } else {
                convert((0..<count).map { UInt16($0) })
            }
            initialized = count
        }
    }
}

extension PatternHistogram {
    /// The statistics of the elements that were counted. Takes time linear in the number of patterns.
    ///
    /// Counts and extremes are exact. The moments are sums over at most 65,536 numbers about their mean, with an error of some
    /// units in the last place.
    public func statistics() -> ElementStatistics {
        let numbers = PatternHistogram.numbers(of: type)
        let leastNormal = type.leastNormalMagnitude
        var result = ElementStatistics()
        var sum = CompensatedSum()
        var magnitudes = CompensatedSum()
        var finite: UInt64 = 0
        for (number, count) in zip(numbers, counts) where count > 0 {
            result.count += count
            if number.isNaN {
                result.nanCount += count
            } else if number.isInfinite {
                if number > 0 { result.positiveInfinityCount += count } else { result.negativeInfinityCount += count }
            } else {
                finite += count
                result.widen(minimum: number, maximum: number)
                if number == 0 {
                    result.zeroCount += count
                } else if number.magnitude < leastNormal {
                    result.subnormalCount += count
                }
                sum.add(number * Double(count))
                magnitudes.add(number.magnitude * Double(count))
            }
        }
        guard finite > 0 else { return result }
        let mean = sum.value / Double(finite)
        var second = CompensatedSum()
        var third = CompensatedSum()
        var fourth = CompensatedSum()
        for (number, count) in zip(numbers, counts) where count > 0 && number.isFinite {
            let deviation = number - mean
            let square = deviation * deviation
            let weight = Double(count)
            second.add(square * weight)
            third.add(square * deviation * weight)
            fourth.add(square * square * weight)
        }
        result.powers.count = Double(finite)
        result.powers.sum = sum
        result.powers.absoluteSum = magnitudes
        result.powers.second = second.value
        result.powers.third = third.value
        result.powers.fourth = fourth.value
        return result
    }
}

extension TensorType {
    /// The least positive number of a type of 8 or 16 bits that is not subnormal; 0 of types that have no subnormal ones.
    var leastNormalMagnitude: Double {
        switch self {
        case .bfloat16: 0x1p-126
        case .float16, .float8E5M2: 0x1p-14
        case .float8E4M3: 0x1p-6
        case .float8E4M3FNUZ: 0x1p-7
        case .float8E5M2FNUZ: 0x1p-15
        default: 0
        }
    }
}

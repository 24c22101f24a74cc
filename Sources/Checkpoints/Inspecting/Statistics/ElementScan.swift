import Kernels
import Tensors

/// What is known of a tensor's elements after some blocks; scans of parts are merged.
struct ElementScan {
    /// Whether elements of this type are numbers that can be counted.
    static func isSupported(_ type: TensorType) -> Bool { ElementStatistics.isSupported(type) }

    private let type: TensorType
    /// Of types of 8 and 16 bits, and then all that there is.
    private var patterns: PatternHistogram?
    /// Of wider types.
    private var magnitudes: MagnitudeHistogram?
    private var narrowing: NarrowingScan?
    /// Sums, which depend on the order of merging; not used where patterns are counted.
    private(set) var sums = ElementStatistics()

    init(_ type: TensorType) {
        self.type = type
        patterns = PatternHistogram.isSupported(type) ? PatternHistogram(type: type) : nil
        magnitudes = MagnitudeHistogram.isSupported(type) ? MagnitudeHistogram(type: type) : nil
        narrowing = NarrowingScan(type)
    }

    /// Looks at whole elements.
    mutating func add(_ block: UnsafeRawBufferPointer) {
        guard patterns == nil else {
            patterns?.add(block)
            return
        }
        sums.add(block, type: type)
        magnitudes?.add(block)
        narrowing?.add(block)
    }

    /// Takes over counts, which do not depend on the order; sums are left.
    mutating func mergeCounts(_ other: ElementScan) {
        if let more = other.patterns { patterns?.merge(more) }
        if let more = other.magnitudes { magnitudes?.merge(more) }
        if let more = other.narrowing { narrowing?.merge(more) }
    }

    /// Forgets the sums; they are going to be merged in order.
    mutating func forgetSums() {
        sums = ElementStatistics()
    }

    /// Takes over sums; in order.
    mutating func mergeSums(_ other: ElementStatistics) {
        sums.merge(other)
    }

    /// What all of it says.
    func statistics(rows: TensorStatistics.Rows?) -> TensorStatistics {
        let found = patterns?.statistics() ?? sums
        var quantiles: [TensorStatistics.Quantile] = []
        var histogram: TensorStatistics.Histogram?
        var binades: [TensorStatistics.Binade] = []
        let moments = TensorStatistics.Moments(found)
        if let moments {
            let entries = patterns.map(Self.entries) ?? magnitudes.map { Self.entries($0, zeros: found.zeroCount) }
            let distribution = ValueDistribution(entries ?? [], minimum: moments.minimum, maximum: moments.maximum)
            quantiles = distribution.quantiles(TensorStatistics.shares)
            histogram = distribution.histogram(steps: TensorStatistics.steps)
            binades = distribution.binades()
        }
        return TensorStatistics(
            counts: TensorStatistics.Counts(found), moments: moments, quantiles: quantiles, histogram: histogram,
            binades: binades, isExact: patterns != nil, rows: rows, narrowerType: narrowing?.narrowerType)
    }

    private static func entries(_ histogram: PatternHistogram) -> [ValueDistribution.Entry] {
        histogram.values.filter { $0.value.isFinite }.map {
            ValueDistribution.Entry(range: $0.value...$0.value, count: Int($0.count))
        }
    }

    private static func entries(_ histogram: MagnitudeHistogram, zeros: UInt64) -> [ValueDistribution.Entry] {
        let isSingle = histogram.type == .float32
        let infinity = isSingle ? 0x7F80 : 0x7FF0
        func range(_ bin: Int) -> ClosedRange<Double> {
            guard isSingle else {
                let low = Double(bitPattern: UInt64(bin) << 48)
                let high = Double(bitPattern: UInt64(bin) << 48 | 0xFFFF_FFFF_FFFF)
                return min(low, high)...max(low, high)
            }
            let low = Double(Float(bitPattern: UInt32(bin) << 16))
            let high = Double(Float(bitPattern: UInt32(bin) << 16 | 0xFFFF))
            return min(low, high)...max(low, high)
        }
        var entries: [ValueDistribution.Entry] = []
        func add(_ bin: Int, count: UInt64) {
            if count > 0 { entries.append(.init(range: range(bin), count: Int(count))) }
        }
        let counts = histogram.counts
        for bin in stride(from: 0x8000 + infinity - 1, through: 0x8001, by: -1) { add(bin, count: counts[bin]) }
        // The bins of the two zeros also have the smallest subnormal numbers; their sign does not show any more.
        let tiny = counts[0] + counts[0x8000] - zeros
        if zeros > 0 { entries.append(.init(range: 0...0, count: Int(zeros))) }
        add(0, count: tiny)
        for bin in 1..<infinity { add(bin, count: counts[bin]) }
        return entries
    }
}

extension TensorStatistics.Counts {
    fileprivate init(_ found: ElementStatistics) {
        elements = Int(found.count)
        nan = Int(found.nanCount)
        positiveInfinity = Int(found.positiveInfinityCount)
        negativeInfinity = Int(found.negativeInfinityCount)
        zero = Int(found.zeroCount)
        subnormal = Int(found.subnormalCount)
    }
}

extension TensorStatistics.Moments {
    /// Nil without a finite element.
    fileprivate init?(_ found: ElementStatistics) {
        guard let minimum = found.minimum, let maximum = found.maximum, let mean = found.mean,
            let deviation = found.standardDeviation
        else { return nil }
        self.minimum = minimum
        self.maximum = maximum
        self.mean = mean
        standardDeviation = deviation
        kurtosis = found.kurtosis
        l1 = found.l1Norm
        l2 = found.l2Norm
    }
}

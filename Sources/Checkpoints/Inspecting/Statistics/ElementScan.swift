import Kernels
import Tensors

/// What is known of a tensor's elements after some blocks; scans of parts are merged.
struct ElementScan {
    /// Whether elements of this type are numbers that can be counted.
    static func isSupported(_ type: TensorType) -> Bool { ElementConversion.isSupported(from: type, to: .float64) }

    private let type: TensorType
    private var patterns: PatternHistogram?
    private var magnitudes: MagnitudeHistogram?
    private var narrowing: NarrowingScan?
    /// Sums, which depend on the order of merging; not used where patterns are counted.
    private(set) var sums = ElementStatistics()

    init(_ type: TensorType) {
        self.type = type
        patterns = PatternHistogram(type)
        magnitudes = patterns == nil ? MagnitudeHistogram() : nil
        narrowing = NarrowingScan(type)
    }

    /// Looks at whole elements.
    ///
    /// - Parameter widened: room for binary64.
    mutating func add(_ block: UnsafeRawBufferPointer, through widened: UnsafeMutableRawBufferPointer) {
        narrowing?.add(block)
        guard patterns == nil else {
            patterns?.add(block)
            return
        }
        let width = type.byteWidth ?? 1
        let step = widened.count / 8 * width
        for start in stride(from: 0, to: block.count, by: step) {
            let part = UnsafeRawBufferPointer(rebasing: block[start..<min(block.count, start + step)])
            let target = UnsafeMutableRawBufferPointer(rebasing: widened[..<(part.count / width * 8)])
            _ = ElementConversion.convert(part, from: type, into: target, to: .float64)
            let values = UnsafeBufferPointer(target.bindMemory(to: Double.self))
            sums.add(values)
            magnitudes?.add(values)
        }
    }

    /// Takes over counts, which do not depend on the order; sums are left.
    mutating func mergeCounts(_ other: ElementScan) {
        if let more = other.patterns { patterns?.merge(more) }
        if let more = other.magnitudes { magnitudes?.merge(more) }
        if let more = other.narrowing { narrowing?.merge(more) }
    }

    /// Takes over sums; in order.
    mutating func mergeSums(_ other: ElementStatistics) {
        sums.merge(other)
    }

    /// Forgets everything, and keeps the memory.
    mutating func reset() {
        patterns?.reset()
        magnitudes?.reset()
        narrowing = NarrowingScan(type)
        sums = ElementStatistics()
    }

    /// What all of it says.
    func statistics(rows: TensorStatistics.Rows?) -> TensorStatistics {
        let (counts, moments, entries) = patterns.map { $0.summary() } ?? wideSummary()
        var quantiles: [TensorStatistics.Quantile] = []
        var histogram: TensorStatistics.Histogram?
        var binades: [TensorStatistics.Binade] = []
        if let moments {
            let distribution = ValueDistribution(entries, minimum: moments.minimum, maximum: moments.maximum)
            quantiles = distribution.quantiles(TensorStatistics.shares)
            histogram = distribution.histogram(steps: TensorStatistics.steps)
            binades = distribution.binades()
        }
        return TensorStatistics(
            counts: counts, moments: moments, quantiles: quantiles, histogram: histogram, binades: binades,
            isExact: patterns != nil, rows: rows, narrowerType: narrowing?.narrowerType)
    }

    private func wideSummary() -> (
        TensorStatistics.Counts, TensorStatistics.Moments?, [ValueDistribution.Entry]
    ) {
        var counts = sums.counts
        let entries = magnitudes?.entries(zeros: counts.zero) ?? []
        let smallest = type == .float32 ? Double(Float.leastNormalMagnitude) : Double.leastNormalMagnitude
        if type.isFloatingPoint {
            counts.subnormal = entries.reduce(0) { sum, entry in
                let isBelow = entry.range.upperBound < smallest && entry.range.lowerBound > -smallest
                return isBelow && entry.range != 0...0 ? sum + entry.count : sum
            }
        }
        return (counts, sums.moments, entries)
    }
}

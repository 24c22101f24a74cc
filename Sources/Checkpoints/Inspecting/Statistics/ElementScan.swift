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
    private let sample: BlockSample
    /// Sums, which depend on the order of merging; not used where patterns are counted.
    private(set) var sums = ElementStatistics()

    /// - Parameter elementCount: of the whole tensor.
    init(_ type: TensorType, elementCount: Int) {
        self.type = type
        sample = BlockSample(elementCount: elementCount, width: type.byteWidth ?? 1)
        patterns = PatternHistogram.isSupported(type) ? PatternHistogram(type: type) : nil
        magnitudes = MagnitudeHistogram.isSupported(type) ? MagnitudeHistogram(type: type) : nil
        narrowing = NarrowingScan(type)
    }

    /// Looks at whole elements, which begin at byte `offset` of the tensor.
    mutating func add(_ block: UnsafeRawBufferPointer, at offset: Int) {
        guard patterns == nil else {
            patterns?.add(block)
            return
        }
        sums.add(block, type: type)
        sample.forEach(of: block, at: offset) { magnitudes?.add($0) }
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
            let entries = patterns.map(Self.entries) ?? magnitudes.map { Self.entries($0, of: found) }
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

    /// Counts of a sample stand for as many more of the whole.
    private static func entries(_ histogram: MagnitudeHistogram, of found: ElementStatistics) -> [ValueDistribution
        .Entry]
    {
        let isSingle = histogram.type == .float32
        let infinity = isSingle ? 0x7F80 : 0x7FF0
        let bins = histogram.occupiedBins.filter { $0.bin & 0x7FFF < infinity }
        let counted = bins.reduce(0) { $0 + $1.count }
        let finite = found.count - found.nanCount - found.positiveInfinityCount - found.negativeInfinityCount
        guard counted > 0 else { return [] }
        let factor = Double(finite) / Double(counted)
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
        func add(_ range: ClosedRange<Double>, count: UInt64) {
            entries.append(.init(range: range, count: max(1, Int((Double(count) * factor).rounded()))))
        }
        for (bin, count) in bins.reversed() where bin > 0x8000 { add(range(bin), count: count) }
        // The bins of the two zeros also have the smallest subnormal numbers; their sign does not show any more.
        let tiny = bins.reduce(0) { $1.bin & 0x7FFF == 0 ? $0 + $1.count : $0 }
        let zeros = min(tiny, UInt64((Double(found.zeroCount) / factor).rounded()))
        if zeros > 0 { add(0...0, count: zeros) }
        if tiny > zeros { add(range(0), count: tiny - zeros) }
        for (bin, count) in bins where bin > 0 && bin < 0x8000 { add(range(bin), count: count) }
        return entries
    }
}

/// Which parts of a tensor are counted by magnitude: all, or of a large one an eighth.
///
/// Counting takes as long as summing up, and what it gives is an estimate in any case. The parts are small, so that every row has
/// its share, and spread at random, so that they don't follow the columns; they are always the same.
private struct BlockSample {
    private static let smallestSampled = 1 << 20
    private static let pieceSize = 1 << 10
    private static let group = 8

    private let isSampled: Bool

    init(elementCount: Int, width: Int) {
        isSampled = elementCount >= Self.smallestSampled && Self.pieceSize % width == 0
    }

    /// Calls `body` with the parts of `block`, which begins at byte `offset`, that are counted.
    func forEach(of block: UnsafeRawBufferPointer, at offset: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard isSampled else { return body(block) }
        let length = Self.pieceSize * Self.group
        var start = 0
        while start < block.count {
            let place = (offset + start) / length
            let end = min(block.count, (place + 1) * length - offset)
            let first = max(start, place * length - offset + Self.piece(place) * Self.pieceSize)
            let last = min(end, place * length - offset + (Self.piece(place) + 1) * Self.pieceSize)
            if first < last { body(UnsafeRawBufferPointer(rebasing: block[first..<last])) }
            start = end
        }
    }

    /// The piece of a group: the upper bits of a product with the golden ratio, which spread evenly.
    private static func piece(_ place: Int) -> Int {
        Int((UInt64(bitPattern: Int64(place)) &* 0x9E37_79B9_7F4A_7C15) >> 61)
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

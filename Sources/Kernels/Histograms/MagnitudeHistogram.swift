import CKernels
public import Tensors

/// Counts of the elements of a type of 32 or 64 bits by sign, exponent and upper bits of the mantissa, from which quantiles
/// are estimated.
///
/// `float32` has 7 bits of mantissa in the bins, which are then at most 2^-7 (0.8 %) of their numbers wide; the other types are
/// counted as the nearest `float64`, with 4 bits of mantissa, in bins of at most 2^-4 (6.3 %). Bins below the least normal
/// number are as wide as those above it. It holds 65,536 counts (512 KB).
public struct MagnitudeHistogram: Sendable, Equatable {
    /// The type of the elements.
    public let type: TensorType
    /// The counts by the upper 16 bits of an element; a NaN is never in the bin of an infinity.
    public private(set) var counts: [UInt64]

    /// Counts of nothing. The type has to be a float or integer of 32 or 64 bits.
    public init(type: TensorType) {
        precondition(MagnitudeHistogram.isSupported(type), "\(type.name) is not counted by magnitude")
        self.type = type
        counts = [UInt64](repeating: 0, count: 1 << 16)
    }

    /// Whether elements of a type are counted: floats and integers of 32 or 64 bits.
    public static func isSupported(_ type: TensorType) -> Bool {
        type.kernelType != nil && (type.bitWidth == 32 || type.bitWidth == 64)
    }

    /// Adds whole elements at any address, in linear time.
    public mutating func add(_ elements: UnsafeRawBufferPointer) {
        add(elements, level: .best)
    }

    mutating func add(_ elements: UnsafeRawBufferPointer, level: VectorLevel) {
        let size = type.bitWidth / 8
        precondition(elements.count % size == 0, "a buffer holds whole elements")
        guard let start = elements.baseAddress?.assumingMemoryBound(to: UInt8.self), let code = type.kernelType else {
            return
        }
        counts.withUnsafeMutableBufferPointer { bins in
            ckernels_count_upper_halves(level.rawValue, code, start, elements.count / size, bins.baseAddress)
        }
    }

    /// Adds the counts of other elements, which have to be of the same type.
    public mutating func merge(_ other: MagnitudeHistogram) {
        precondition(type == other.type, "histograms of one type are merged")
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    /// The number of elements.
    public var count: UInt64 { counts.reduce(0, +) }

    /// The bins that have elements, ascending: upper 16 bits as an unsigned number. A tensor has some thousands of them.
    public var occupiedBins: [(bin: Int, count: UInt64)] {
        counts.withUnsafeBufferPointer { counts in
            var bins: [(bin: Int, count: UInt64)] = []
            for bin in counts.indices where counts[bin] > 0 { bins.append((bin, counts[bin])) }
            return bins
        }
    }

    /// The smallest magnitude of a bin without its sign bit; the next bin begins where it ends.
    private func magnitude(_ bin: Int) -> Double {
        type == .float32
            ? Double(Float(bitPattern: UInt32(bin) << 16)) : Double(bitPattern: UInt64(bin) << 48)
    }

    /// Estimated quantiles of all elements that are not NaN, for quantiles from 0 to 1; nil where there is none or a
    /// quantile is out of range.
    ///
    /// Elements are taken to be spread evenly over their bin, so that an estimate is off by at most the width of a bin.
    public func quantiles(_ quantiles: [Double]) -> [Double]? {
        let infinity = type == .float32 ? 0x7f80 : 0x7ff0
        let order = (0x8000...(0x8000 + infinity)).reversed() + Array(0...infinity)
        let bins = order.filter { counts[$0] > 0 }.map { (bin: $0, count: counts[$0]) }
        let total = bins.reduce(0) { $0 + $1.count }
        guard total > 0, quantiles.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { return nil }
        return RankedValues.quantiles(quantiles, count: total, bins: bins) { bin, rank, count in
            let code = bin & 0x7fff
            let isNegative = bin > 0x7fff
            let low = magnitude(code)
            guard code < infinity else { return isNegative ? -low : low }
            // The bin of zero has mostly zeros.
            guard code > 0 else { return 0 }
            let limit = code + 1 < infinity ? magnitude(code + 1) : low + (low - magnitude(code - 1))
            let place = (Double(rank) + 0.5) / Double(count)
            let value = low + (limit - low) * (isNegative ? 1 - place : place)
            return isNegative ? -value : value
        }
    }

    /// One quantile, as `quantiles` has it.
    public func quantile(_ quantile: Double) -> Double? { quantiles([quantile])?.first }
}

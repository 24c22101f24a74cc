import Kernels
import Synchronization
import Tensors

/// How often each bit pattern of a type of 8 or 16 bits occurs; everything else follows from that, exactly.
struct PatternHistogram {
    let type: TensorType
    private(set) var counts: [UInt64]

    /// Nil for other types.
    init?(_ type: TensorType) {
        guard type.bitWidth == 8 || type.bitWidth == 16, ElementConversion.isSupported(from: type, to: .float64)
        else { return nil }
        self.type = type
        counts = [UInt64](repeating: 0, count: 1 << type.bitWidth)
    }

    mutating func add(_ block: UnsafeRawBufferPointer) {
        counts.withUnsafeMutableBufferPointer { counts in
            if type.bitWidth == 8 {
                for byte in block { counts[Int(byte)] &+= 1 }
            } else {
                for place in 0..<block.count / 2 {
                    counts[Int(block.loadUnaligned(fromByteOffset: 2 * place, as: UInt16.self))] &+= 1
                }
            }
        }
    }

    mutating func merge(_ other: PatternHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
    }

    mutating func reset() {
        for index in counts.indices { counts[index] = 0 }
    }

    /// Counts, sums and the finite values in ascending order.
    func summary() -> (TensorStatistics.Counts, TensorStatistics.Moments?, [ValueDistribution.Entry]) {
        let table = PatternTable.of(type)
        var found = TensorStatistics.Counts()
        for (pattern, count) in counts.enumerated() where count > 0 {
            let (value, count) = (table.values[pattern], Int(count))
            found.elements += count
            if value.isNaN {
                found.nan += count
            } else if value.isInfinite {
                if value > 0 { found.positiveInfinity += count } else { found.negativeInfinity += count }
            } else if value == 0 {
                found.zero += count
            } else if value.magnitude < table.smallestNormal {
                found.subnormal += count
            }
        }
        var entries: [ValueDistribution.Entry] = []
        for pattern in table.ascending where counts[Int(pattern)] > 0 {
            let value = table.values[Int(pattern)]
            entries.append(.init(range: value...value, count: Int(counts[Int(pattern)])))
        }
        return (found, Self.moments(entries), entries)
    }

    /// Two passes over what is at most 65,536 values.
    private static func moments(_ entries: [ValueDistribution.Entry]) -> TensorStatistics.Moments? {
        guard let first = entries.first, let last = entries.last else { return nil }
        var (number, sum, absolute, squares) = (0.0, 0.0, 0.0, 0.0)
        for entry in entries {
            let (value, count) = (entry.range.lowerBound, Double(entry.count))
            number += count
            sum += count * value
            absolute += count * value.magnitude
            squares += count * value * value
        }
        var moments = TensorStatistics.Moments()
        moments.minimum = first.range.lowerBound
        moments.maximum = last.range.lowerBound
        moments.mean = sum / number
        moments.l1 = absolute
        moments.l2 = squares.squareRoot()
        var (second, fourth) = (0.0, 0.0)
        for entry in entries {
            let distance = entry.range.lowerBound - moments.mean
            let square = distance * distance
            second += Double(entry.count) * square
            fourth += Double(entry.count) * square * square
        }
        moments.standardDeviation = (second / number).squareRoot()
        let ratio = number * fourth / second / second
        if moments.minimum < moments.maximum, ratio.isFinite { moments.kurtosis = ratio }
        return moments
    }
}

/// What the patterns of a type of 8 or 16 bits stand for.
final class PatternTable: Sendable {
    /// The value of each pattern.
    let values: [Double]
    /// The patterns of finite values by ascending value.
    let ascending: [UInt16]
    /// The smallest normal number; 0 where there is nothing below.
    let smallestNormal: Double

    private static let tables = Mutex<[TensorType: PatternTable]>([:])

    static func of(_ type: TensorType) -> PatternTable {
        tables.withLock { tables in
            if let table = tables[type] { return table }
            let table = PatternTable(type)
            tables[type] = table
            return table
        }
    }

    private init(_ type: TensorType) {
        let patterns = (0..<1 << type.bitWidth).map { UInt16($0) }
        var values = [Double](repeating: 0, count: patterns.count)
        let bytes =
            type.bitWidth == 8 ? patterns.map { UInt8($0) } : patterns.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        bytes.withUnsafeBytes { source in
            values.withUnsafeMutableBytes { target in
                _ = ElementConversion.convert(source, from: type, into: target, to: .float64)
            }
        }
        ascending = patterns.filter { values[Int($0)].isFinite }.sorted { values[Int($0)] < values[Int($1)] }
        self.values = values
        smallestNormal =
            switch type {
            case .float16, .float8E5M2: 0x1p-14
            case .bfloat16: 0x1p-126
            case .float8E4M3: 0x1p-6
            case .float8E4M3FNUZ: 0x1p-7
            case .float8E5M2FNUZ: 0x1p-15
            default: 0
            }
    }
}

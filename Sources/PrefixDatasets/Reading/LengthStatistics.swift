/// Exact statistics of a column of lengths, kept as how often each length occurs.
public struct LengthStatistics: Sendable {
    /// The lengths that occur, ascending, each with how often.
    public private(set) var frequencies: [(length: Int, count: Int)]
    /// How many values there are.
    public private(set) var count: Int
    /// Their sum.
    public private(set) var total: Int

    /// Adds the lengths of another column.
    mutating func add(_ other: LengthStatistics) {
        var counts = Dictionary(uniqueKeysWithValues: frequencies.map { ($0.length, $0.count) })
        for (length, count) in other.frequencies { counts[length, default: 0] += count }
        self = LengthStatistics(counts)
    }

    init(_ counts: [Int: Int] = [:]) {
        frequencies = counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        count = frequencies.reduce(0) { $0 + $1.count }
        total = frequencies.reduce(0) { $0 &+ $1.length &* $1.count }
    }

    /// The mean; 0 for no values.
    public var mean: Double { count == 0 ? 0 : Double(total) / Double(count) }
    /// The smallest value; 0 for no values.
    public var minimum: Int { frequencies.first?.length ?? 0 }
    /// The greatest value; 0 for no values.
    public var maximum: Int { frequencies.last?.length ?? 0 }

    /// The smallest value that at least the share `q`, in 0...1, of all values do not exceed.
    public func quantile(_ q: Double) -> Int {
        var rank = max(1, Int((q * Double(count)).rounded(.up)))
        for (length, count) in frequencies {
            if rank <= count { return length }
            rank -= count
        }
        return maximum
    }

    /// Counts in bins of equal, round width that cover minimum and maximum; about `limit` of them at most.
    public func histogram(bins limit: Int) -> [(range: Range<Int>, count: Int)] {
        guard count > 0, limit > 0 else { return [] }
        let width = Self.roundWidth(atLeast: (maximum - minimum) / limit + 1)
        let first = minimum / width * width
        var bins = (0...((maximum - first) / width)).map { index in
            (range: (first + index * width)..<(first + (index + 1) * width), count: 0)
        }
        for (length, count) in frequencies { bins[(length - first) / width].count += count }
        return bins
    }

    /// The least of 1, 2, 5, 10, 20, 50, ... that is no smaller than `width`.
    private static func roundWidth(atLeast width: Int) -> Int {
        var base = 1
        while true {
            for step in [1, 2, 5] where base * step >= width { return base * step }
            base *= 10
        }
    }
}

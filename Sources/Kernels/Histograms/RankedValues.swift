/// Quantiles of numbers that are counted in bins.
enum RankedValues {
    /// Where quantiles lie between the ranks of sorted numbers, as the `linear` method of NumPy has it (Hyndman and Fan,
    /// "Sample quantiles in statistical packages", 1996, definition 7).
    struct Position {
        let rank: UInt64
        let fraction: Double

        init(_ quantile: Double, count: UInt64) {
            let place = Double(count - 1) * quantile
            let below = place.rounded(.down)
            rank = min(UInt64(below), count - 1)
            fraction = place - below
        }
    }

    /// Interpolates as NumPy does, from the nearer end.
    static func between(_ low: Double, _ high: Double, _ fraction: Double) -> Double {
        if low == high || fraction == 0 { return low }
        if fraction == 1 { return high }
        let difference = high - low
        return fraction < 0.5 ? low + difference * fraction : high - difference * (1 - fraction)
    }

    /// The quantiles of `count` numbers of which `bins` gives the counts in ascending order; `value` gives the number of a
    /// bin at a rank within it.
    static func quantiles(
        _ quantiles: [Double], count: UInt64, bins: [(bin: Int, count: UInt64)], value: (Int, UInt64, UInt64) -> Double
    ) -> [Double] {
        quantiles.map { quantile in
            let position = Position(quantile, count: count)
            let low = number(position.rank, bins, value)
            guard position.fraction > 0, position.rank + 1 < count else { return low }
            return between(low, number(position.rank + 1, bins, value), position.fraction)
        }
    }

    private static func number(
        _ rank: UInt64, _ bins: [(bin: Int, count: UInt64)], _ value: (Int, UInt64, UInt64) -> Double
    ) -> Double {
        var left = rank
        for (bin, count) in bins {
            if left < count { return value(bin, left, count) }
            left -= count
        }
        preconditionFailure("a rank lies below the count")
    }
}

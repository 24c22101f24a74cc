import JSON

/// How a number spreads at consecutive places.
struct PositionCurve: Sendable {
    /// Where each step begins.
    private(set) var places: [Double] = []
    private(set) var names: [String] = []
    private(set) var counts: [Int] = []
    private(set) var means: [Double] = []
    /// Quantiles at 0.1, 0.25, 0.5, 0.75 and 0.9, each for all steps.
    private(set) var quantiles: [[Double]] = Array(repeating: [], count: shares.count)

    static let shares = [0.1, 0.25, 0.5, 0.75, 0.9]

    /// Splits places into equal steps, at most `limit`; steps without finite numbers are left out.
    ///
    /// - Parameters:
    ///   - values: a number of each token.
    ///   - rows: tokens, each with its place from 0.
    /// - Complexity: O(n log n).
    init(_ values: [Double], rows: [(row: Int, place: Int)], limit: Int = 48) {
        let finite = rows.filter { values[$0.row].isFinite && $0.place >= 0 }
        guard let last = finite.map(\.place).max() else { return }
        let width = last / limit + 1
        var ends = [Int](repeating: 0, count: last / width + 2)
        for item in finite { ends[item.place / width + 1] += 1 }
        for index in ends.indices.dropFirst() { ends[index] += ends[index - 1] }
        var sorted = [Double](repeating: 0, count: finite.count)
        var next = ends
        for item in finite {
            sorted[next[item.place / width]] = values[item.row]
            next[item.place / width] += 1
        }
        for step in 0..<(ends.count - 1) where ends[step] < ends[step + 1] {
            let slice = sorted[ends[step]..<ends[step + 1]].sorted()
            let first = step * width
            places.append(Double(first) + Double(width - 1) / 2)
            names.append(width == 1 ? "\(first)" : "\(first)-\(first + width - 1)")
            counts.append(slice.count)
            means.append(slice.reduce(0, +) / Double(slice.count))
            for (index, share) in Self.shares.enumerated() { quantiles[index].append(Self.quantile(slice, share)) }
        }
    }

    /// Between the two nearest in order (type 7 of Hyndman and Fan, 1996), of sorted numbers.
    private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
    }
}

import Evaluation

/// Means over tokens and over sequences, with intervals from the same draws of sequences.
struct SummaryMeans {
    let rows: ResponseRows
    private var bootstrap: RatioBootstrap
    /// For each sequence its bundle.
    private let bundles: [Int]
    /// For each token the bundle of its sequence.
    private let rowBundles: [UInt16]

    /// Tokens with finite numbers, and the mean of these.
    struct Mean {
        let tokens: Int
        /// Tokens with infinite ones.
        let infinite: Int
        let interval: BootstrapInterval?
    }

    init(_ rows: ResponseRows, _ settings: SummarySettings) {
        self.rows = rows
        let bootstrap = RatioBootstrap(
            units: rows.sequenceCount, confidence: settings.confidence, resamples: settings.resamples,
            seed: settings.seed)
        let bundles = (0..<rows.sequenceCount).map(bootstrap.bundle(of:))
        rowBundles = rows.sequences.map { UInt16(clamping: bundles[Int($0)]) }
        self.bundles = bundles
        self.bootstrap = bootstrap
    }

    /// The mean of a column over each group of each grouping; numbers that are not finite do not count.
    mutating func means(_ values: [Double], over groupings: [Grouping]) -> [[Mean]] {
        let width = bootstrap.bundleCount
        var (numerators, denominators): ([[Double]], [[Double]]) = ([], [])
        var infinite: [Int] = []
        for grouping in groupings {
            let groupCount = grouping.groups.count
            var sums = [Double](repeating: 0, count: groupCount * width)
            var counts = sums
            var infinities = [Int](repeating: 0, count: groupCount)
            for row in values.indices {
                let (group, value) = (Int(grouping.membership[row]), values[row])
                guard group < groupCount else { continue }
                guard value.isFinite else {
                    infinities[group] += value.isInfinite ? 1 : 0
                    continue
                }
                let place = group * width + Int(rowBundles[row])
                sums[place] += value
                counts[place] += 1
            }
            infinite += infinities
            for group in grouping.groups.indices {
                numerators.append(Array(sums[group * width..<(group + 1) * width]))
                denominators.append(Array(counts[group * width..<(group + 1) * width]))
            }
        }
        let intervals = bootstrap.intervals(numerators: numerators, denominators: denominators)
        var found = intervals.indices.map {
            Mean(tokens: Int(denominators[$0].reduce(0, +)), infinite: infinite[$0], interval: intervals[$0])
        }[...]
        return groupings.map { grouping in
            defer { found = found.dropFirst(grouping.groups.count) }
            return Array(found.prefix(grouping.groups.count))
        }
    }

    /// The means over the response of numbers that are computed token by token; those that are not finite do not count.
    mutating func means(of values: [(Int) -> Double]) -> [BootstrapInterval?] {
        let width = bootstrap.bundleCount
        var (numerators, denominators): ([[Double]], [[Double]]) = ([], [])
        for value in values {
            var sums = [Double](repeating: 0, count: width)
            var counts = sums
            for row in 0..<rows.count where rows.contains(row) {
                let number = value(row)
                guard number.isFinite else { continue }
                let bundle = Int(rowBundles[row])
                sums[bundle] += number
                counts[bundle] += 1
            }
            numerators.append(sums)
            denominators.append(counts)
        }
        return bootstrap.intervals(numerators: numerators, denominators: denominators)
    }

    /// The means over sequences of one number each; those that are not finite do not count.
    mutating func means(overSequences columns: [[Double]]) -> [BootstrapInterval?] {
        let width = bootstrap.bundleCount
        var (numerators, denominators): ([[Double]], [[Double]]) = ([], [])
        for column in columns {
            var sums = [Double](repeating: 0, count: width)
            var counts = sums
            for (sequence, value) in column.enumerated() where value.isFinite {
                sums[bundles[sequence]] += value
                counts[bundles[sequence]] += 1
            }
            numerators.append(sums)
            denominators.append(counts)
        }
        return bootstrap.intervals(numerators: numerators, denominators: denominators)
    }

    /// The sum of a column over each sequence's response. Numbers that are not known do not count; a sequence without known
    /// ones has NaN.
    func sums(_ values: [Double]) -> [Double] {
        var sums = [Double](repeating: 0, count: rows.sequenceCount)
        var isKnown = [Bool](repeating: false, count: rows.sequenceCount)
        for row in values.indices where rows.contains(row) && !values[row].isNaN {
            sums[Int(rows.sequences[row])] += values[row]
            isKnown[Int(rows.sequences[row])] = true
        }
        return zip(sums, isKnown).map { $1 ? $0 : .nan }
    }
}

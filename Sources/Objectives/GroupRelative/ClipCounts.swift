/// How many ratios are clipped, on which side: TRL's metrics.
struct ClipCounts {
    /// On which side of the region a ratio lies that the advantage pushes further out.
    enum Side {
        case low
        case high
    }

    /// The counts of one rollout.
    struct Counts {
        var all = 0
        var low = 0
        var high = 0

        mutating func add(_ side: Side?) {
            all += 1
            switch side {
            case .low: low += 1
            case .high: high += 1
            case nil: break
            }
        }
    }

    private var total = Counts()
    private var lowest = Double.infinity
    private var highest = -Double.infinity

    mutating func add(_ counts: Counts) {
        guard counts.all > 0 else { return }
        total.all += counts.all
        total.low += counts.low
        total.high += counts.high
        lowest = min(lowest, Double(counts.low) / Double(counts.all))
        highest = max(highest, Double(counts.high) / Double(counts.all))
    }

    func report(to result: inout ObjectiveResult) {
        guard total.all > 0 else { return }
        let all = Double(total.all)
        result.report("clip_ratio/low_mean", Double(total.low) / all)
        result.report("clip_ratio/low_min", lowest)
        result.report("clip_ratio/high_mean", Double(total.high) / all)
        result.report("clip_ratio/high_max", highest)
        result.report("clip_ratio/region_mean", Double(total.low + total.high) / all)
    }
}

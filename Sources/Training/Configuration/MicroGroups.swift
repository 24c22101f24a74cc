public import Objectives

/// Which schedule of micro-groups TRAPO has: a preset, or the preset of the paper with other numbers.
public struct MicroGroups: Sendable, Equatable {
    /// Rollouts of each micro-group; nil for the preset's.
    public var sizes: [Int]?
    /// The share of the expert's thought that each has as prefix; nil for the preset's.
    public var ratios: [Double]?
    /// The mean return below which each gets its prefix; nil for the preset's.
    public var thresholds: [Double]?
    /// Whether the preset is that of the public code.
    public var isCode = false

    /// That of the paper.
    public static let paper = MicroGroups()
    /// That of the public code.
    public static let code = MicroGroups(isCode: true)

    private init(isCode: Bool = false) {
        self.isCode = isCode
    }

    /// The schedule.
    ///
    /// - Throws: ``ConfigurationError`` where lists have different lengths, change the public code's, or make no schedule.
    public func schedule() throws(ConfigurationError) -> MicroGroupSchedule {
        let preset = isCode ? MicroGroupSchedule.code : MicroGroupSchedule.paper
        guard sizes != nil || ratios != nil || thresholds != nil else { return preset }
        var means: [Double] = []
        for group in preset.microGroups {
            guard case .meanBelow(let threshold) = group.condition else {
                throw ConfigurationError(
                    .contradiction, key: "micro_group_sizes",
                    "those of trapo-code are what they are; objective trapo takes others")
            }
            means.append(threshold)
        }
        let sizes = sizes ?? preset.microGroups.map(\.size)
        let ratios = ratios ?? preset.microGroups.map(\.ratio)
        let thresholds = thresholds ?? means
        guard sizes.count == ratios.count, sizes.count == thresholds.count else {
            throw ConfigurationError(
                .contradiction, key: "micro_group_sizes",
                "there are \(sizes.count) sizes, \(ratios.count) ratios and \(thresholds.count) thresholds; as many are wanted"
            )
        }
        guard !sizes.isEmpty, sizes.allSatisfy({ (1...65536).contains($0) }) else {
            throw ConfigurationError(
                .invalidValue, key: "micro_group_sizes", "wants sizes of at least 1, and one at least")
        }
        do throws(ObjectiveError) {
            return try MicroGroupSchedule(
                sizes.indices.map { .init(size: sizes[$0], ratio: ratios[$0], condition: .meanBelow(thresholds[$0])) })
        } catch {
            throw ConfigurationError(.contradiction, key: "micro_group_ratios", error.description)
        }
    }
}

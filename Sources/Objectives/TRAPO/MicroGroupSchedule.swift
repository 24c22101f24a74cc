/// TRAPO's micro-groups: which rollouts of a prompt get a prefix of the expert's trace, and how much of it.
///
/// The rollouts of a prompt are sampled micro-group by micro-group. One gets its prefix when those before it have returned
/// little; otherwise it samples with no prefix. A schedule is a pure function of the returns so far.
///
/// Where a prefix of a given share ends is a matter of tokens: of n expert tokens, EOS included, it holds floor(n ratio), or,
/// drawn out to the end of a paragraph, those up to and with the first at an index above that which holds a blank line, where
/// that index is below n (ratio + 0.3). `PrefixRule` of the module PrefixDatasets computes it, and prefix datasets store it as
/// `prefix_ends`.
public struct MicroGroupSchedule: Sendable, Hashable {
    /// When a micro-group gets its prefix.
    public enum Condition: Sendable, Hashable {
        /// Never: it samples without help.
        case never
        /// When the mean of the returns so far is below a threshold. Of no returns it is not.
        case meanBelow(Double)
        /// When the sum of the returns so far is below a threshold.
        case sumBelow(Double)

        func holds(_ returns: [Double]) -> Bool {
            switch self {
            case .never: false
            case .meanBelow(let threshold):
                !returns.isEmpty && returns.reduce(0, +) / Double(returns.count) < threshold
            case .sumBelow(let threshold): returns.reduce(0, +) < threshold
            }
        }
    }

    /// Some rollouts of a prompt that are sampled together.
    public struct MicroGroup: Sendable, Hashable {
        /// The rollouts in it, at least 1.
        public var size: Int
        /// The share of the expert's thought that is its prefix, in 0...1.
        public var ratio: Double
        /// When it gets the prefix.
        public var condition: Condition
        /// Which of its rollouts carry the supervised loss where they have a prefix; as many as ``size``.
        public var carriesLoss: [Bool]
        /// Which of the prompt's expert traces the prefix is of, from 0. Where the prompt has one only, that.
        public var trace = 0
        /// Whether the policy writes on after the prefix. Where the prefix is a whole trace with EOS there is nothing to write.
        public var continuesPrefix = true

        /// Makes a micro-group in which every rollout carries the loss.
        public init(size: Int, ratio: Double, condition: Condition) {
            self.size = size
            self.ratio = ratio
            self.condition = condition
            carriesLoss = [Bool](repeating: true, count: max(size, 0))
        }
    }

    /// What one rollout starts from.
    public struct Start: Sendable, Hashable {
        /// The share of the expert's thought that is its prefix; 0 for none.
        public let ratio: Double
        /// Which of the prompt's expert traces the prefix is of, from 0.
        public let trace: Int
        /// Whether its prefix carries the supervised loss; false where there is none.
        public let carriesLoss: Bool
        /// Whether the policy writes on from there.
        public let continuesPrefix: Bool
    }

    /// The micro-groups in the order in which they are sampled.
    public let microGroups: [MicroGroup]

    /// Makes a schedule.
    ///
    /// - Throws: ``ObjectiveError`` where there are no micro-groups, or a size, a ratio or a threshold makes no sense.
    public init(_ microGroups: [MicroGroup]) throws(ObjectiveError) {
        guard !microGroups.isEmpty else {
            throw ObjectiveError(.invalidSchedule, "micro_groups", "there are none")
        }
        for (index, group) in microGroups.enumerated() {
            let hasThreshold: Bool =
                switch group.condition {
                case .never: true
                case .meanBelow(let threshold), .sumBelow(let threshold): !threshold.isNaN
                }
            guard group.size > 0, group.carriesLoss.count == group.size, (0...1).contains(group.ratio), hasThreshold,
                group.trace >= 0
            else {
                throw ObjectiveError(
                    .invalidSchedule, "micro_groups[\(index)]",
                    "wants a size of at least 1, a ratio from 0 to 1, a threshold, a trace from 0, and as many loss marks "
                        + "as rollouts")
            }
        }
        self.microGroups = microGroups
    }

    private init(presetOf microGroups: [MicroGroup]) {
        self.microGroups = microGroups
    }

    /// The paper's: ratios 0, 0.2, 0.5, 1; thresholds of the mean return -1, 0.5, 0.7, 0.9; 4, 2, 1 and 1 rollouts.
    public static let paper = MicroGroupSchedule(presetOf: [
        MicroGroup(size: 4, ratio: 0, condition: .meanBelow(-1)),
        MicroGroup(size: 2, ratio: 0.2, condition: .meanBelow(0.5)),
        MicroGroup(size: 1, ratio: 0.5, condition: .meanBelow(0.7)),
        MicroGroup(size: 1, ratio: 1, condition: .meanBelow(0.9)),
    ])

    /// The public code's: ratios 0, 0.25, 0.5, 1; the returns so far sum to less than 2 (of 4), 4 (of 6) and 7 (of 7). Of the
    /// two rollouts with the same prefix the second alone carries the supervised loss; the last has the whole second trace,
    /// EOS included, and nothing after it.
    public static let code: MicroGroupSchedule = {
        var second = MicroGroup(size: 2, ratio: 0.25, condition: .sumBelow(2))
        second.carriesLoss = [false, true]
        var last = MicroGroup(size: 1, ratio: 1, condition: .sumBelow(7))
        last.trace = 1
        last.continuesPrefix = false
        return MicroGroupSchedule(presetOf: [
            MicroGroup(size: 4, ratio: 0, condition: .never), second,
            MicroGroup(size: 1, ratio: 0.5, condition: .sumBelow(4)), last,
        ])
    }()

    /// The rollouts of a prompt: 8 in both presets.
    public var rolloutCount: Int { microGroups.reduce(0) { $0 + $1.size } }

    /// What the next micro-group's rollouts start from; nil when all have been sampled. O(returns).
    ///
    /// - Parameter returns: the returns of all rollouts of the prompt so far, finite, in the order of sampling.
    /// - Throws: ``ObjectiveError`` where the returns end inside a micro-group, are too many, or one is not finite.
    public func next(after returns: [Double]) throws(ObjectiveError) -> [Start]? {
        if let rollout = returns.firstIndex(where: { !$0.isFinite }) {
            throw ObjectiveError(.notFinite, "returns", rollout: rollout, "\(returns[rollout]) is not finite")
        }
        var sampled = 0
        for group in microGroups {
            if sampled == returns.count { return starts(group, returns) }
            sampled += group.size
            guard sampled <= returns.count else { break }
        }
        guard sampled == returns.count else {
            let sizes = microGroups.map { "\($0.size)" }.joined(separator: ", ")
            throw ObjectiveError(
                .invalidSchedule, "returns", "\(returns.count) do not end a micro-group; their sizes are \(sizes)")
        }
        return nil
    }

    private func starts(_ group: MicroGroup, _ returns: [Double]) -> [Start] {
        let hasPrefix = group.ratio > 0 && group.condition.holds(returns)
        return group.carriesLoss.map { carriesLoss in
            Start(
                ratio: hasPrefix ? group.ratio : 0, trace: group.trace, carriesLoss: hasPrefix && carriesLoss,
                continuesPrefix: !hasPrefix || group.continuesPrefix)
        }
    }
}

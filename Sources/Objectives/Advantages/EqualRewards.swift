/// The groups whose rewards are all equal: they say nothing of which rollout is better, and have no policy gradient.
///
/// DAPO's dynamic sampling (arXiv 2503.14476, section 3.2) leaves them out and samples others in their place, up to a limit.
public struct EqualRewards: Sendable, Hashable {
    /// Their positions in ``RolloutGroups/keys``, ascending.
    public let groups: [Int]
    /// The rollouts of the other groups, ascending.
    public let informativeRollouts: [Int]

    /// Finds them: equal is the same double. O(rollouts).
    ///
    /// - Precondition: there is a reward for each rollout.
    public init(_ rewards: [Double], _ groups: RolloutGroups) {
        precondition(rewards.count == groups.positions.count, "rewards and groups are of different numbers of rollouts")
        let isEqual = groups.members.map { members in members.allSatisfy { rewards[$0] == rewards[members[0]] } }
        self.groups = isEqual.indices.filter { isEqual[$0] }
        informativeRollouts = groups.positions.indices.filter { !isEqual[groups.positions[$0]] }
    }
}

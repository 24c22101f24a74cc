/// Which rollouts belong to one query.
public struct RolloutGroups: Sendable, Hashable {
    /// The key of each group, in the order in which groups first appear.
    public let keys: [Int]
    /// For each group its rollouts in ascending order, at least one.
    public let members: [[Int]]
    /// For each rollout the position of its group in ``keys``.
    public let positions: [Int]

    /// Sorts rollouts by the key of their query. O(n) expected.
    ///
    /// - Parameter keys: for each rollout a number that rollouts of the same query share.
    public init(_ keys: [Int]) {
        var found: [Int: Int] = [:]
        var order: [Int] = []
        var members: [[Int]] = []
        var positions: [Int] = []
        positions.reserveCapacity(keys.count)
        for (rollout, key) in keys.enumerated() {
            if let position = found[key] {
                members[position].append(rollout)
                positions.append(position)
            } else {
                found[key] = order.count
                positions.append(order.count)
                order.append(key)
                members.append([rollout])
            }
        }
        self.keys = order
        self.members = members
        self.positions = positions
    }

    /// The number of groups.
    public var count: Int { keys.count }
}

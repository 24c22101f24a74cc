/// Which pages of a ``KeyValuePool`` hold the tokens of each rollout of a batch, in order.
public struct PageTable: Sendable {
    /// The pages of all rollouts, one after the other.
    public private(set) var pages: [Int32] = []
    /// Where in ``pages`` those of each rollout begin, and the end of the last.
    public private(set) var starts = [0]
    /// Tokens of each rollout.
    public private(set) var lengths: [Int] = []

    /// A table of no rollouts.
    public init() {}

    /// Rollouts.
    public var count: Int { lengths.count }

    /// Adds a rollout.
    ///
    /// - Parameters:
    ///   - pages: as many as its tokens need, or more.
    ///   - length: its tokens, at least one; the last is the one whose attention is computed.
    public mutating func append(pages: [Int32], length: Int) {
        precondition(length > 0, "a rollout has tokens")
        self.pages.append(contentsOf: pages)
        starts.append(self.pages.count)
        lengths.append(length)
    }
}

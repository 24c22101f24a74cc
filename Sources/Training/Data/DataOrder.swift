import Transformers

/// The order in which a run goes through its data: a permutation for each epoch that follows from the seed and the epoch alone.
///
/// Windows do not reach over the end of an epoch: its last one may be smaller, as the last batch of a data loader is.
public struct DataOrder: Sendable {
    /// Where a run stands in its data.
    public struct Cursor: Sendable, Hashable {
        /// Whole passes over the data before this one.
        public var epoch = 0
        /// Items of this pass that are done.
        public var position = 0

        /// The beginning.
        public init() {}

        /// A place.
        public init(epoch: Int, position: Int) {
            self.epoch = epoch
            self.position = position
        }
    }

    private let count: Int
    private let seed: UInt64
    private let shuffles: Bool
    private var epoch = -1
    private var permutation: [Int] = []

    /// - Parameters:
    ///   - count: the number of items, at least 1.
    ///   - shuffles: whether the order is random; else that of the data.
    public init(count: Int, seed: UInt64, shuffles: Bool = true) {
        precondition(count > 0, "there is data")
        self.count = count
        self.seed = seed
        self.shuffles = shuffles
    }

    /// The next items, at least one, and no more than those that are left of the epoch.
    ///
    /// - Complexity: linear in the number of items where an epoch begins.
    public mutating func next(_ wanted: Int, _ cursor: inout Cursor) -> [Int] {
        if cursor.position >= count { cursor = Cursor(epoch: cursor.epoch + 1, position: 0) }
        if epoch != cursor.epoch {
            epoch = cursor.epoch
            permutation = Self.permutation(of: count, seed: seed, epoch: shuffles ? epoch : nil)
        }
        let range = cursor.position..<min(cursor.position + max(1, wanted), count)
        cursor.position = range.upperBound
        return Array(permutation[range])
    }

    /// Numbers from 0 to below a count in random order (Fisher and Yates); in ascending order without an epoch.
    static func permutation(of count: Int, seed: UInt64, epoch: Int?) -> [Int] {
        var numbers = Array(0..<count)
        guard let epoch else { return numbers }
        // Streams of rollouts count from 0 up, those of orders from the top down, so that none is drawn from twice.
        let generator = PhiloxGenerator(seed: seed)
        let stream = UInt64.max - UInt64(clamping: epoch)
        for index in stride(from: count - 1, to: 0, by: -1) {
            let draw = generator.uniform(rollout: stream, step: UInt64(index))
            numbers.swapAt(index, min(index, Int(draw * Double(index + 1))))
        }
        return numbers
    }
}

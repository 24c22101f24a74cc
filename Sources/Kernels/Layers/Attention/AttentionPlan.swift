import CLayers

/// Which thread does which parts of attention: the parts are the same numbers whatever the plan.
struct AttentionPlan: Sendable {
    /// What of a range of a sequence is done.
    enum Kind: Sendable {
        /// In the forward pass the outputs of some queries; in the backward pass their gradients.
        case queries
        /// The gradients of some keys and values.
        case keys
        /// All gradients of the sequence.
        case whole
    }

    struct Part: Sendable {
        let kind: Kind
        let range: clayers_attention_part
        /// In products of a query and a key.
        let cost: Int
    }

    /// The parts of each thread.
    let parts: [[Part]]
    /// The most queries of a part.
    let positions: Int
    /// The cost of the thread that has most to do.
    let longest: Int

    /// Blocks of queries of a key head, large enough that bringing the keys into shape does not count.
    static func forward(offsets: [Int], shape: Attention.Shape, threads: Int) -> AttentionPlan {
        let block = positions(shape, rows: 384)
        var parts: [Part] = []
        for (start, end) in zip(offsets, offsets.dropFirst()) {
            let seen = VisiblePairs(window: shape.window)
            for head in 0..<shape.keyHeads {
                for range in blocks(end - start, of: block) {
                    let cost = 2 * (seen.count(range.upperBound) - seen.count(range.lowerBound))
                    parts.append(part(.queries, start, end, head, range, cost))
                }
            }
        }
        return AttentionPlan(parts, positions: block, threads: threads)
    }

    /// Whole key heads of sequences, or, where the threads would be idle too long, queries and keys in blocks, which takes
    /// seven products in place of five.
    static func backward(offsets: [Int], shape: Attention.Shape, threads: Int) -> AttentionPlan {
        let block = positions(shape, rows: 384)
        var whole: [Part] = [], cut: [Part] = []
        for (start, end) in zip(offsets, offsets.dropFirst()) where end > start {
            let length = end - start, seen = VisiblePairs(window: shape.window)
            for head in 0..<shape.keyHeads {
                whole.append(part(.whole, start, end, head, 0..<length, 5 * seen.count(length)))
                guard threads > 1 else { continue }
                for range in blocks(length, of: block) {
                    let queries = seen.count(range.upperBound) - seen.count(range.lowerBound)
                    let keys = seen.count(length - range.lowerBound) - seen.count(length - range.upperBound)
                    cut.append(part(.queries, start, end, head, range, 3 * queries))
                    cut.append(part(.keys, start, end, head, range, 4 * keys))
                }
            }
        }
        let first = AttentionPlan(whole, positions: block, threads: threads)
        guard threads > 1 else { return first }
        let second = AttentionPlan(cut, positions: block, threads: threads)
        return second.longest < first.longest ? second : first
    }

    /// The dearest part goes to the thread that has least to do, then the next.
    private init(_ parts: [Part], positions: Int, threads: Int) {
        var assigned = Array(repeating: [Part](), count: threads)
        var costs = Array(repeating: 0, count: threads)
        let order = parts.indices.sorted {
            parts[$0].cost == parts[$1].cost ? $0 < $1 : parts[$0].cost > parts[$1].cost
        }
        for index in order {
            var least = 0
            for thread in 1..<max(threads, 1) where costs[thread] < costs[least] { least = thread }
            assigned[least].append(parts[index])
            costs[least] += parts[index].cost
        }
        self.parts = assigned
        self.positions = positions
        longest = costs.max() ?? 0
    }

    private static func positions(_ shape: Attention.Shape, rows: Int) -> Int {
        let block = Int(CLAYERS_ATTENTION_BLOCK), group = shape.queryHeads / shape.keyHeads
        return max(1, rows / (group * block)) * block
    }

    private static func blocks(_ length: Int, of block: Int) -> [Range<Int>] {
        stride(from: 0, to: length, by: block).map { $0..<min($0 + block, length) }
    }

    private static func part(
        _ kind: Kind, _ start: Int, _ end: Int, _ head: Int, _ range: Range<Int>, _ cost: Int
    ) -> Part {
        let range = clayers_attention_part(
            start: Int64(start), length: Int64(end - start), key_head: Int64(head), from: Int64(range.lowerBound),
            to: Int64(range.upperBound))
        return Part(kind: kind, range: range, cost: cost)
    }
}

/// How many pairs of a query and a key that it sees there are.
private struct VisiblePairs {
    let window: Int?

    /// Among the first positions of a sequence; and, the other way around, of its last keys.
    func count(_ positions: Int) -> Int {
        let full = min(positions, window ?? positions)
        return full * (full + 1) / 2 + (positions - full) * full
    }
}

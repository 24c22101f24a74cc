/// Runs the merges on one word at a time and owns the memory for it.
///
/// Short words are scanned for the lowest rank again and again, which beats a heap up to a few dozen symbols; longer
/// ones go through a heap of (rank, position) over a linked list. Both take the lowest rank first and the leftmost of
/// equal ranks.
struct MergeScratch {
    /// Up to this many symbols the linear scan is used.
    static let linearLimit = 40

    private(set) var symbols: [Int32] = []
    private var merges: [MergeTable.Merge] = []
    private var next: [Int32] = []
    private var previous: [Int32] = []
    private var heap: [UInt64] = []

    /// Starts a new word.
    mutating func removeAll() {
        symbols.removeAll(keepingCapacity: true)
    }

    /// Adds the id of the word's next symbol.
    @inline(__always)
    mutating func append(_ id: Int32) {
        symbols.append(id)
    }

    /// Adds the symbols of a word at once.
    mutating func append(contentsOf ids: some Sequence<Int32>) {
        symbols.append(contentsOf: ids)
    }

    /// Merges the word's symbols as far as the table allows; the result is in ``symbols``.
    mutating func merge(by table: MergeTable) {
        guard symbols.count > 1 else { return }
        if symbols.count <= Self.linearLimit {
            mergeLinearly(by: table)
        } else {
            mergeByHeap(by: table)
        }
    }

    private mutating func mergeLinearly(by table: MergeTable) {
        withUnsafeTemporaryAllocation(of: MergeTable.Merge.self, capacity: Self.linearLimit) { merges in
            symbols.withUnsafeMutableBufferPointer { symbols in
                var count = symbols.count
                for index in 0..<(count - 1) { merges[index] = table.merge(symbols[index], symbols[index + 1]) }
                while true {
                    var best = UInt32.max
                    var position = -1
                    for index in 0..<(count - 1) where merges[index].rank < best {
                        best = merges[index].rank
                        position = index
                    }
                    if position < 0 { break }
                    symbols[position] = merges[position].id
                    count -= 1
                    for index in (position + 1)..<max(count, position + 1) { symbols[index] = symbols[index + 1] }
                    for index in position..<max(count - 1, position) { merges[index] = merges[index + 1] }
                    if position > 0 { merges[position - 1] = table.merge(symbols[position - 1], symbols[position]) }
                    if position + 1 < count { merges[position] = table.merge(symbols[position], symbols[position + 1]) }
                }
                for index in count..<symbols.count { symbols[index] = -1 }
            }
        }
        while symbols.last == -1 { symbols.removeLast() }
    }

    private mutating func mergeByHeap(by table: MergeTable) {
        let count = symbols.count
        merges.removeAll(keepingCapacity: true)
        next.removeAll(keepingCapacity: true)
        previous.removeAll(keepingCapacity: true)
        heap.removeAll(keepingCapacity: true)
        for index in 0..<count {
            next.append(index + 1 < count ? Int32(index + 1) : -1)
            previous.append(Int32(index) - 1)
            let merge = index + 1 < count ? table.merge(symbols[index], symbols[index + 1]) : .none
            merges.append(merge)
            if merge.rank != .max { heap.append(Self.key(merge.rank, index)) }
        }
        heapify()
        while let key = popLowest() {
            let position = Int(key & 0xFFFF_FFFF)
            // An entry is stale when the pair at its position has changed since.
            guard symbols[position] >= 0, merges[position].rank == UInt32(key >> 32) else { continue }
            let right = Int(next[position])
            symbols[position] = merges[position].id
            symbols[right] = -1
            let following = next[right]
            next[position] = following
            if following >= 0 { previous[Int(following)] = Int32(position) }
            update(position, following, table)
            let before = previous[position]
            if before >= 0 { update(Int(before), Int32(position), table) }
        }
        symbols.removeAll { $0 < 0 }
    }

    private mutating func update(_ left: Int, _ right: Int32, _ table: MergeTable) {
        let merge = right >= 0 ? table.merge(symbols[left], symbols[Int(right)]) : .none
        merges[left] = merge
        if merge.rank != .max { push(Self.key(merge.rank, left)) }
    }

    private static func key(_ rank: UInt32, _ position: Int) -> UInt64 {
        UInt64(rank) << 32 | UInt64(position)
    }
}

// A binary heap of keys, lowest first. Written here because a heap of plain integers in one reused array is all that is
// needed.
extension MergeScratch {
    private mutating func heapify() {
        var index = heap.count / 2
        while index > 0 {
            index -= 1
            siftDown(index)
        }
    }

    private mutating func push(_ key: UInt64) {
        heap.append(key)
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            if heap[parent] <= heap[index] { break }
            heap.swapAt(parent, index)
            index = parent
        }
    }

    private mutating func popLowest() -> UInt64? {
        guard let lowest = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            siftDown(0)
        }
        return lowest
    }

    private mutating func siftDown(_ start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            var index = start
            while true {
                var child = 2 * index + 1
                if child >= heap.count { return }
                if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
                if heap[index] <= heap[child] { return }
                heap.swapAt(index, child)
                index = child
            }
        }
    }
}

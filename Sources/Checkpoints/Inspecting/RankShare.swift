/// Tensors dealt to processes, so that each has about as many bytes to read.
public enum RankShare {
    /// Which process has each tensor: the largest first, each to the one with the least so far; the same everywhere.
    ///
    /// - Parameter byteCounts: of the tensors, in order.
    /// - Complexity: n log n for sorting, and n times the number of processes.
    public static func ranks(byteCounts: [Int], worldSize: Int) -> [Int] {
        precondition(worldSize >= 1, "there is a process")
        guard worldSize > 1 else { return byteCounts.map { _ in 0 } }
        var loads = [Int](repeating: 0, count: min(worldSize, max(1, byteCounts.count)))
        var ranks = byteCounts.map { _ in 0 }
        let order = byteCounts.indices.sorted {
            byteCounts[$0] == byteCounts[$1] ? $0 < $1 : byteCounts[$0] > byteCounts[$1]
        }
        for index in order {
            var least = 0
            for rank in loads.indices where loads[rank] < loads[least] { least = rank }
            ranks[index] = least
            // Even a tensor without data is something to do.
            loads[least] = loads[least] &+ max(1, byteCounts[index])
        }
        return ranks
    }
}

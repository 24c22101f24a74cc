/// Divides the sequences of an update into what one pass takes.
enum MicroBatches {
    /// Consecutive parts of at most so many sequences and tokens; one sequence may have more tokens.
    static func split(lengths: [Int], sequences: Int, tokens: Int?) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var (start, sum) = (0, 0)
        for (index, length) in lengths.enumerated() {
            let isFull = index - start >= max(1, sequences) || (tokens.map { sum + length > $0 } ?? false)
            if isFull, index > start {
                parts.append(start..<index)
                (start, sum) = (index, 0)
            }
            sum += length
        }
        if start < lengths.count { parts.append(start..<lengths.count) }
        return parts
    }
}

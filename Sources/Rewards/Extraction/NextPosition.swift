/// Remembers where something occurs next, so that a text full of beginnings without ends is not searched again and again.
struct NextPosition {
    /// No occurrence between these, and one at the second, or none behind the first where it is the length of the text.
    private var from = 0
    private var found = -1

    /// The first occurrence at a position or behind it; the length of the text where there is none.
    ///
    /// - Parameter work: grows by the bytes that were looked at.
    @inline(__always) mutating func find(
        from position: Int, in text: SourceText, work: inout Int, _ occurs: (Int) -> Bool
    ) -> Int {
        if from <= position, position <= found { return found }
        guard position < text.count else { return text.count }
        let known = from
        let isBefore = found >= 0 && position < known
        let end = isBefore ? known : text.count
        var index = position
        while index < end, !occurs(index) { index += 1 }
        work += index - position
        from = position
        if !isBefore || index < end { found = index }
        return found
    }
}

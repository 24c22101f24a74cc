/// Finds the partner of every bracket.
enum LatexBrackets {
    /// - Throws: where brackets are not balanced, or deeper than they may be.
    static func match(_ tokens: inout [LatexToken]) throws(ReadingError) {
        var open: [Int] = []
        for index in tokens.indices {
            switch tokens[index].kind {
            case .open:
                open.append(index)
                guard open.count <= LatexReader.deepestNesting else { throw .unreadable }
            case .close(let bracket):
                guard let start = open.popLast(), case .open(let other) = tokens[start].kind,
                    bracket == other || (bracket.boundsIntervals && other.boundsIntervals)
                else { throw .unreadable }
                tokens[start].partner = index
                tokens[index].partner = start
            case .comma: if let last = open.last { tokens[last].commas += 1 }
            case .semicolon: if let last = open.last { tokens[last].semicolons += 1 }
            case .choose: if let last = open.last { tokens[last].hasChoose = true }
            case .union, .intersection, .setMinus: if let last = open.last { tokens[last].setOperations += 1 }
            default: break
            }
        }
        guard open.isEmpty else { throw .unreadable }
    }
}

/// The patterns that find answers, in the order in which they are tried where two match the same place.
enum ExtractionPattern: UInt8 {
    /// LaTeX between "final answer is" and "I hope".
    case latexBeforeHope
    /// LaTeX behind "final answer ... is".
    case latexBehindFinal
    /// LaTeX behind "answer:".
    case latexBehindColon
    /// LaTeX behind "answer".
    case latexBehindAnswer
    /// LaTeX anywhere.
    case latex
    /// Environments with boxes.
    case boxedLatex
    /// From the first box to the last brace.
    case box
    /// A number or expression between "final answer is" and "I hope".
    case plainBeforeHope
    /// The same behind "final answer ... is".
    case plainBehindFinal
    /// The same behind "answer:".
    case plainBehindColon
    /// The same behind "answer".
    case plainBehindAnswer
    /// An expression anywhere.
    case expression
    /// A number anywhere.
    case number

    /// Patterns of one priority, the highest priority first.
    static let groups: [[ExtractionPattern]] = [
        [.latexBeforeHope, .plainBeforeHope],
        [.latexBehindFinal, .boxedLatex, .box, .plainBehindFinal],
        [.latexBehindColon, .plainBehindColon],
        [.latexBehindAnswer, .plainBehindAnswer],
        [.latex, .expression, .number],
    ]
}

/// Where a pattern matches.
struct ExtractionMatch {
    let pattern: ExtractionPattern
    let start: Int
    /// Where the answer begins: behind the words.
    let body: Int
    let end: Int

    /// Whether a match is looked at before another: the later end first, then the earlier start.
    func precedes(_ other: ExtractionMatch) -> Bool {
        if end != other.end { return end > other.end }
        if start != other.start { return start < other.start }
        return pattern.rawValue < other.pattern.rawValue
    }
}

/// The last matches of a pattern, oldest first until they are sorted.
struct ExtractionMatches {
    /// More are forgotten, the earliest in the text first: that many answers that cannot be read are no answer.
    static let limit = 1 << 15

    private(set) var last: [ExtractionMatch] = []
    private var oldest = 0

    mutating func append(_ match: ExtractionMatch) {
        if last.count < Self.limit {
            last.append(match)
        } else {
            last[oldest] = match
            oldest = (oldest + 1) % Self.limit
        }
    }
}

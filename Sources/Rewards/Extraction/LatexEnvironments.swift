/// Finds LaTeX environments.
///
/// Display ones are `$$..$$` and `\[..\]`, inline ones, which end with their line, `$..$`, `\(..\)` and `[..]` between white
/// space; a fraction of two numbers needs no environment. Each is as Math-Verify's pattern for it would match, of which the
/// contents cannot contain their own end: there is one way to match from a place, and it is found with one search.
struct LatexEnvironments {
    /// An environment, or the fraction itself.
    struct Environment {
        let content: Range<Int>
        /// Behind the closing mark.
        let end: Int
    }

    /// An environment of a chain.
    struct Link {
        let content: Range<Int>
        let isPercentage: Bool
    }

    /// One to six environments, joined by commas, "and" or "or".
    struct Chain {
        var links: [Link]
        /// Behind the last, its white space and its percent sign.
        var end: Int
    }

    static let longestChain = 6

    let text: SourceText
    /// Bytes that were looked at.
    private(set) var work = 0
    private var displayDollars = NextPosition()
    private var displayBrackets = NextPosition()
    private var inlineDollars = NextPosition()
    private var inlineParentheses = NextPosition()
    private var inlineBrackets = NextPosition()
    private var boxes = NextPosition()
    private var closingBraces = NextPosition()

    init(_ text: SourceText) { self.text = text }

    /// The next `\boxed{` at a position or behind it; the length of the text where there is none.
    mutating func nextBox(from position: Int) -> Int {
        let text = text
        return boxes.find(from: position, in: text, work: &work) {
            text.bytes[$0] == 0x5C && text.has("\\boxed{", at: $0)
        }
    }

    /// Whether what stands at a position and behind it may be the beginning of an environment.
    @inline(__always) func mayBegin(at position: Int, boxed: Bool) -> Bool {
        let byte = text.bytes[position]
        if byte > 0x5C { return byte >= 0xC2 && text.spaceLength(at: position) > 0 }
        let next = position + 1 < text.count ? text.bytes[position + 1] : 0
        switch byte {
        case 0x24: return true
        case 0x5C: return next == 0x5B || next == 0x28 || (next == 0x66 && !boxed)
        case 0x2D: return next == 0x5C && !boxed
        default: return next == 0x5B && SourceText.isSpace(byte)
        }
    }

    /// The environment that begins at a position.
    ///
    /// - Parameter boxed: whether it must have a box with something in it; then fractions do not count.
    mutating func environment(at position: Int, boxed: Bool) -> Environment? {
        guard let byte = text.byte(position) else { return nil }
        let found: Environment?
        switch byte {
        case 0x24: found = dollars(at: position)
        case 0x5C:
            if text.isByte("\\", at: position - 1) {
                found = nil
            } else if text.isByte("[", at: position + 1) {
                found = display(at: position)
            } else if text.isByte("(", at: position + 1) {
                found = parentheses(at: position)
            } else {
                found = nil
            }
            if found == nil, !boxed, text.isByte("f", at: position + 1) { return fraction(at: position) }
        case 0x2D:
            return boxed ? nil : fraction(at: position)
        default:
            let space = text.spaceLength(at: position)
            guard space > 0, text.isByte("[", at: position + space) else { return nil }
            found = brackets(at: position + space)
        }
        guard boxed, let found else { return found }
        let box = nextBox(from: found.content.lowerBound)
        // The character after the brace is content whatever it is, even a brace.
        guard box + 8 < found.content.upperBound else { return nil }
        let text = text
        let brace = closingBraces.find(from: box + 8, in: text, work: &work) { text.bytes[$0] == 0x7D }
        return brace < found.content.upperBound ? found : nil
    }

    private mutating func dollars(at position: Int) -> Environment? {
        let text = text
        guard !text.isByte("\\", at: position - 1) else { return nil }
        if text.isByte("$", at: position + 1) {
            let start = position + 2
            let end = displayDollars.find(from: start, in: text, work: &work) {
                text.bytes[$0] == 0x24 && text.isByte("$", at: $0 + 1)
            }
            guard end < text.count, end > start, !text.isByte("\\", at: end - 1) else { return nil }
            return Environment(content: start..<end, end: end + 2)
        }
        guard !text.hasDigit(before: position) else { return nil }
        let start = position + 1
        let end = inlineDollars.find(from: start, in: text, work: &work) {
            text.bytes[$0] == 0x0A || (text.bytes[$0] == 0x24 && !text.isByte("\\", at: $0 - 1))
        }
        guard end > start, text.isByte("$", at: end) else { return nil }
        return Environment(content: start..<end, end: end + 1)
    }

    private mutating func display(at position: Int) -> Environment? {
        let text = text
        let start = position + 2
        let end = displayBrackets.find(from: start, in: text, work: &work) {
            text.bytes[$0] == 0x5C && text.isByte("]", at: $0 + 1)
        }
        guard end < text.count, end > start, !text.isByte("\\", at: end - 1) else { return nil }
        return Environment(content: start..<end, end: end + 2)
    }

    private mutating func parentheses(at position: Int) -> Environment? {
        let text = text
        let start = position + 2
        let end = inlineParentheses.find(from: start, in: text, work: &work) {
            text.bytes[$0] == 0x0A || (text.bytes[$0] == 0x5C && text.isByte(")", at: $0 + 1))
        }
        guard end > start, text.isByte("\\", at: end), !text.isByte("\\", at: end - 1) else { return nil }
        return Environment(content: start..<end, end: end + 2)
    }

    private mutating func brackets(at position: Int) -> Environment? {
        let text = text
        let start = position + 1
        let end = inlineBrackets.find(from: start, in: text, work: &work) {
            text.bytes[$0] == 0x0A || text.bytes[$0] == 0x5B || text.bytes[$0] == 0x5D
        }
        guard end > start, text.isByte("]", at: end) else { return nil }
        let space = text.spaceLength(at: end + 1)
        return space > 0 ? Environment(content: start..<end, end: end + 1 + space) : nil
    }

    private func fraction(at position: Int) -> Environment? {
        var index = position
        if text.isByte("-", at: index) { index += 1 }
        guard text.has("\\frac", at: index) else { return nil }
        index += 5
        for _ in 0..<2 {
            guard text.isByte("{", at: index), let end = number(at: index + 1), text.isByte("}", at: end) else {
                return nil
            }
            index = end + 1
        }
        return Environment(content: position..<index, end: index)
    }

    private func number(at position: Int) -> Int? {
        let start = text.isByte("-", at: position) ? position + 1 : position
        let end = text.skipDigits(start)
        guard end > start else { return nil }
        guard text.isByte(".", at: end) || text.isByte(",", at: end) else { return end }
        let decimals = text.skipDigits(end + 1)
        return decimals > end + 1 ? decimals : end
    }
}

extension LatexEnvironments {
    /// The longest chain that begins at a position.
    mutating func chain(at position: Int, boxed: Bool) -> Chain? {
        guard let first = environment(at: position, boxed: boxed) else { return nil }
        var chain = Chain(links: [], end: first.end)
        append(first, to: &chain)
        while chain.links.count < Self.longestChain {
            let end = chain.end
            if boxed { chain.end = text.skipSpaces(chain.end) }
            guard let next = joined(at: end, boxed: boxed) else { break }
            append(next, to: &chain)
        }
        return chain
    }

    /// The chain that begins behind the white space at a position, or with the last of it.
    mutating func chainAfterSpaces(at position: Int) -> Chain? {
        guard let start = startAfterSpaces(at: position) else { return nil }
        return chain(at: start, boxed: false)
    }

    /// The chain that begins behind the white space at a position and before "I hope"; its end is behind those words.
    mutating func hopefulChain(at position: Int) -> Chain? {
        guard let start = startAfterSpaces(at: position), let first = environment(at: start, boxed: false) else {
            return nil
        }
        return hopeful(first, before: 1)
    }

    private mutating func hopeful(_ environment: Environment, before length: Int) -> Chain? {
        for tail in tails(of: environment) {
            let link = Link(content: environment.content, isPercentage: tail.isPercentage)
            if length < Self.longestChain, let next = joined(at: tail.end, boxed: false),
                let rest = hopeful(next, before: length + 1)
            {
                return Chain(links: [link] + rest.links, end: rest.end)
            }
            if let end = text.endOfHope(at: tail.end) { return Chain(links: [link], end: end) }
        }
        return nil
    }

    private mutating func startAfterSpaces(at position: Int) -> Int? {
        let start = text.skipSpaces(position)
        if start > position, text.isByte("[", at: start) { return text.before(start) }
        return start < text.count ? start : nil
    }

    private mutating func joined(at position: Int, boxed: Bool) -> Environment? {
        var index = text.skipSpaces(position)
        if text.isByte(",", at: index) { index += 1 }
        if text.has("and", at: index) {
            index += 3
        } else if text.has("or", at: index) {
            index += 2
        } else if !text.isByte(",", at: index - 1) || index == position {
            return nil
        }
        guard let start = startAfterSpaces(at: index) else { return nil }
        return environment(at: start, boxed: boxed)
    }

    private func append(_ environment: Environment, to chain: inout Chain) {
        let tail = tails(of: environment)[0]
        chain.links.append(Link(content: environment.content, isPercentage: tail.isPercentage))
        chain.end = tail.end
    }

    /// The ends that an environment may have, the likeliest first: behind a percent sign, and behind its white space.
    private func tails(of environment: Environment) -> [(end: Int, isPercentage: Bool)] {
        let start = text.skipSpaces(environment.end)
        var tails: [(end: Int, isPercentage: Bool)] = []
        if text.isByte("%", at: start) || text.has("\\%", at: start) {
            tails.append((text.isByte("%", at: start) ? start + 1 : start + 2, true))
        }
        for end in text.endsOfPercentWord(at: start) { tails.append((end, true)) }
        tails.append((start, false))
        return tails
    }
}

extension SourceText {
    /// Behind "I hope" and what may stand before it; nil where it does not follow.
    func endOfHope(at position: Int) -> Int? {
        let start = isByte(".", at: position) ? position + 1 : position
        if has("I hope", at: start) { return start + 6 }
        let space = spaceLength(at: start)
        return space > 0 && has("I hope", at: start + space) ? start + space + 6 : nil
    }

    /// Behind "percent", "percentage" or "pct" at a position, in the order in which a pattern tries them.
    func endsOfPercentWord(at position: Int) -> [Int] {
        guard isByte("p", at: position) || isByte("P", at: position) else { return [] }
        if has("ct", at: position + 1) { return [position + 3] }
        guard has("ercent", at: position + 1) else { return [] }
        return has("age", at: position + 7) ? [position + 7, position + 10] : [position + 7]
    }
}

/// Finds numbers and arithmetic expressions in plain text.
///
/// Where a pattern of Math-Verify would try several ends, so does this, in the same order.
struct PlainNumbers {
    /// What must stand behind a match.
    enum Continuation {
        case anything
        /// No equals sign, even behind white space.
        case noEquals
        /// "I hope", which belongs to the match.
        case hope
    }

    /// A number or an expression.
    struct Match {
        /// The whole number, or the expression.
        let range: Range<Int>
        /// Where the decimals of a number begin, at their mark; the end of the number where there are none.
        let decimals: Int
        let isNumber: Bool
        let isPercentage: Bool
        /// Behind the match.
        let end: Int
    }

    let text: SourceText
    /// Bytes that were looked at.
    private(set) var work = 0
    private var spaceEnds = NextPosition()
    private var runEnds = NextPosition()
    private var operators = NextPosition()
    /// The last end of an expression in a run: run, and position or -1.
    private var lastEnd = (run: -1, end: -1)

    init(_ text: SourceText) { self.text = text }

    /// Whether what stands at a position and behind it may be the beginning of a match, with its prefix.
    @inline(__always) func mayBegin(at position: Int) -> Bool {
        let byte = text.bytes[position]
        if byte > 0x3D { return byte >= 0xC2 && text.spaceLength(at: position) > 0 }
        guard byte == 0x3D || SourceText.isSpace(byte), position + 1 < text.count else { return false }
        let next = text.bytes[position + 1]
        // A dollar sign, a parenthesis, a star, a minus sign, a point or a digit.
        return next >= 0x80 || (next >= 0x24 && next < 0x3A)
    }

    /// The expression or else the number behind the white space or equals sign at a position.
    mutating func either(at position: Int, _ continuation: Continuation) -> Match? {
        guard position < text.count, mayBegin(at: position), let start = afterPrefix(at: position) else { return nil }
        if let match = expression(at: start, continuation) { return match }
        return number(afterCurrencyAt: start, continuation)
    }

    /// The expression behind the white space or equals sign at a position, or at the start of the text.
    mutating func expression(behindPrefixAt position: Int) -> Match? {
        if position == 0, let match = expression(at: skipStars(0), .anything) { return match }
        guard let start = afterPrefix(at: position) else { return nil }
        return expression(at: start, .anything)
    }

    /// The number behind the white space or equals sign at a position, or at the start of the text.
    mutating func number(behindPrefixAt position: Int) -> Match? {
        if position == 0, let match = number(afterCurrencyAt: skipStars(0), .anything) { return match }
        guard let start = afterPrefix(at: position) else { return nil }
        return number(afterCurrencyAt: start, .anything)
    }

    private func afterPrefix(at position: Int) -> Int? {
        let length = text.isByte("=", at: position) ? 1 : text.spaceLength(at: position)
        return length > 0 ? skipStars(position + length) : nil
    }

    private func skipStars(_ position: Int) -> Int { text.has("**", at: position) ? position + 2 : position }

    /// Where the match ends that ends so far at a position; nil where what follows is wrong.
    private mutating func end(of position: Int, _ continuation: Continuation) -> Int? {
        switch continuation {
        case .anything: return position
        case .noEquals:
            let text = text
            let next = spaceEnds.find(from: position, in: text, work: &work) {
                text.bytes[$0] & 0xC0 != 0x80 && text.spaceLength(at: $0) == 0
            }
            return text.isByte("=", at: next) ? nil : position
        case .hope: return text.endOfHope(at: position)
        }
    }
}

// MARK: Numbers

extension PlainNumbers {
    private mutating func number(afterCurrencyAt position: Int, _ continuation: Continuation) -> Match? {
        let currency = currencyLength(at: position)
        return number(at: position + currency, continuation)
    }

    private func currencyLength(at position: Int) -> Int {
        guard let scalar = text.scalar(at: position) else { return 0 }
        switch scalar.value {
        case 0x24: return 1
        case 0xA3, 0xA5: return 2
        case 0x0E3F, 0x20A1...0x20BF: return 3
        default: return 0
        }
    }

    private mutating func number(at position: Int, _ continuation: Continuation) -> Match? {
        guard let first = text.byte(position), first < 0x3A || first >= 0x80 else { return nil }
        if let match = separated(at: position, continuation) { return match }
        let start = first == 0x2D ? position + 1 : position
        let integer = text.skipDigits(start)
        if integer > start {
            if text.isByte(".", at: integer) || text.isByte(",", at: integer),
                let match = decimals(of: position, at: integer, continuation)
            {
                return match
            }
        } else if first == 0x2E, let match = decimals(of: position, at: position, continuation) {
            return match
        }
        var end = integer
        while end > start {
            if let match = match(position..<end, decimals: end, continuation) { return match }
            end = text.before(end)
        }
        return nil
    }

    /// Digits in groups of three.
    private mutating func separated(at position: Int, _ continuation: Continuation) -> Match? {
        let start = text.isByte("-", at: position) ? position + 1 : position
        guard let digit = text.byte(start), digit >= 0x31, digit <= 0x39 else { return nil }
        var head = start + 1
        for _ in 0..<2 { head += text.digitLength(at: head) }
        while head > start {
            defer { head = text.before(head) }
            var ends: [Int] = []
            var end = head
            while text.isByte(" ", at: end) || text.isByte(",", at: end), let next = threeDigits(at: end + 1) {
                ends.append(next)
                end = next
            }
            for end in ends.reversed() {
                if text.isByte(".", at: end), let match = decimals(of: position, at: end, continuation) { return match }
                if let match = match(position..<end, decimals: end, continuation) { return match }
            }
        }
        return nil
    }

    private func threeDigits(at position: Int) -> Int? {
        var end = position
        for _ in 0..<3 {
            let length = text.digitLength(at: end)
            if length == 0 { return nil }
            end += length
        }
        return end
    }

    private mutating func decimals(of start: Int, at mark: Int, _ continuation: Continuation) -> Match? {
        var end = text.skipDigits(mark + 1)
        while end > mark + 1 {
            if let match = match(start..<end, decimals: mark, continuation) { return match }
            end = text.before(end)
        }
        return nil
    }

    private mutating func match(_ range: Range<Int>, decimals: Int, _ continuation: Continuation) -> Match? {
        work += 1
        let sign = text.skipSpaces(range.upperBound)
        if text.isByte("%", at: sign), let end = end(of: sign + 1, continuation) {
            return Match(range: range, decimals: decimals, isNumber: true, isPercentage: true, end: end)
        }
        for word in text.endsOfPercentWord(at: sign) {
            guard let end = end(of: word, continuation) else { continue }
            return Match(range: range, decimals: decimals, isNumber: true, isPercentage: true, end: end)
        }
        guard let end = end(of: range.upperBound, continuation) else { return nil }
        return Match(range: range, decimals: decimals, isNumber: true, isPercentage: false, end: end)
    }

    /// The number of a match without separators, with a point and with no zeros before its first digit.
    func plainText(of match: Match) -> String {
        var digits = text.bytes[match.range.lowerBound..<match.decimals].filter { $0 != 0x2C && $0 != 0x20 }[...]
        while digits.first == 0x30 { digits = digits.dropFirst() }
        let integer = digits.isEmpty ? [0x30] : Array(digits)
        var decimals = Array(text.bytes[match.decimals..<match.range.upperBound])
        if decimals.first == 0x2C { decimals[0] = 0x2E }
        return String(decoding: integer + decimals, as: UTF8.self)
    }
}

// MARK: Expressions

extension PlainNumbers {
    /// `-?\(?-?\d`, a run of digits, points, white space and operators with at least one operator, and a mark behind it.
    private mutating func expression(at position: Int, _ continuation: Continuation) -> Match? {
        var digit = position
        if text.isByte("-", at: digit) { digit += 1 }
        if text.isByte("(", at: digit) {
            digit += 1
            if text.isByte("-", at: digit) { digit += 1 }
        } else if digit == position + 1, text.isByte("-", at: digit) {
            digit += 1
        }
        let length = text.digitLength(at: digit)
        guard length > 0 else { return nil }
        let text = text
        let run = runEnds.find(from: digit, in: text, work: &work) {
            text.bytes[$0] & 0xC0 != 0x80 && !text.isOfExpression(at: $0)
        }
        let operation = operators.find(from: digit + length, in: text, work: &work) { text.operatorLength(at: $0) > 0 }
        guard operation < run else { return nil }
        let least = operation + text.operatorLength(at: operation)
        guard least < run else { return nil }
        if continuation == .anything, lastEnd.run == run, lastEnd.end <= least { return nil }
        var end = continuation == .anything && lastEnd.run == run ? lastEnd.end : run
        while end > least {
            work += 1
            if text.isByte(")", at: end), let found = suffixEnd(at: end + 1, continuation) {
                if continuation == .anything { lastEnd = (run, end) }
                return expression(position..<(end + 1), end: found)
            }
            if let found = suffixEnd(at: end, continuation) {
                if continuation == .anything { lastEnd = (run, end) }
                return expression(position..<end, end: found)
            }
            end = text.before(end)
        }
        // Ends nearer than this were not looked at: they are for expressions that begin earlier.
        if continuation == .anything { lastEnd = (run, least) }
        return nil
    }

    private func expression(_ range: Range<Int>, end: Int) -> Match {
        Match(range: range, decimals: range.upperBound, isNumber: false, isPercentage: false, end: end)
    }

    private mutating func suffixEnd(at position: Int, _ continuation: Continuation) -> Int? {
        if text.has("**", at: position), let found = markEnd(at: position + 2),
            let end = end(of: found, continuation)
        {
            return end
        }
        guard let found = markEnd(at: position) else { return nil }
        return end(of: found, continuation)
    }

    private func markEnd(at position: Int) -> Int? {
        guard position < text.count else { return position }
        switch text.bytes[position] {
        case 0x2E, 0x2C, 0x3A, 0x29, 0x24: return position + 1
        default:
            let length = text.spaceLength(at: position)
            return length > 0 ? position + length : nil
        }
    }
}

extension SourceText {
    /// The length of the sign of an operation at a position; 0 where there is none.
    @inline(__always) func operatorLength(at position: Int) -> Int {
        guard position >= 0, position < count else { return 0 }
        switch bytes[position] {
        case 0x28...0x2B, 0x2D, 0x2F, 0x5E: return 1
        case 0xC3: return position + 1 < count && (bytes[position + 1] == 0x97 || bytes[position + 1] == 0xB7) ? 2 : 0
        default: return 0
        }
    }

    /// Whether the character at a position may stand in an expression.
    func isOfExpression(at position: Int) -> Bool {
        operatorLength(at: position) > 0 || isByte(".", at: position) || digitLength(at: position) > 0
            || spaceLength(at: position) > 0
    }
}

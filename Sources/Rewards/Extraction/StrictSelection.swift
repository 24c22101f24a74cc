/// Which places of a text may hold its answer where a wrong answer is worse than none.
///
/// The places are Math-Verify's, without those that are a fragment of something else: "4210" of "4210_5", "5" of "5x" or of
/// "x + 5", or a number in an environment that as a whole could not be read.
struct StrictSelection {
    let text: SourceText
    /// The content of the last balanced box; nil where there is none.
    let lastBox: Range<Int>?
    private var environments: [ExtractionMatch]?

    init(_ text: SourceText) {
        self.text = text
        lastBox = BoxedContent.find(in: text, .last, balanced: true).ranges.last
    }

    /// Whether a match may hold the answer: not one whose boxes are all before the last.
    func admits(_ match: ExtractionMatch) -> Bool {
        guard match.pattern == .boxedLatex, let lastBox else { return true }
        return match.end > lastBox.upperBound
    }

    /// The last balanced box, also one that is written with a space or with another command.
    var boxes: [ExtractionMatch] {
        guard let lastBox else { return [] }
        let end = text.skipSpaces(lastBox.upperBound) + 1
        return [ExtractionMatch(pattern: .box, start: lastBox.lowerBound, body: 0, end: min(end, text.count))]
    }

    /// The candidate of a match in plain text; nil where it is a fragment.
    ///
    /// - Throws: as the search for environments does.
    mutating func candidate(_ match: PlainNumbers.Match) throws(StepBudgetError) -> AnswerCandidate? {
        guard !isBehindOperation(match.range.lowerBound), try !isInEnvironment(match.range) else { return nil }
        guard match.isNumber else {
            // Stars that end bold text, and the point of the sentence.
            var end = text.trimmed(match.range).upperBound
            while text.isByte(".", at: end - 1) || text.has("**", at: end - 2) {
                end = text.skipSpacesBackward(text.isByte(".", at: end - 1) ? end - 1 : end - 2)
            }
            let range = match.range.lowerBound..<max(end, match.range.lowerBound)
            guard text.bytes[range].contains(where: SourceText.isDigit), !text.bytes[range].contains(0x0A) else {
                return nil
            }
            return candidate(.expression, text.string(range), match)
        }
        let source = text.string(match.range)
        let end = match.isPercentage ? match.range.upperBound : notationEnd(match.range.upperBound)
        guard match.isPercentage || isBoundary(end) else { return nil }
        if end > match.range.upperBound || text.isByte(",", at: match.decimals) {
            return candidate(.latex, text.string(match.range.lowerBound..<end), match)
        }
        let number = PlainNumbers(text).plainText(of: match)
        let part = AnswerCandidate.Part(text: number, isPercentage: match.isPercentage)
        return AnswerCandidate(form: .number, parts: [part], source: source)
    }

    private func candidate(
        _ form: AnswerCandidate.Form, _ source: String, _ match: PlainNumbers.Match
    ) -> AnswerCandidate {
        let part = AnswerCandidate.Part(text: source, isPercentage: match.isPercentage)
        return AnswerCandidate(form: form, parts: [part], source: source)
    }

    private mutating func isInEnvironment(_ range: Range<Int>) throws(StepBudgetError) -> Bool {
        if environments == nil {
            var search = PatternSearch(text)
            environments = try search.matches(of: .latex).sorted { $0.start < $1.start }
        }
        guard let environments else { return false }
        var low = 0
        var high = environments.count
        while low < high {
            let middle = (low + high) / 2
            if environments[middle].end <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < environments.count && environments[low].start < range.upperBound
    }

    /// Whether a sign of an operation stands before a number. A minus sign that begins a line is an item of a list.
    private func isBehindOperation(_ position: Int) -> Bool {
        var index = position
        while index > 0 {
            let previous = text.before(index)
            if text.has("**", at: index - 2) {
                index -= 2
            } else if text.isByte("$", at: previous) || text.spaceLength(at: previous) > 0 {
                index = previous
            } else {
                break
            }
        }
        guard index > 0 else { return false }
        let sign = text.before(index)
        switch text.bytes[sign] {
        case 0x2B, 0x2A, 0x2F, 0x5E, 0x5C: return true
        case 0x2D, 0xE2:
            guard text.bytes[sign] == 0x2D || text.scalar(at: sign) == "\u{2212}" else { return false }
            let line = text.skipSpacesBackward(sign)
            return line > 0 && !text.bytes[line..<sign].contains(0x0A)
        default: return text.operatorLength(at: sign) == 2
        }
    }

    /// Behind what belongs to a number: a power of ten, minutes, the other side of a ratio, a base.
    private func notationEnd(_ end: Int) -> Int {
        var index = end
        switch text.byte(end) {
        case 0x65, 0x45:
            index += 1
            if text.isByte("-", at: index) || text.isByte("+", at: index) { index += 1 }
        case 0x3A: index += 1
        case 0x5F:
            index += 1
            if text.isByte("{", at: index) {
                let digits = text.skipDigits(index + 1)
                return digits > index + 1 && text.isByte("}", at: digits) ? digits + 1 : end
            }
        default: return end
        }
        let digits = text.skipDigits(index)
        return digits > index ? digits : end
    }

    /// Whether the word behind a number makes another of it, as in 3 million, or names a second answer, as in 3 or 4.
    private func isContinued(by position: Int) -> Bool {
        let end = text.skip(position, while: SourceText.isLetter)
        guard end - position <= 12 else { return false }
        let word = text.string(position..<end).lowercased()
        if UnitWords.multipliers[word] != nil || UnitWords.altering.contains(word) { return true }
        return (word == "or" || word == "and") && text.digitLength(at: text.skipSpaces(end)) > 0
    }

    /// Whether a number ends at a position, and nothing behind it makes more of it.
    private func isBoundary(_ end: Int) -> Bool {
        guard let byte = text.byte(end) else { return true }
        if text.isLetter(at: end) {
            let word = text.skip(end, while: SourceText.isLetter)
            let letters = text.string(end..<word)
            return UnitWords.measures.contains(letters) || UnitWords.ordinalEndings.contains(letters)
        }
        switch byte {
        case 0x2E, 0x2C, 0x3A: return text.digitLength(at: end + 1) == 0
        case 0x3B, 0x3F, 0x29, 0x5D, 0x7D, 0x22, 0x27, 0x24: return true
        case 0x2A: return text.isByte("*", at: end + 1)
        default: break
        }
        guard text.spaceLength(at: end) > 0 else { return text.scalar(at: end) == "°" }
        let next = text.skipSpaces(end)
        if text.isLetter(at: next) { return !isContinued(by: next) }
        switch text.byte(next) {
        case 0x2B, 0x2F, 0x5E, 0x3D, 0x5C: return false
        case 0x2A: return text.isByte("*", at: next + 1)
        default: return text.operatorLength(at: next) != 2
        }
    }
}

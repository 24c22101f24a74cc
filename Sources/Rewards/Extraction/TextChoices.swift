/// Choices in plain text: "The answer is (C)", "Answer: B", "**C**".
enum TextChoices {
    /// The choice behind the last "answer", where a sentence, a line or the text ends with it.
    static func behindAnswer(in text: SourceText) -> AnswerCandidate? {
        guard let anchor = text.positions(of: "answer").last, let choice = behindAnswer(text, anchor + 6) else {
            return nil
        }
        let end = text.has("**", at: choice.end) ? choice.end + 2 : choice.end
        let isEnd =
            end == text.count || text.isByte(".", at: end) || text.isByte("\n", at: text.skipBlanks(end))
            || text.skipBlanks(end) == text.count
        return isEnd ? candidate(text, choice) : nil
    }

    /// The last choice that stands alone between stars.
    static func betweenStars(in text: SourceText) -> AnswerCandidate? {
        var position = text.count - 3
        while position >= 2 {
            if text.has("**", at: position - 2), let choice = choice(text, position), text.has("**", at: choice.end) {
                return candidate(text, choice)
            }
            position -= 1
        }
        return nil
    }

    /// Colons, "is", stars and white space, and a letter.
    private static func behindAnswer(_ text: SourceText, _ start: Int) -> (letter: Int, end: Int)? {
        var position = start
        for _ in 0..<4 {
            position = text.skipSpaces(position)
            if text.has("**", at: position) {
                position += 2
            } else if text.isByte(":", at: position) {
                position += 1
            } else if text.has("is", at: position), !text.isLetter(at: position + 2) {
                position += 2
            } else {
                break
            }
        }
        guard position > start else { return nil }
        return choice(text, text.skipSpaces(position))
    }

    /// A letter from A to J, in parentheses or not, that no letter or digit follows.
    private static func choice(_ text: SourceText, _ position: Int) -> (letter: Int, end: Int)? {
        let isOpen = text.isByte("(", at: position)
        let letter = isOpen ? position + 1 : position
        guard let byte = text.byte(letter), byte >= 0x41, byte <= 0x4A, !text.isWord(at: letter + 1) else { return nil }
        guard text.isByte(")", at: letter + 1) else { return isOpen ? nil : (letter, letter + 1) }
        return (letter, letter + 2)
    }

    private static func candidate(_ text: SourceText, _ choice: (letter: Int, end: Int)) -> AnswerCandidate {
        let letter = text.string(choice.letter..<(choice.letter + 1))
        let part = AnswerCandidate.Part(text: "\\text{\(letter)}", isPercentage: false)
        return AnswerCandidate(form: .latex, parts: [part], source: letter)
    }
}

extension SourceText {
    /// Where the spaces and tabs that begin at a position end.
    func skipBlanks(_ position: Int) -> Int { skip(position) { $0 == 0x20 || $0 == 0x09 } }
}

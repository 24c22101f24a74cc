/// Choices in plain text: "The answer is (C)", "Answer: B", "**C**".
enum TextChoices {
    /// The last choice behind "answer", or else the last one that stands alone between stars; nil where there is none.
    static func last(in text: SourceText) -> AnswerCandidate? {
        for anchor in text.positions(of: "answer").reversed() {
            if let letter = behindAnswer(text, anchor + 6) { return candidate(text, letter) }
        }
        var position = text.count - 3
        while position >= 2 {
            if text.has("**", at: position - 2), let letter = choice(text, position), letter.end <= text.count - 2,
                text.has("**", at: letter.end)
            {
                return candidate(text, letter)
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

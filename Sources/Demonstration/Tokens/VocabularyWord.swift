/// The words that the problems are written in; each is a token.
enum VocabularyWord {
    static let question = "?"
    static let opening = "Steps:"
    static let boxStart = " \\boxed{"
    static let boxEnd = "}"
    static let endOfSequence = "<|end|>"
    static let unknown = "<|unknown|>"

    /// All words; the place of a word is its id.
    static let all =
        (0...9).map(String.init) + [question, boxEnd, opening, boxStart]
        + ListOperation.allCases.map(asked) + ListOperation.allCases.map(done) + [endOfSequence, unknown]

    /// An operation in a problem, or one whose digits are not written.
    static func asked(_ operation: ListOperation) -> String { ", \(operation.rawValue)" }

    /// An operation before the digits that it leads to.
    static func done(_ operation: ListOperation) -> String { " \(operation.rawValue) " }

    /// Words of one character, which the byte pair model knows; the others are added tokens.
    static func isCharacter(_ word: String) -> Bool { word.unicodeScalars.count == 1 }

    static func isSpecial(_ word: String) -> Bool { word == endOfSequence || word == unknown }
}

/// A place in a text where an answer may stand.
struct AnswerCandidate: Equatable {
    /// How the answer is written.
    enum Form: Equatable {
        /// LaTeX of an environment or a box.
        case latex
        /// A number in plain text: digits, a point, a sign; no separators of thousands.
        case number
        /// An arithmetic expression in plain text.
        case expression
    }

    /// One expression of the answer, as text that ``ExpressionParser`` reads.
    struct Part: Equatable {
        /// After normalisation.
        let text: String
        /// A percent sign or its word follows.
        let isPercentage: Bool
    }

    let form: Form
    /// One, or up to six environments that are joined by commas, "and" or "or".
    let parts: [Part]
    /// What is shown to people: the parts as they stand in the text, without the environments' marks.
    let source: String
}

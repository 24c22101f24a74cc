@testable import Rewards

/// Candidates of texts, for tests.
enum Extraction {
    static func candidates(in text: String, _ mode: AnswerMode, limit: Int = .max) throws -> [AnswerCandidate] {
        var found: [AnswerCandidate] = []
        var budget = StepBudget(steps: 1_000_000)
        try AnswerExtractor(mode: mode).candidates(in: text, budget: &budget) { candidate, _ in
            found.append(candidate)
            return found.count >= limit
        }
        return found
    }

    /// The texts of the parts of the first candidate.
    static func first(_ text: String, _ mode: AnswerMode) throws -> [String] {
        try candidates(in: text, mode, limit: 1).first?.parts.map(\.text) ?? []
    }

    static func normalized(_ text: String, _ mode: AnswerMode) -> String {
        LatexNormalization(mode: mode).normalize(SourceText(text))
    }
}

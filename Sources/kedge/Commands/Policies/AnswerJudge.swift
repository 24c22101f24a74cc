import ArgumentParser
import Evaluation
import Rewards

/// How `kedge evaluate` compares answers.
enum AnswerJudgement: String, ExpressibleByArgument, CaseIterable {
    /// As mathematics.
    case strict
    /// As Math-Verify.
    case compat
    /// Byte for byte but for white space.
    case exact
}

/// Judges the completions of problems.
struct AnswerJudge {
    private let checker: AnswerChecker?

    init(_ judgement: AnswerJudgement) {
        switch judgement {
        case .strict: checker = AnswerChecker(mode: .strict)
        case .compat: checker = AnswerChecker(mode: .compat)
        case .exact: checker = nil
        }
    }

    /// Whether completions can be compared with a gold answer.
    func isReadable(_ gold: String) -> Bool {
        guard let checker else { return AnswerText.answer(of: gold) != nil }
        return GoldAnswer(gold, mode: checker.mode, steps: checker.steps).isReadable
    }

    /// What the completions of a problem came to. Equal answers have the same text, that of the first.
    func record(id: String, gold: String, completions: [String]) -> ProblemRecord {
        guard let checker else { return ProblemRecord(id: id, gold: gold, completions: completions) }
        let judged = checker.scores(completions, gold: GoldAnswer(gold, mode: checker.mode, steps: checker.steps))
        return ProblemRecord(
            id: id, gold: gold,
            answers: judged.firstAlike.map { place in place.flatMap { judged.scores[$0].extracted } },
            rewards: judged.scores.map { $0.reward ?? 0 })
    }
}

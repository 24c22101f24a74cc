/// Says whether responses have the right answer.
///
/// Safe for any input: work is bounded by ``steps`` and by the length of the response, and memory with it.
public struct AnswerChecker: Sendable {
    /// Enough for every answer that a person would write.
    public static let defaultSteps = 2_000_000
    /// 0.333333 is a third, 0.333 is not.
    public static let defaultSignificantDigits = 6

    /// How answers are extracted and compared.
    public let mode: AnswerMode
    /// How much work a response may take, in steps of about one operation on numbers of 64 bits.
    public let steps: Int
    /// Strict: how many significant digits a decimal has at least that counts as another number's rounding.
    public let significantDigits: Int

    /// - Parameters:
    ///   - steps: 1 or more.
    ///   - significantDigits: 1 or more; Math-Verify's own rounding, in compat, is what it is.
    public init(
        mode: AnswerMode = .strict, steps: Int = AnswerChecker.defaultSteps,
        significantDigits: Int = AnswerChecker.defaultSignificantDigits
    ) {
        precondition(steps > 0, "a response may take some work")
        precondition(significantDigits > 0, "a rounded number has digits")
        self.mode = mode
        self.steps = steps
        self.significantDigits = significantDigits
    }

    /// The reward of a response.
    ///
    /// - Parameter gold: read in the mode of this checker.
    public func score(_ response: String, gold: GoldAnswer) -> AnswerScore {
        var budget = StepBudget(steps: steps)
        return judge(read(response, budget: &budget), gold: gold, budget: &budget)
    }

    /// What a response answers; nil where the budget is too small to tell.
    func read(_ response: String, budget: inout StepBudget) -> AnswerReading.Found? {
        try? AnswerReading(mode: mode).read(response, budget: &budget)
    }

    /// The reward of what was read with the same budget.
    func judge(_ found: AnswerReading.Found?, gold: GoldAnswer, budget: inout StepBudget) -> AnswerScore {
        precondition(gold.mode == mode, "gold answers are read as responses are")
        guard let found else {
            return AnswerScore(
                reward: gold.isReadable ? 0 : nil, extracted: nil,
                reason: gold.isReadable ? .stepBudget : .unreadableGold)
        }
        guard let wanted = gold.expression else {
            return AnswerScore(reward: nil, extracted: found.source, reason: .unreadableGold)
        }
        guard let source = found.source else { return AnswerScore(reward: 0, extracted: nil, reason: .noAnswer) }
        guard let answer = found.expression else {
            return AnswerScore(reward: 0, extracted: source, reason: .unreadableAnswer)
        }
        do throws(StepBudgetError) {
            let equal = try ExpressionComparison(mode: mode, significantDigits: significantDigits)
                .areEqual(gold: wanted, answer: answer, budget: &budget)
            return AnswerScore(reward: equal ? 1 : 0, extracted: source, reason: equal ? .equal : .different)
        } catch {
            return AnswerScore(reward: 0, extracted: source, reason: .stepBudget)
        }
    }
}

import Testing

@testable import Rewards

@Suite struct StepBudgetTests {
    @Test func aBudgetEnds() throws {
        var budget = StepBudget(steps: 3)
        try budget.spend(2)
        #expect(budget.remaining == 1)
        #expect(throws: StepBudgetError.self) { try budget.spend(2) }
        #expect(budget.remaining == 0)
    }
}

/// How much work one comparison may still do.
///
/// Steps are counted, not seconds, so that the same input has the same result on every machine. A step is about as much work
/// as one operation on numbers of 64 bits; longer numbers cost a step for each 64 bits of their result, and are counted before
/// they are computed, so that memory is bounded as well.
struct StepBudget {
    /// Steps left; 0 or more.
    private(set) var remaining: Int

    /// - Parameter steps: 0 or more.
    init(steps: Int) {
        precondition(steps >= 0, "a budget is not negative")
        remaining = steps
    }

    /// Takes steps.
    ///
    /// - Throws: where fewer are left; then none are.
    mutating func spend(_ steps: Int = 1) throws(StepBudgetError) {
        guard steps <= remaining else {
            remaining = 0
            throw StepBudgetError()
        }
        remaining -= steps
    }
}

/// The work would have been more than the budget.
struct StepBudgetError: Error {}

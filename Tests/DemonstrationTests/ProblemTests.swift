import Testing

@testable import Demonstration

/// Problems, their traces, and how they are drawn.
struct ProblemTests {
    @Test func operationsDoWhatTheirNamesSay() {
        let digits = [4, 7, 1, 9]
        #expect(ListOperation.increment(digits) == [5, 8, 2, 0])
        #expect(ListOperation.triple(digits) == [2, 1, 3, 7])
        #expect(ListOperation.complement(digits) == [5, 2, 8, 0])
        #expect(ListOperation.reverse(digits) == [9, 1, 7, 4])
        #expect(ListOperation.rotate(digits) == [7, 1, 9, 4])
        #expect(ListOperation.swap(digits) == [1, 9, 4, 7])
    }

    @Test func aTraceWritesEveryStepThatIsNotHidden() {
        let problem = ListProblem(digits: [4, 7, 1, 9], operations: [.increment, .reverse, .triple])
        #expect(problem.text == "4719, increment, reverse, triple?")
        #expect(problem.answer == "0645")
        #expect(problem.trace() == "Steps: increment 5820 reverse 0285 triple 0645 \\boxed{0645}")
        #expect(problem.trace(hiding: [0]) == "Steps:, increment reverse 0285 triple 0645 \\boxed{0645}")
    }

    @Test func theSameSettingsGiveTheSameProblems() {
        var settings = ProblemSettings()
        (settings.seed, settings.shortShare, settings.heterogeneity) = (7, 0.5, 0.3)
        let first = Array(ProblemSequence(settings).prefix(50))
        #expect(first == Array(ProblemSequence(settings).prefix(50)))
        settings.seed = 8
        #expect(first.map(\.problem) != ProblemSequence(settings).prefix(50).map(\.problem))
        // Every machine and version draws these.
        #expect(first[0].problem.text == "9989, increment, swap, complement, swap, reverse, increment?")
    }

    @Test func allDigitsAndOperationsOccur() {
        let problems = ProblemSequence(ProblemSettings()).prefix(500).map(\.problem)
        #expect(Set(problems.flatMap(\.digits)) == Set(0...9))
        #expect(Set(problems.flatMap(\.operations)) == Set(ListOperation.allCases))
        #expect(problems.allSatisfy { $0.operations.count == 6 })
    }

    @Test func heldOutProblemsAreNotAmongThoseOfTraining() {
        // Problems of one operation are few enough that two sets of other seeds would share many.
        func texts(_ split: ProblemSettings.Split, seed: UInt64) -> Set<String> {
            var settings = ProblemSettings()
            (settings.operations, settings.split, settings.seed) = (1, split, seed)
            return Set(ProblemSequence(settings).prefix(20_000).map(\.problem.text))
        }
        let training = texts(.training, seed: 1)
        #expect(training.isDisjoint(with: texts(.heldOut, seed: 2)))
        #expect(!training.isDisjoint(with: texts(.training, seed: 2)))
    }

    @Test func shortProblemsAndLeapsComeAsOftenAsAsked() {
        var settings = ProblemSettings()
        (settings.shortShare, settings.heterogeneity) = (0.75, 0.2)
        let drawn = Array(ProblemSequence(settings).prefix(4000))
        let short = drawn.count { $0.problem.operations.count <= 3 }
        #expect(abs(Double(short) / 4000 - 0.75) < 0.03)
        // The last operation's digits are always there, and no two leaps follow each other.
        for element in drawn {
            #expect(!element.hidden.contains(element.problem.operations.count - 1))
            #expect(element.hidden.allSatisfy { !element.hidden.contains($0 + 1) })
        }
        // A leap is drawn at each of 5 places, but not behind one: 5 places have 0.2 x (1 - the share before) each.
        var (share, expected) = (0.0, 0.0)
        for _ in 0..<5 {
            share = 0.2 * (1 - share)
            expected += share
        }
        let long = drawn.filter { $0.problem.operations.count == 6 }
        let leaps = long.reduce(0) { $0 + $1.hidden.count }
        #expect(abs(Double(leaps) / Double(long.count) - expected) < 0.1)
    }
}

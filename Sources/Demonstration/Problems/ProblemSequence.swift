public import JSON

/// Problems and traces without end, the same for the same settings.
public struct ProblemSequence: Sequence, IteratorProtocol, Sendable {
    /// A problem with what an expert writes of it.
    public struct Element: Sendable, Hashable {
        /// What is asked.
        public let problem: ListProblem
        /// The operations after which the expert writes no digits.
        public let hidden: Set<Int>
        /// The number of the problem in its sequence, from 0.
        public let number: Int

        /// What the expert writes.
        public var trace: String { problem.trace(hiding: hidden) }
    }

    private let settings: ProblemSettings
    private var generator: SplitMix64
    private var number = 0

    /// - Parameter settings: with operations, and probabilities, in their ranges.
    public init(_ settings: ProblemSettings) {
        precondition(
            (1...ProblemSettings.mostOperations).contains(settings.operations)
                && (0...1).contains(settings.shortShare) && (0...1).contains(settings.heterogeneity))
        self.settings = settings
        generator = SplitMix64(seed: SplitMix64.mixed(settings.seed &+ 1))
    }

    /// The next problem; there is always one. Different problems have different numbers, but a problem may come again.
    public mutating func next() -> Element? {
        let problem = nextProblem()
        var hidden: Set<Int> = []
        for place in 0..<problem.operations.count - 1
        where !hidden.contains(place - 1) && generator.happens(settings.heterogeneity) {
            hidden.insert(place)
        }
        defer { number += 1 }
        return Element(problem: problem, hidden: hidden, number: number)
    }

    private mutating func nextProblem() -> ListProblem {
        let isShort = generator.happens(settings.shortShare)
        let count = isShort ? Swift.min(1 + generator.next(below: 3), settings.operations) : settings.operations
        while true {
            let digits = (0..<ListProblem.digitCount).map { _ in generator.next(below: 10) }
            let operations = (0..<count).map { _ in
                ListOperation.allCases[generator.next(below: ListOperation.allCases.count)]
            }
            let problem = ListProblem(digits: digits, operations: operations)
            if problem.isHeldOut == (settings.split == .heldOut) { return problem }
        }
    }

    /// A row as OpenR1-Math has it: problem, answer, generations, uuid, source and what is known of the generation.
    public func row(_ element: Element) -> JSONNode {
        [
            "problem": .string(element.problem.text), "answer": .string(element.problem.answer),
            "generations": [.string(element.trace)],
            "uuid": .string("\(settings.split.rawValue)-\(settings.seed)-\(element.number)"),
            "source": "kedge-demo", "correctness_math_verify": [true], "is_reasoning_complete": [true],
        ]
    }
}

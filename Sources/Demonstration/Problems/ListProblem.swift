/// A problem: four digits, and operations that are applied to them one after the other.
public struct ListProblem: Sendable, Hashable {
    /// How many digits there are.
    public static let digitCount = 4

    /// The digits that it begins with, ``digitCount`` of them, each from 0 to 9.
    public let digits: [Int]
    /// What is done to them, at least one operation.
    public let operations: [ListOperation]

    /// Describes a problem.
    public init(digits: [Int], operations: [ListOperation]) {
        precondition(digits.count == Self.digitCount && digits.allSatisfy((0...9).contains) && !operations.isEmpty)
        self.digits = digits
        self.operations = operations
    }

    /// What is asked: `4719, increment, reverse?`.
    public var text: String {
        Self.text(of: digits) + operations.map(VocabularyWord.asked).joined() + VocabularyWord.question
    }

    /// The digits after each operation.
    public var states: [[Int]] {
        var digits = digits
        return operations.map { operation in
            digits = operation(digits)
            return digits
        }
    }

    /// The digits after the last operation, as text: `0285`.
    public var answer: String { Self.text(of: states.last ?? digits) }

    /// What an expert writes: each operation, the digits after it unless they are hidden, and the answer in a box, as in
    /// `Steps: increment 5820 reverse 0285 \boxed{0285}`.
    ///
    /// - Parameter hidden: the places of operations after which the digits are not written: with the first one hidden the steps
    ///   are `Steps:, increment reverse 0285`.
    public func trace(hiding hidden: Set<Int> = []) -> String {
        let steps = zip(operations, states).enumerated().map { place, step in
            hidden.contains(place)
                ? VocabularyWord.asked(step.0) : VocabularyWord.done(step.0) + Self.text(of: step.1)
        }
        return VocabularyWord.opening + steps.joined() + VocabularyWord.boxStart + answer + VocabularyWord.boxEnd
    }

    /// Whether the problem belongs to those that models are tested on: about one in eight, whatever the seed, so that no
    /// training set has any of them.
    public var isHeldOut: Bool {
        var value: UInt64 = 1
        for digit in digits { value = value &* 31 &+ UInt64(digit) }
        for operation in operations {
            value = value &* 31 &+ 10 &+ UInt64(ListOperation.allCases.firstIndex(of: operation) ?? 0)
        }
        return SplitMix64.mixed(value) % 8 == 0
    }

    private static func text(of digits: [Int]) -> String { digits.map(String.init).joined() }
}

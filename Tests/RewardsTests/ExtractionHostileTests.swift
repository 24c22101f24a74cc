import Testing

@testable import Rewards

/// Texts that nobody writes.
@Suite struct ExtractionHostileTests {
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            let mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            return mixed ^ (mixed >> 27)
        }
    }

    static let pieces = [
        "$", "$$", "\\(", "\\)", "\\[", "\\]", "[", "]", "{", "}", "\\", "\\boxed{", "\\boxed", "\\fbox{", "\\frac",
        "\\frac1{",
        "\\sqrt", "sqrt(", "^(", ")", "(", "_{", "answer", "Answer:", "final answer is ", " I hope", " is ", "=", " ",
        "\n",
        "\u{2003}", "1", "12,345", "-", "+", "*", "**", "/", "×", "٣", "½", ".", ",", "%", " percent", "\\text{",
        "\\text{ cm}",
        "cm", " m", "and", " or ", "{,}", "\\left", "\\right", "(a)_{b}", "'", "€", "</think>", "C", "😀", "e\u{301}",
    ]

    /// Any text ends without a trap, and candidates are not empty.
    @Test(arguments: 0..<8)
    func anythingEnds(_ seed: UInt64) throws {
        var random = Random(state: seed)
        for _ in 0..<400 {
            let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                ExtractionHostileTests.pieces.randomElement(using: &random) ?? ""
            }.joined()
            for mode in AnswerMode.allCases {
                for candidate in try Extraction.candidates(in: text, mode) {
                    #expect(!candidate.parts.isEmpty && candidate.parts[0].text != "", "\(text)")
                }
            }
        }
    }

    /// Texts that patterns with backtracking search in quadratic time or worse. Here they end, or the budget does.
    @Test(arguments: [
        "$", "$x", "\\[ ", "\\[\\boxed{", " [x", "\\boxed{", "\\boxed{1}", "answer ", "answer: = ",
        "final answer is \\[", " 1+",
        " 1 1", "1", "\\frac{", "\\frac1{", "sqrt(", "^(", "(a", "\\text{", "{ ", "\u{2003}", "</think>\\boxed{", "** ",
        "x  and",
    ])
    func longRepetitionsEnd(_ piece: String) throws {
        let text = String(repeating: piece, count: 10_000)
        for mode in AnswerMode.allCases {
            for whole in [text, "$" + text + "$", text + "\\]}, $5$ I hope"] {
                do {
                    _ = try Extraction.candidates(in: whole, mode, limit: 3)
                } catch is StepBudgetError {
                    continue
                }
            }
        }
    }
}

import Testing

@testable import Rewards

/// Texts that are no answers end quickly, in a stack of a thread and within the budget.
@Suite struct ParsingHostileTests {
    private static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    @Test func endsOnLongTexts() throws {
        let parts = [
            "{", "(", "\\{", "[", "|", "-", "+", "!", "^", "_", "\\frac", "\\frac{1}{", "\\sqrt{", "\\sin ", "f(",
            "f(x,", "x^",
            "e^", "a_", "\\int ", "\\lim_{x \\to ", "\\log_{", "\\begin{pmatrix}", "\\text{", "\\pm ", "=", "<", "1,",
            "1;2,", "x",
            "9", ".", "1/", "\\gamma^2", "\\frac{d}{dx}", "\\cup", "1\\frac{1}{2}", "\\\\", "\\", "é", "²", " ", ",000",
            "^2",
            "\\%", "_{x", "1E9", "{}", "()", "\\text{cm}", "\\overline{", "0.\\overline{3}", "d", "gcd", "'",
        ]
        for part in parts {
            for mode in AnswerMode.allCases {
                for text in [
                    Self.repeated(part, 3000), Self.repeated(part, 50) + "1" + Self.repeated("}", 50),
                    "1" + Self.repeated(part, 3000) + "1", Self.repeated(part, 55) + "x" + Self.repeated(")", 55),
                ] {
                    for form in [AnswerCandidate.Form.latex, .expression, .number] {
                        _ = try? Parsing.read(text, mode, form: form)
                    }
                }
            }
        }
    }

    @Test func boundsLengthAndDepth() throws {
        #expect(try Parsing.compat(Self.repeated("1", ExpressionParser.longestText + 1)) == nil)
        #expect(try Parsing.compat(Self.repeated("x+", 5000) + "x") != nil)
        for (open, close) in [("(", ")"), ("\\sqrt{", "}"), ("\\{", "\\}")] {
            #expect(try Parsing.strict(Self.repeated(open, 20) + "2" + Self.repeated(close, 20)) != nil)
            #expect(try Parsing.strict(Self.repeated(open, 20_000) + "2" + Self.repeated(close, 20_000)) == nil)
        }
        #expect(try Parsing.compat("x" + Self.repeated("^2", 150)) != nil)
        #expect(try Parsing.compat("x" + Self.repeated("^2", Expression.maximumDepth + 1)) == nil)
    }

    @Test func spendsItsBudget() throws {
        var budget = StepBudget(steps: 100)
        #expect(throws: StepBudgetError.self) {
            try ExpressionParser(mode: .compat).parse(Self.repeated("x+", 200), form: .latex, budget: &budget)
        }
    }

    /// Damaged answers are read or refused, and no tree is too deep.
    @Test func survivesDamage() throws {
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let texts = try ParsingGoldenTests.cases().map { Array($0.text.utf8) }
        for _ in 0..<20_000 {
            var text = texts[random(texts.count)]
            for _ in 0...random(4) {
                let other = texts[random(texts.count)]
                let place = random(text.count + 1)
                switch random(3) {
                case 0: text.insert(contentsOf: other[random(other.count)...], at: place)
                case 1 where place < text.count: text.remove(at: place)
                default: if place < text.count { text[place] = UInt8(random(256)) }
                }
            }
            let damaged = String(decoding: text.prefix(300), as: UTF8.self)
            for mode in AnswerMode.allCases {
                guard let read = try Parsing.read(damaged, mode) else { continue }
                #expect(read.depth <= Expression.maximumDepth, "\(damaged)")
            }
        }
    }
}

extension Expression {
    /// How deep the tree is.
    fileprivate var depth: Int {
        let parts: [Expression] =
            switch self {
            case .percentage(let inside): [inside]
            case .sum(let parts), .product(let parts), .function(_, let parts), .application(_, let parts),
                .tuple(let parts),
                .matrix(_, _, let parts), .relation(let parts, _), .set(let parts, _), .setOperation(_, let parts):
                parts
            case .power(let base, let exponent): [base, exponent]
            case .interval(let lower, let upper, _, _): [lower, upper]
            default: []
            }
        return 1 + (parts.map(\.depth).max() ?? 0)
    }
}

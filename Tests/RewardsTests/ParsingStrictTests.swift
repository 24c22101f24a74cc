import Testing

@testable import Rewards

/// What strict reading makes of answers that latex2sympy reads otherwise, or not.
@Suite struct ParsingStrictTests {
    @Test func keepsTimesAndBases() throws {
        #expect(try Parsing.strict("12:00") == .text("12:00"))
        #expect(try Parsing.strict("1:2") == Parsing.number(1, 2))
        #expect(try Parsing.strict("2022_6") == .digits("2022", base: 6))
        #expect(try Parsing.strict("2022_{\\text{six}}") == .digits("2022", base: 6))
        #expect(try Parsing.strict("9_5") == nil)
    }

    @Test func readsNumbers() throws {
        #expect(try Parsing.strict("1.0e5") == Parsing.decimal(100_000, 1, digits: 2))
        #expect(try Parsing.strict("10\\,000") == Parsing.number(10_000))
        #expect(
            try Parsing.strict("x = 1,234") == .relation(sides: [Parsing.x, Parsing.number(1234)], operators: [.equal]))
        #expect(try Parsing.strict("1,2,3") == .set([1, 2, 3].map { Parsing.number($0) }, braces: false))
        #expect(try Parsing.strict("0.1\\overline{6}") == Parsing.number(1, 6))
        #expect(try Parsing.strict("\\frac12") == Parsing.number(1, 2))
        #expect(try Parsing.strict("2(3)") == .product([Parsing.number(2), Parsing.number(3)]))
        #expect(try Parsing.strict("2\\frac{1}{2}") == Parsing.number(5, 2))
        #expect(try Parsing.strict("2 3") == nil)
        #expect(try Parsing.strict("5.") == Parsing.number(5))
        #expect(try Parsing.strict("-5\\%") == .percentage(Parsing.number(-5)))
    }

    @Test func keepsWords() throws {
        for text in ["(C)", "C", "\\text{C}", "\\textbf{(C)}"] { #expect(try Parsing.strict(text) == .text("C")) }
        #expect(try Parsing.strict("\\text{even}") == .text("even"))
        #expect(try Parsing.strict("Evelyn") == .text("Evelyn"))
        #expect(try Parsing.strict("July 4, 1776") == .text("July 4 1776"))
        #expect(try Parsing.strict("xy") == .product([Parsing.x, Parsing.y]))
    }

    @Test func dropsUnits() throws {
        let five = Parsing.number(5)
        for text in ["5 \\text{ cm}", "5\\text{ cm}^2", "5\\text{th}", "5^{\\text{th}}", "5^\\circ"] {
            #expect(try Parsing.strict(text) == five, "\(text)")
        }
        #expect(try Parsing.strict("x = 5 \\text{ cm}") == .relation(sides: [Parsing.x, five], operators: [.equal]))
    }

    @Test func expandsPlusMinus() throws {
        let (one, two) = (Parsing.number(1), Parsing.number(2))
        #expect(
            try Parsing.strict("1 \\pm 2")
                == .set([.sum([one, two]), .sum([one, Parsing.number(-2)])], braces: false))
        #expect(
            try Parsing.strict("\\frac{1 \\mp 2}{x}")
                == .set(
                    [-2, 2].map {
                        .product([
                            .sum([one, Parsing.number($0)]), .power(base: Parsing.x, exponent: Parsing.number(-1)),
                        ])
                    }, braces: false))
        #expect(
            try Parsing.strict("(\\pm 1, \\pm 2, 3)")
                == .set(
                    [.tuple([one, two, Parsing.number(3)]), .tuple([-1, -2, 3].map { Parsing.number($0) })],
                    braces: false))
        #expect(
            try Parsing.strict("x = \\pm 2")
                == .relation(sides: [Parsing.x, .set([two, Parsing.number(-2)], braces: false)], operators: [.equal]))
    }

    @Test func knowsComplexNumbersAndArguments() throws {
        #expect(try Parsing.strict("i") == .constant(.imaginaryUnit))
        #expect(
            try Parsing.strict("\\sin x \\cdot y") == .product([.function(.sin, [Parsing.x]), Parsing.y]))
        #expect(try Parsing.strict("f(x+1)") == .application(name: "f", [.sum([Parsing.x, Parsing.number(1)])]))
        #expect(try Parsing.strict("x(2)") == .product([Parsing.x, Parsing.number(2)]))
        #expect(
            try Parsing.strict("\\{x | x > 0\\}")
                == .relation(sides: [Parsing.x, Parsing.number(0)], operators: [.greater]))
        #expect(try Parsing.compat("\\{x | x > 0\\}") == nil)
        #expect(try Parsing.strict("x1") == .symbol("x_1"))
        #expect(try Parsing.strict("2 1/2") == Parsing.number(5, 2))
        #expect(try Parsing.strict("1/2 1/2") == nil)
        #expect(
            try Parsing.strict("_{10}C_3") == .function(.binomial, [Parsing.number(10), Parsing.number(3)]))
        #expect(
            try Parsing.strict("x \\equiv 10 \\pmod{7}")
                == .application(name: "\\equiv", [Parsing.x, Parsing.number(3), Parsing.number(7)]))
        #expect(
            try Parsing.strict("x \\in \\mathbb{R}")
                == .relation(sides: [Parsing.x, .namedSet(.reals)], operators: [.memberOf]))
    }

    @Test(arguments: [
        "3 +", "\\foo", "(1", "1)", "\\frac{1}", "2 + * 3", "5 = ", "", "\\sqrt", "x^",
    ])
    func refuses(_ text: String) throws {
        #expect(try Parsing.strict(text) == nil)
        #expect(try Parsing.compat(text) == nil)
    }
}

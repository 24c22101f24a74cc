import Testing

@testable import Rewards

/// The shape of trees in compat mode.
@Suite struct ParsingCompatTests {
    @Test func readsNumbers() throws {
        #expect(try Parsing.compat("007") == Parsing.number(7))
        #expect(try Parsing.compat("-12") == Parsing.number(-12))
        #expect(try Parsing.compat("1,234,567") == Parsing.number(1_234_567))
        #expect(try Parsing.compat("-1,234.5") == Parsing.decimal(-12345, 10, digits: 5))
        #expect(try Parsing.compat("0.050") == Parsing.decimal(50, 1000, digits: 2))
        #expect(try Parsing.compat("1.5E3") == Parsing.decimal(1500, 1, digits: 2))
        #expect(try Parsing.compat("2E-3") == Parsing.decimal(2, 1000, digits: 1))
        #expect(try Parsing.compat("50\\%") == .percentage(Parsing.number(50)))
        #expect(try Parsing.compat("\\frac{-6}{4}") == Parsing.number(-3, 2))
        #expect(try Parsing.compat("8/2/2") == Parsing.number(2))
        #expect(try Parsing.compat("12:00") == .constant(.complexInfinity))
        #expect(try Parsing.compat("-\\infty") == .constant(.negativeInfinity))
    }

    /// latex2sympy adds an integer and what stands beside it.
    @Test func mixesNumbers() throws {
        #expect(try Parsing.compat("2\\frac{1}{2}") == Parsing.number(5, 2))
        #expect(try Parsing.compat("-2\\frac{1}{2}") == Parsing.number(-5, 2))
        #expect(try Parsing.compat("2(3)") == Parsing.number(5))
        #expect(try Parsing.compat("2022_6") == Parsing.number(2022))
    }

    @Test func readsSymbols() throws {
        #expect(try Parsing.compat("X") == Parsing.x)
        #expect(try Parsing.compat("x_1") == .symbol("x_1"))
        #expect(try Parsing.compat("x_{12}") == .symbol("x_{12}"))
        #expect(try Parsing.compat("\\text{(A)}") == .symbol("a"))
        #expect(try Parsing.compat("\\Delta") == .symbol("delta"))
        // Symbols of a text with an "i" alone are none of another text's.
        #expect(try Parsing.compat("i") == .symbol(ComplexText.marked("i")))
        #expect(try Parsing.compat("2i") == .product([Parsing.number(2), .symbol("i")]))
        #expect(try Parsing.compat("I") == .constant(.imaginaryUnit))
        #expect(try Parsing.compat("\\pi") == .constant(.pi))
        #expect(try Parsing.compat("xy") == .product([Parsing.x, Parsing.y]))
        #expect(try Parsing.compat("dx") == .symbol("dx"))
        #expect(try Parsing.compat("tree") == nil)
    }

    @Test func ordersOperators() throws {
        let (x, y, two) = (Parsing.x, Parsing.y, Parsing.number(2))
        let square = Expression.power(base: x, exponent: two)
        #expect(try Parsing.compat("-x^2") == .product([Parsing.number(-1), square]))
        #expect(try Parsing.compat("x^2^3") == .power(base: square, exponent: Parsing.number(3)))
        #expect(try Parsing.compat("2^x^2") == .power(base: two, exponent: square))
        #expect(try Parsing.compat("x-y-2") == .sum([x, .product([Parsing.number(-1), y]), Parsing.number(-2)]))
        #expect(try Parsing.compat("x/y") == .product([x, .power(base: y, exponent: Parsing.number(-1))]))
        #expect(try Parsing.compat("x^{-1}") == .power(base: x, exponent: Parsing.number(-1)))
        #expect(try Parsing.compat("x^-1") == nil)
        #expect(try Parsing.compat("3!!") == .function(.factorial, [.function(.factorial, [Parsing.number(3)])]))
    }

    @Test func readsFunctions() throws {
        let (x, y) = (Parsing.x, Parsing.y)
        #expect(
            try Parsing.compat("\\sin^2 x")
                == .power(base: .function(.sin, [x]), exponent: Parsing.number(2)))
        #expect(try Parsing.compat("\\sin^{-1} x") == .function(.arcsin, [x]))
        #expect(try Parsing.compat("\\sin x \\cdot y") == .function(.sin, [.product([x, y])]))
        #expect(try Parsing.compat("\\sin x \\cos y") == .product([.function(.sin, [x]), .function(.cos, [y])]))
        #expect(try Parsing.compat("\\log_{2}{8}") == .function(.log, [Parsing.number(8), Parsing.number(2)]))
        #expect(try Parsing.compat("\\log x") == .function(.log, [x, Parsing.number(10)]))
        #expect(try Parsing.compat("f(x)") == .application(name: "f", [x]))
        #expect(try Parsing.compat("f(x+1)") == .product([.symbol("f"), .sum([x, Parsing.number(1)])]))
        #expect(try Parsing.compat("\\sqrt[3]{x}") == .power(base: x, exponent: Parsing.number(1, 3)))
        #expect(try Parsing.compat("{5 \\choose 2}") == .function(.binomial, [Parsing.number(5), Parsing.number(2)]))
        #expect(try Parsing.compat("|x|y") == .product([.function(.abs, [x]), y]))
        #expect(
            try Parsing.compat("\\sum_{k=1}^{9} k")
                == .function(.summation, [.symbol("k"), .symbol("k"), Parsing.number(1), Parsing.number(9)]))
        #expect(try Parsing.compat("\\max\\{1,2\\}") == nil)
    }

    @Test func readsSetsAndRelations() throws {
        let (one, two) = (Parsing.number(1), Parsing.number(2))
        #expect(try Parsing.compat("\\{1,2\\}") == .set([one, two], braces: true))
        #expect(try Parsing.compat("1,2") == .set([one, two], braces: false))
        #expect(try Parsing.compat("(2,1)") == .tuple([two, one]))
        #expect(
            try Parsing.compat("(1,2]")
                == .interval(lower: one, upper: two, opensBelow: true, opensAbove: false))
        #expect(try Parsing.compat("[2,1)") == .namedSet(.empty))
        #expect(try Parsing.compat("\\pm 2") == .set([Parsing.number(-2), two], braces: false))
        #expect(try Parsing.compat("x=2") == .relation(sides: [Parsing.x, two], operators: [.equal]))
        #expect(
            try Parsing.compat("1 < x \\le 2")
                == .relation(sides: [one, Parsing.x, two], operators: [.less, .lessOrEqual]))
        #expect(
            try Parsing.compat("x \\in \\mathbb{R}")
                == .relation(sides: [Parsing.x, .namedSet(.reals)], operators: [.equal]))
        #expect(try Parsing.compat("x \\approx 2") == two)
        #expect(try Parsing.compat("2x \\approx 1") == .product([two, Parsing.x]))
        #expect(
            try Parsing.compat("\\{1\\} \\cup \\{2\\}")
                == .setOperation(.union, [.set([one], braces: true), .set([two], braces: true)]))
        #expect(
            try Parsing.compat("\\begin{pmatrix} 1 & 2 \\\\ 2 & 1 \\end{pmatrix}")
                == .matrix(rows: 2, columns: 2, [one, two, two, one]))
    }

    /// Where a chain of equations cannot be read, its last side is.
    @Test func fallsBackToTheLastEquation() throws {
        #expect(try Parsing.compat("§ = x = 2") == Parsing.number(2))
        #expect(try Parsing.compat("§ = 2") == nil)
        #expect(try Parsing.compat("§ = x = 1, 2") == nil)
    }
}

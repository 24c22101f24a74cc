import Testing

@testable import Rewards

/// Numbers and arithmetic of plain text.
@Suite struct ParsingPlainTests {
    private func number(_ text: String) throws -> Expression? { try Parsing.read(text, .compat, form: .number) }
    private func expression(_ text: String) throws -> Expression? { try Parsing.read(text, .compat, form: .expression) }

    @Test func readsNumbers() throws {
        #expect(try number("-0012") == Parsing.number(-12))
        #expect(try number("1234.50") == Parsing.decimal(12345, 10, digits: 6))
        #expect(try number(".25") == Parsing.decimal(25, 100, digits: 2))
        #expect(try number("0") == Parsing.number(0))
        #expect(try number("12a") == nil)
        #expect(try number("") == nil)
    }

    @Test func readsArithmeticAsPythonDoes() throws {
        #expect(try expression("1/2") == Parsing.number(1, 2))
        #expect(try expression("2 + 3") == .sum([Parsing.number(2), Parsing.number(3)]))
        let tower = Expression.power(
            base: Parsing.number(2), exponent: .power(base: Parsing.number(3), exponent: Parsing.number(2)))
        #expect(try expression("2^3**2") == tower)
        #expect(
            try expression("-2^2")
                == .product([Parsing.number(-1), .power(base: Parsing.number(2), exponent: Parsing.number(2))]))
        #expect(try expression("2^-1") == .power(base: Parsing.number(2), exponent: Parsing.number(-1)))
        #expect(
            try expression("(1+2)*3") == .product([.sum([Parsing.number(1), Parsing.number(2)]), Parsing.number(3)]))
        for text in ["2(3)", "3 4", "1 +", "(1", "012+1", "1//2"] { #expect(try expression(text) == nil, "\(text)") }
    }
}

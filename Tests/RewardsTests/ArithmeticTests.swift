import Testing

@testable import Rewards

@Suite struct ArithmeticTests {
    private func fraction(_ numerator: Int, _ denominator: Int) throws -> Rational {
        try #require(Rational(numerator, denominator))
    }

    @Test func fractionsAreInLowestTerms() throws {
        #expect(try fraction(6, -4) == fraction(-3, 2))
        #expect(Rational(1, 0) == nil)
        #expect(try fraction(0, -5) == .zero)
        #expect(Rational(Int.min).sign == -1)
        #expect(-(-Rational(Int.min)) == Rational(Int.min))
    }

    @Test func longAndShortAgree() throws {
        var budget = StepBudget(steps: 100_000)
        let large = Rational(Int.max)
        let square = try large.multiplying(large, budget: &budget)
        guard case .long = square.storage else {
            Issue.record("the square of the largest integer fits a word")
            return
        }
        let back = try #require(try square.dividing(large, budget: &budget))
        #expect(back == large)
        guard case .short = back.storage else {
            Issue.record("a short fraction is stored as a long one")
            return
        }
        #expect(try large.adding(.one, budget: &budget).subtracting(.one, budget: &budget) == large)
        #expect(square > large && -square < large)
        #expect(try large.dividing(.zero, budget: &budget) == nil)
        #expect(try Rational.zero.power(-1, budget: &budget) == nil)
        #expect(try fraction(-2, 3).power(-3, budget: &budget) == fraction(-27, 8))
    }

    @Test func readsDigits() throws {
        var budget = StepBudget(steps: 1_000_000)
        #expect(try Rational.reading(digits: Array("00125".utf8), exponent10: -3, budget: &budget) == fraction(1, 8))
        #expect(try Rational.reading(digits: Array("12".utf8), exponent10: 2, budget: &budget) == Rational(1_200))
        let long = try Rational.reading(digits: Array("100000000000000000000".utf8), exponent10: -20, budget: &budget)
        #expect(long == .one)
        #expect(try Rational.reading(digits: Array("1".utf8), exponent10: 10_001, budget: &budget) == nil)
        #expect(
            try Rational.reading(digits: [UInt8](repeating: 57, count: 10_001), exponent10: 0, budget: &budget) == nil)
        #expect(try Rational.reading(digits: Array("1a".utf8), exponent10: 0, budget: &budget) == nil)
        #expect(try Rational.reading(digits: [], exponent10: 0, budget: &budget) == nil)
    }

    @Test func countsBeforeItComputes() throws {
        var budget = StepBudget(steps: 1_000)
        #expect(throws: StepBudgetError.self) { try Rational(3).power(1_000_000_000, budget: &budget) }
        #expect(throws: StepBudgetError.self) { try Rational(3).power(Int.max, budget: &budget) }
        #expect(try Rational(-1).power(Int.max, budget: &budget) == Rational(-1))
    }

    @Test func functionsOfIntegers() throws {
        var budget = StepBudget(steps: 1_000_000)
        #expect(try fraction(-7, 2).floor(budget: &budget) == Rational(-4))
        #expect(try Rational(-7).modulo(Rational(3), budget: &budget) == Rational(2))
        #expect(try Rational(20).factorial(budget: &budget) == Rational(2_432_902_008_176_640_000))
        #expect(try Rational(1_000_000).factorial(budget: &budget) == nil)
        #expect(try Rational(10).choosing(Rational(7), budget: &budget) == Rational(120))
        #expect(try fraction(8, 27).exactPower(fraction(2, 3), budget: &budget) == fraction(4, 9))
        #expect(try Rational(2).exactPower(fraction(1, 2), budget: &budget) == nil)
    }

    /// The ball holds the number: sin and exp at a third, to 40 digits of other programs.
    @Test func ballsHoldTheNumber() throws {
        let third = ComplexBall(try fraction(1, 3), precision: 200)
        let wanted = [
            (third.sine(), "3271946967961522441733440852676206060643", -40),
            (third.exponential(), "13956124250860895286281253196025868375979", -40),
            (third.logarithm()?.negated(), "10986122886681096913952452369225257046475", -40),
            (third.gamma(), "26789385347077476336556929409746776441287", -40),
            (third.arcsine(), "3398369094541219370963925133917640663882", -40),
        ]
        var budget = StepBudget(steps: 100_000)
        for (ball, digits, exponent) in wanted {
            let ball = try #require(ball)
            let value = try #require(
                try Rational.reading(digits: Array(digits.utf8), exponent10: exponent, budget: &budget))
            let difference = try #require(ball.subtracting(ComplexBall(value, precision: 200)))
            #expect(ball.error < -180)
            #expect(difference.size < -130, "\(digits)")
        }
    }

    @Test func aBallThatHoldsZeroHasNoInverse() throws {
        let pi = ComplexBall.pi(precision: 128)
        let zero = try #require(pi.sine())
        #expect(zero.containsZero)
        #expect(zero.inverse() == nil)
        #expect(zero.logarithm() == nil)
        let nearly = try #require(pi.floor())
        #expect(nearly.value.integer == 3)
    }
}

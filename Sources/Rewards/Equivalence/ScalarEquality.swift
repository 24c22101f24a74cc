/// Whether two expressions that stand for numbers or functions are the same.
///
/// Fractions are compared exactly; rational functions modulo two primes; everything else in ball arithmetic, at a precision
/// that grows with the numbers that occur, at points that stand for the symbols. Functions are the same where they are at
/// all points at which both are defined over the real numbers, or over the complex numbers where there is an imaginary unit.
struct ScalarEquality {
    /// Whether symbols stand for real numbers at which intermediate results must be real, and odd roots of negative numbers
    /// are real. Otherwise values are principal, and compared wherever there are any.
    let isOverReals: Bool

    /// What two values say of two numbers.
    enum Verdict { case equal, different, unknown }

    /// - Throws: where the budget ends.
    func areEqual(
        _ first: Expression, _ second: Expression, budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        if case .number(let a) = first, case .number(let b) = second { return a == b }
        var contents = try ExpressionContents(of: first, budget: &budget)
        let other = try ExpressionContents(of: second, budget: &budget)
        guard !contents.hasStructure, !other.hasStructure else { return false }
        let folding = ExpressionFolding(
            hasRealRoots: isOverReals && !contents.hasImaginaryUnit && !other.hasImaginaryUnit)
        let a = try folding.fold(first, budget: &budget)
        let b = try folding.fold(second, budget: &budget)
        if case .number(let a) = a, case .number(let b) = b { return a == b }
        if a == b { return true }
        if contents.hasInfinity || other.hasInfinity {
            guard let left = try InfiniteSign(of: a, budget: &budget),
                let right = try InfiniteSign(of: b, budget: &budget)
            else { return false }
            return left == right
        }
        contents = try ExpressionContents(of: .tuple([a, b]), budget: &budget)
        if let equal = try modular(a, b, hasSymbols: !contents.symbols.isEmpty, &budget) {
            // A factor may be a multiple of both primes.
            guard equal, contents.bits > 60, !contents.symbols.isEmpty else { return equal }
        }
        return contents.symbols.isEmpty
            ? try constants(a, b, contents, folding.hasRealRoots, &budget)
            : try functions(a, b, contents, folding.hasRealRoots, &budget)
    }

    /// Modulo two primes, at two points; nil where one of them is not a rational function.
    private func modular(
        _ first: Expression, _ second: Expression, hasSymbols: Bool, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool? {
        var compared = 0
        for point in 0..<4 {
            for field in PrimeField.large {
                let evaluation = ModularEvaluation(field: field, symbols: SymbolValues(point: point))
                guard let a = try evaluation.value(of: first, budget: &budget),
                    let b = try evaluation.value(of: second, budget: &budget)
                else { continue }
                if a != b { return false }
                compared += 1
            }
            if compared == 0 || compared >= (hasSymbols ? 4 : 2) { break }
        }
        return compared == 0 ? nil : true
    }

    /// Numbers: at 128 bits, which tells nearly all that are different, then at more.
    private func constants(
        _ first: Expression, _ second: Expression, _ contents: ExpressionContents, _ hasRealRoots: Bool,
        _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        let extra = 2 * min(contents.bits, 1 << 14)
        var wanted = 0
        for precision in [128, 512, 1_536] {
            let verdict = try compare(
                first, second, at: precision + extra, point: 0, hasRealRoots, agreeing: 320, bits: extra,
                isAbsolute: contents.hasSum, &budget)
            if verdict.answer != .unknown { return verdict.answer == .equal }
            wanted = verdict.wanted
        }
        // Very large or small numbers besides others.
        guard wanted > 1_536 + extra, wanted <= ScalarEquality.maximumPrecision else { return false }
        return try compare(
            first, second, at: wanted, point: 0, hasRealRoots, agreeing: 320, bits: extra,
            isAbsolute: contents.hasSum, &budget
        ).answer == .equal
    }

    /// Functions: at several points.
    private func functions(
        _ first: Expression, _ second: Expression, _ contents: ExpressionContents, _ hasRealRoots: Bool,
        _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Bool {
        let extra = 2 * min(contents.bits, 1 << 14)
        let needsReals = isOverReals && !contents.hasImaginaryUnit
        var (agreed, outside, differ) = (0, 0, 0)
        for point in 0..<SymbolValues.count {
            var verdict = try compare(
                first, second, at: 160 + extra, point: point, hasRealRoots, agreeing: 90, bits: extra, &budget)
            let wanted = max(512 + extra, verdict.wanted)
            if verdict.answer == .unknown, verdict.isDefined, wanted <= ScalarEquality.maximumPrecision {
                verdict = try compare(
                    first, second, at: wanted, point: point, hasRealRoots, agreeing: 90, bits: extra, &budget)
            }
            if verdict.leftReals && needsReals {
                outside += 1
                if verdict.answer != .equal { differ += 1 }
                continue
            }
            if verdict.answer == .different { return false }
            if verdict.answer == .equal { agreed += 1 }
            if agreed >= 4 && point >= 7 { return true }
        }
        // Where hardly any point is inside the domain, all must agree.
        return agreed >= 3 || (agreed + outside >= 3 && differ == 0)
    }

    /// More bits than these and twice those of the longest number are not computed.
    private static let maximumPrecision = 1_536 + (1 << 15)

    /// At one point and precision.
    ///
    /// - Parameters:
    ///   - agreeing: in how many bits equal values agree.
    ///   - bits: in how many more, for the numbers that occur.
    /// - Returns: what the values say; whether values were not real; whether there are values; and at which precision those
    ///   that are equal would agree well enough.
    private func compare(
        _ first: Expression, _ second: Expression, at precision: Int, point: Int, _ hasRealRoots: Bool, agreeing: Int,
        bits: Int, isAbsolute: Bool = false, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> (answer: Verdict, leftReals: Bool, isDefined: Bool, wanted: Int) {
        var evaluation = NumericEvaluation(
            precision: precision, symbols: SymbolValues(point: point), hasRealRoots: hasRealRoots)
        guard let a = try evaluation.value(of: first, budget: &budget),
            let b = try evaluation.value(of: second, budget: &budget)
        else { return (.unknown, evaluation.leftReals, false, 0) }
        // What was small beside the rest, or its square, must not be lost. Up to 64 bits it never is.
        let lost = evaluation.reach > 64 ? 2 * evaluation.reach : 0
        let needed = agreeing + max(bits, lost)
        let verdict = ScalarEquality.compare(a, b, agreeing: needed, isAbsolute: isAbsolute)
        // Integral parts are exact even where too little is known of the whole.
        let isKnown = verdict != .equal || precision >= needed
        return (isKnown ? verdict : .unknown, evaluation.leftReals, true, needed + evaluation.reach + 128)
    }

    /// Two values: equal where they agree in so many bits, or in so many after the point.
    static func compare(
        _ first: ComplexBall, _ second: ComplexBall, agreeing: Int, isAbsolute: Bool = false
    ) -> Verdict {
        guard let difference = first.subtracting(second) else { return .unknown }
        guard difference.containsZero else { return .different }
        // What may be 0 is compared absolutely.
        let sizes = [first, second].map { $0.containsZero ? 0 : $0.size }
        let size = isAbsolute ? min(0, max(sizes[0], sizes[1])) : max(sizes[0], sizes[1])
        return difference.error <= size - agreeing ? .equal : .unknown
    }
}

/// The sign of an infinity.
enum InfiniteSign {
    case positive, negative, complex

    /// Of a folded expression; nil where it is not infinite.
    ///
    /// - Throws: where the budget ends.
    init?(of expression: Expression, budget: inout StepBudget) throws(StepBudgetError) {
        try budget.spend()
        switch expression {
        case .constant(.infinity): self = .positive
        case .constant(.negativeInfinity): self = .negative
        case .constant(.complexInfinity): self = .complex
        case .product(let parts):
            var (isNegative, isInfinite) = (false, false)
            for part in parts {
                if case .number(let value) = part {
                    guard !value.isZero else { return nil }
                    isNegative = isNegative != (value.sign < 0)
                } else {
                    guard let sign = try InfiniteSign(of: part, budget: &budget), sign != .complex else { return nil }
                    isNegative = isNegative != (sign == .negative)
                    isInfinite = true
                }
            }
            guard isInfinite else { return nil }
            self = isNegative ? .negative : .positive
        case .sum(let parts):
            var found: InfiniteSign?
            for part in parts {
                if case .number = part { continue }
                guard let sign = try InfiniteSign(of: part, budget: &budget), sign != .complex,
                    found == nil || found == sign
                else { return nil }
                found = sign
            }
            guard let found else { return nil }
            self = found
        default: return nil
        }
    }
}

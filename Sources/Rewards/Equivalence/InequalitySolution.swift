/// The solutions of chains of linear inequalities in one symbol.
struct InequalitySolution {
    /// The numbers for which all links hold; nil where there is not one symbol, or a link is not linear in it.
    ///
    /// - Throws: where the budget ends.
    func solutions(of links: [RelationLink], budget: inout StepBudget) throws(StepBudgetError) -> RealSet? {
        var symbols: Set<String> = []
        for link in links { symbols.formUnion(try ExpressionContents(of: link.difference, budget: &budget).symbols) }
        guard symbols.count == 1, let symbol = symbols.first,
            var result = try RealSet.normalised([.all], &budget)
        else { return nil }
        for link in links {
            guard let (bound, isAbove) = try bound(of: link, symbol, &budget) else { return nil }
            let opens = link.kind == .positive || link.kind == .unequal
            let above = RealSet.Segment(lower: bound, upper: .aboveAll, opensBelow: opens, opensAbove: true)
            let below = RealSet.Segment(lower: .belowAll, upper: bound, opensBelow: true, opensAbove: opens)
            let pieces: [RealSet.Segment] =
                switch link.kind {
                case .equal: [RealSet.Segment(lower: bound, upper: bound, opensBelow: false, opensAbove: false)]
                case .unequal: [below, above]
                case .positive, .notNegative: [isAbove ? above : below]
                }
            guard let set = try RealSet.normalised(pieces, &budget),
                let both = try result.intersection(set, &budget)
            else { return nil }
            result = both
        }
        result.variable = symbol
        return result
    }

    /// Where the difference is 0, and whether it is positive above that.
    private func bound(
        of link: RelationLink, _ symbol: String, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> (RealSet.Bound, Bool)? {
        if link.left == .symbol(symbol), try !contains(link.right, &budget) {
            return try RealSet.Bound(link.right, &budget).map { ($0, true) }
        }
        if link.right == .symbol(symbol), try !contains(link.left, &budget) {
            return try RealSet.Bound(link.left, &budget).map { ($0, false) }
        }
        let folding = ExpressionFolding(hasRealRoots: true)
        var values: [Rational] = []
        for position in 0..<4 {
            let expression = try SymbolReplacement(symbol: symbol, value: .number(Rational(position)))
                .applied(to: link.difference, &budget)
            guard case .number(let value) = try folding.fold(expression, budget: &budget) else { return nil }
            values.append(value)
        }
        let slope = try values[1].subtracting(values[0], budget: &budget)
        // Linear where it is so at four points; what else a person writes is not.
        guard !slope.isZero, try values[2].subtracting(values[1], budget: &budget) == slope,
            try values[3].subtracting(values[2], budget: &budget) == slope,
            let zero = try (-values[0]).dividing(slope, budget: &budget)
        else { return nil }
        return (.value(.number(zero)), slope.sign > 0)
    }

    private func contains(_ expression: Expression, _ budget: inout StepBudget) throws(StepBudgetError) -> Bool {
        try !ExpressionContents(of: expression, budget: &budget).symbols.isEmpty
    }
}

extension Expression.Comparison {
    /// Whether it says which of two numbers is the greater.
    fileprivate var isOrder: Bool {
        switch self {
        case .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }
}

/// Operations on sets and relations between them.
extension LatexReader {
    mutating func setRelation() throws(ReadingError) -> Term {
        var isName = false
        if case .name = kind { isName = true }
        if isName || kind == .open(.parenthesis), let end = endOfSetSide() {
            let left = try assignedSide(end)
            let sign = kind
            try advance()
            let right = try nested { reader throws(ReadingError) in try reader.setRelation() }
            let comparison: Expression.Comparison =
                sign == .notMemberOf ? .notMemberOf : sign == .memberOf && isStrict ? .memberOf : .equal
            return try made(
                .relation(sides: [left.expression, right.expression], operators: [comparison]),
                Swift.max(left.depth, right.depth) + 1)
        }
        let left = try setDifference()
        guard isStrict, kind == .subset || kind == .superset else { return left }
        let isSubset = kind == .subset
        try advance()
        let right = try setDifference()
        let sides = isSubset ? [left, right] : [right, left]
        return try made(
            .relation(sides: sides.map(\.expression), operators: [.subset]), Swift.max(left.depth, right.depth) + 1)
    }

    // MARK: Sets that are described

    /// Behind the bar or the colon of {x ∈ A | …}, where an opening brace stands here; nil of other sets.
    func startOfCondition() -> Int? {
        var end = position + 1
        switch kind(at: end) {
        case .name:
            end += 1
            if kind(at: end) == .memberOf { end += 2 }
        case .open(.parenthesis): end = tokens[end].partner + 1
        default: return nil
        }
        switch kind(at: end) {
        case .bar, .colon: return end + 1
        default: return nil
        }
    }

    /// A set of all numbers for which a relation holds is that relation; others are compared as they are written.
    mutating func described(from condition: Int) throws(ReadingError) -> Term {
        let close = tokens[position].partner
        let start = position + 1
        if case .name(let name) = kind(at: start), condition == start + 2 || kind(at: start + 2) == .namedSet(.reals) {
            var reader = self
            reader.position = condition
            reader.openBars = []
            do throws(ReadingError) {
                let (relation, isRelation) = try reader.nested { reader throws(ReadingError) in
                    try reader.relation(relations: true)
                }
                if isRelation, reader.position == close, case .relation(let sides, let operators) = relation.expression,
                    operators.allSatisfy({ $0.isOrder }), sides.contains(.symbol(name))
                {
                    budget = reader.budget
                    position = close
                    try advance()
                    return relation
                }
            } catch {
                guard error == .unreadable else { throw error }
            }
            budget = reader.budget
        }
        try budget.spendReading(close - position)
        let written = "{" + source(start..<(condition - 1)) + "|" + source(condition..<close) + "}"
        position = close
        try advance()
        return Term(expression: .text(written), depth: 1)
    }

    private func endOfSetSide() -> Int? {
        if let end = endOfAssignedSide() { return end }
        var end = position + 1
        if kind == .open(.parenthesis) {
            end = tokens[position].partner + 1
        } else {
            while kind(at: end) == .underscore || kind(at: end) == .caret {
                end = kind(at: end + 1) == .open(.brace) ? tokens[end + 1].partner + 1 : end + 2
            }
        }
        return kind(at: end) == .notMemberOf ? end : nil
    }

    mutating func setDifference() throws(ReadingError) -> Term {
        try setOperation(.setMinus, .difference) { reader throws(ReadingError) in
            try reader.setOperation(.union, .union) { reader throws(ReadingError) in
                try reader.setOperation(.intersection, .intersection) { reader throws(ReadingError) in
                    try reader.setGroup()
                }
            }
        }
    }

    /// Operands with one operator between them, from the left.
    private mutating func setOperation(
        _ sign: LatexToken.Kind, _ operation: Expression.SetOperation,
        _ operand: (inout LatexReader) throws(ReadingError) -> Term
    ) throws(ReadingError) -> Term {
        var terms = [try operand(&self)]
        while kind == sign || (isStrict && operation == .difference && kind == .subtract) {
            try advance()
            terms.append(try operand(&self))
        }
        guard terms.count > 1 else { return terms[0] }
        let depth = (terms.map(\.depth).max() ?? 0) + 1
        let sets = terms.map { term in
            if !isStrict, operation != .difference, case .tuple(let elements) = term.expression {
                Expression.set(elements, braces: true)
            } else {
                term.expression
            }
        }
        if operation == .difference {
            var left = sets[0]
            var depth = terms[0].depth
            for (set, term) in zip(sets, terms).dropFirst() {
                depth = Swift.max(depth, term.depth) + 1
                left = try made(.setOperation(.difference, [left, set]), depth).expression
            }
            return Term(expression: left, depth: depth)
        }
        return try made(.setOperation(operation, sets), depth)
    }

    /// A set, or an operation on sets in parentheses.
    private mutating func setGroup() throws(ReadingError) -> Term {
        let token = tokens[position]
        if kind == .open(.parenthesis), token.commas == 0, token.semicolons == 0 {
            return try bracketed { reader throws(ReadingError) -> Term in
                try reader.advance()
                let inside = try reader.setDifference()
                try reader.take(.close(.parenthesis))
                return inside
            }
        }
        if isStrict, case .name = kind { return try atom(takesSubscript: true) }
        let element = try setAtom()
        guard element.terms.count == 1 else { throw .unreadable }
        switch element.terms[0].expression {
        case .set, .interval, .namedSet, .setOperation: return element.terms[0]
        case .tuple where !isStrict: return element.terms[0]
        default: throw .unreadable
        }
    }
}

extension LatexReader {
    /// What stands between commas: one expression or more (±), and whether it could be one factor of a product.
    struct Element {
        var terms: [Term]
        /// The expression where it is no more than that, also in a bracket.
        var plain: Term?
    }

    /// All of the tokens: elements, an equation with them, or an operation on sets.
    mutating func answer() throws(ReadingError) -> Term {
        if let side = endOfAssignedSide() {
            let equation = try attempt { reader throws(ReadingError) in try reader.assigned(side) }
            if let equation { return equation }
        }
        let list = try attempt { reader throws(ReadingError) in try reader.joined(reader.elements(relations: true)) }
        if let list { return list }
        let sets = try attempt { reader throws(ReadingError) in try reader.setRelation() }
        guard let sets else { throw .unreadable }
        return sets
    }

    /// Reads from here to the end, or stays here.
    private mutating func attempt(_ body: (inout LatexReader) throws(ReadingError) -> Term) throws(ReadingError)
        -> Term?
    {
        var reader = self
        do throws(ReadingError) {
            let term = try body(&reader)
            guard reader.kind == .end else { throw .unreadable }
            self = reader
            return term
        } catch {
            budget = reader.budget
            guard error == .unreadable else { throw error }
            return nil
        }
    }

    // MARK: Equations with several right sides

    /// Where a symbol, or a tuple of them, ends that "=" or "∈" follows; nil where none begins the text.
    func endOfAssignedSide() -> Int? {
        var end = position
        if kind == .open(.parenthesis) {
            end = tokens[position].partner + 1
        } else {
            guard case .name = kind else { return nil }
            end += 1
            while kind(at: end) == .underscore || kind(at: end) == .caret {
                end = kind(at: end + 1) == .open(.brace) ? tokens[end + 1].partner + 1 : end + 2
            }
            // f(x) = …
            if isStrict, kind(at: end) == .open(.parenthesis) { end = tokens[end].partner + 1 }
        }
        switch kind(at: end) {
        case .assignment, .memberOf: return end
        case .notMemberOf where isStrict: return end
        default: return nil
        }
    }

    /// Symbols, "=" or "∈", and elements without relations.
    private mutating func assigned(_ end: Int) throws(ReadingError) -> Term {
        let left = try assignedSide(end)
        let sign = kind
        try advance()
        let right = try joined(elements(relations: false))
        let comparison: Expression.Comparison =
            sign == .assignment || !isStrict ? .equal : sign == .memberOf ? .memberOf : .notMemberOf
        return try made(
            .relation(sides: [left.expression, right.expression], operators: [comparison]),
            Swift.max(left.depth, right.depth) + 1)
    }

    mutating func assignedSide(_ end: Int) throws(ReadingError) -> Term {
        guard kind == .open(.parenthesis) else {
            let side = try isStrict ? expression() : atom(takesSubscript: true)
            guard position == end else { throw .unreadable }
            return side
        }
        var sides: [Term] = []
        repeat {
            try advance()
            guard case .name = kind else { throw .unreadable }
            sides.append(try atom(takesSubscript: true))
        } while kind == .comma
        try take(.close(.parenthesis))
        guard position == end else { throw .unreadable }
        if sides.count == 1 { return sides[0] }
        return try made(.tuple(sides.map(\.expression)), (sides.map(\.depth).max() ?? 0) + 1)
    }

    // MARK: Elements

    /// Elements with commas between them, in groups between semicolons.
    mutating func elements(relations: Bool) throws(ReadingError) -> [[Element]] {
        var groups: [[Element]] = [[]]
        while true {
            groups[groups.count - 1].append(try element(relations: relations))
            switch kind {
            case .comma: try advance()
            case .semicolon:
                try advance()
                groups.append([])
            default: return groups
            }
        }
    }

    /// One answer is itself, several are a set; groups of several are a set of tuples.
    private mutating func joined(_ groups: [[Element]]) throws(ReadingError) -> Term {
        let groups = groups.map { $0.flatMap(\.terms) }
        if groups.count == 1 {
            return groups[0].count == 1 ? groups[0][0] : try set(groups[0], braces: false)
        }
        if groups.allSatisfy({ $0.count == 1 }) { return try set(groups.map { $0[0] }, braces: false) }
        var tuples: [Term] = []
        for group in groups { tuples.append(try tuple(group)) }
        return try set(tuples, braces: false)
    }

    private func set(_ terms: [Term], braces: Bool) throws(ReadingError) -> Term {
        try made(.set(terms.map(\.expression), braces: braces), (terms.map(\.depth).max() ?? 0) + 1)
    }

    private func tuple(_ terms: [Term]) throws(ReadingError) -> Term {
        try made(.tuple(terms.map(\.expression)), (terms.map(\.depth).max() ?? 0) + 1)
    }

    /// In strict mode ± is anywhere in an element, which is read again with the other signs.
    private mutating func element(relations: Bool) throws(ReadingError) -> Element {
        guard isStrict, doublesElements else { return try elementOnce(relations: relations) }
        let (start, before) = (position, hasPlusMinus)
        hasPlusMinus = false
        var element = try elementOnce(relations: relations)
        let isDouble = hasPlusMinus && !readsLowerSigns
        hasPlusMinus = hasPlusMinus || before
        guard isDouble else { return element }
        position = start
        readsLowerSigns = true
        let other = try elementOnce(relations: relations)
        readsLowerSigns = false
        hasPlusMinus = before
        guard element.terms.count == 1, other.terms.count == 1 else { throw .unreadable }
        if case .relation(let sides, let operators) = element.terms[0].expression, sides.count == 2,
            case .relation(let others, _) = other.terms[0].expression, others.count == 2, sides[0] == others[0]
        {
            let right = try made(.set([sides[1], others[1]], braces: false), element.terms[0].depth)
            element.terms = [
                try made(.relation(sides: [sides[0], right.expression], operators: operators), right.depth + 1)
            ]
        } else {
            element.terms += other.terms
        }
        element.plain = nil
        return element
    }

    private mutating func elementOnce(relations: Bool) throws(ReadingError) -> Element {
        if !isStrict, case .plusMinus = kind {
            try advance()
            let term = try expression()
            return Element(terms: [try negated(term), term])
        }
        if isSetAtom() { return try setAtom() }
        let (left, isRelation) = try relation(relations: relations)
        if !isStrict, !isRelation, case .plusMinus = kind {
            try advance()
            let right = try expression()
            let sum = TermList(left, \.summands)
            var (plus, minus) = (sum, sum)
            plus.append(right, \.summands)
            minus.append(try negated(right), \.summands)
            return Element(terms: [
                try made(.sum(plus.expressions), plus.depth + 1), try made(.sum(minus.expressions), minus.depth + 1),
            ])
        }
        return Element(terms: [left], plain: isRelation ? nil : left)
    }

    /// Whether a set, a tuple or an interval begins here: a bracket after which the element ends.
    private func isSetAtom() -> Bool {
        switch kind {
        case .namedSet, .primes: return true
        case .boxed:
            return kind(at: position + 1) == .open(.brace) && endsElement(tokens[position + 1].partner + 1)
        case .open(let bracket):
            let token = tokens[position]
            guard endsElement(token.partner + 1), !token.hasChoose else { return false }
            switch bracket {
            case .parenthesis, .parenthesisVisual, .square, .brace, .braceVisual: return token.setOperations == 0
            case .squareCommand, .group: return token.commas == 1
            case .angle: return isStrict
            case .braceCommand: return isStrict
            default: return false
            }
        default: return false
        }
    }

    private func endsElement(_ index: Int) -> Bool {
        switch kind(at: index) {
        case .comma, .semicolon, .end, .close: true
        default: false
        }
    }

    // MARK: Sets, tuples, intervals

    mutating func setAtom() throws(ReadingError) -> Element {
        switch kind {
        case .namedSet(let set):
            try advance()
            return Element(terms: [Term(expression: .namedSet(set), depth: 1)])
        case .boxed:
            try advance()
            let groups = try list(.brace)
            return Element(terms: [try joined(groups)])
        case .open(let bracket):
            let close = tokens[tokens[position].partner].kind
            if tokens[position].partner == position + 1 {
                guard bracket == .brace || (isStrict && bracket == .braceVisual) else { throw .unreadable }
                try advance()
                try advance()
                return Element(terms: [Term(expression: .namedSet(.empty), depth: 1)])
            }
            if isStrict, bracket == .braceVisual, let condition = startOfCondition() {
                return Element(terms: [try described(from: condition)])
            }
            let groups = try list(bracket)
            return try listed(groups, bracket, close)
        default: throw .unreadable
        }
    }

    private mutating func list(_ bracket: LatexToken.Bracket) throws(ReadingError) -> [[Element]] {
        try bracketed { reader throws(ReadingError) in
            try reader.take(.open(bracket))
            let doubledBefore = reader.doublesElements
            reader.doublesElements = [.brace, .braceVisual, .braceCommand].contains(bracket)
            let groups = try reader.elements(relations: true)
            reader.doublesElements = doubledBefore
            guard case .close = reader.kind else { throw .unreadable }
            try reader.advance()
            return groups
        }
    }

    /// What elements in a bracket are.
    private mutating func listed(
        _ groups: [[Element]], _ bracket: LatexToken.Bracket, _ close: LatexToken.Kind
    ) throws(ReadingError) -> Element {
        guard case .close(let end) = close else { throw .unreadable }
        if bracket.boundsIntervals, groups.count == 1, groups[0].count == 2, let lower = groups[0][0].plain,
            let upper = groups[0][1].plain
        {
            return Element(terms: [
                try interval(lower, upper, opensBelow: bracket.isRound, opensAbove: end.isRound)
            ])
        }
        guard bracket == end, isStrict || (bracket != .braceCommand && bracket != .angle) else { throw .unreadable }
        let all = groups.flatMap { $0.flatMap(\.terms) }
        let plain = groups.count == 1 && groups[0].count == 1 ? groups[0][0].plain : nil
        switch bracket {
        case .brace, .braceVisual, .braceCommand:
            // In strict mode braces without a backslash only group.
            if isStrict, bracket == .brace { return Element(terms: [try joined(groups)], plain: plain) }
            return Element(terms: [try set(all, braces: true)], plain: plain)
        case .parenthesis, .parenthesisVisual, .square, .angle:
            if all.count == 1 { return Element(terms: all, plain: plain) }
            return Element(terms: [try tuple(all)])
        default: throw .unreadable
        }
    }

    /// An interval; where its ends are in the wrong order a pair, or in compat mode nothing.
    private func interval(_ lower: Term, _ upper: Term, opensBelow: Bool, opensAbove: Bool) throws(ReadingError) -> Term
    {
        let depth = Swift.max(lower.depth, upper.depth) + 1
        // In compat mode infinity is never inside.
        let written = Expression.interval(
            lower: lower.expression, upper: upper.expression,
            opensBelow: opensBelow || (!isStrict && lower.expression == .constant(.negativeInfinity)),
            opensAbove: opensAbove || (!isStrict && upper.expression == .constant(.infinity)))
        if !isStrict, !canBeOrdered(lower.expression, upper.expression) { throw .unreadable }
        guard let from = lower.expression.approximation, let to = upper.expression.approximation else {
            return try made(written, depth)
        }
        let isEqual = lower.expression == upper.expression
        if opensBelow == opensAbove, isEqual ? opensBelow : to < from {
            return try made(.tuple([lower.expression, upper.expression]), depth)
        }
        guard !isStrict else { return try made(written, depth) }
        if isEqual { return try opensBelow || opensAbove ? made(.namedSet(.empty), 1) : set([lower], braces: true) }
        return try to < from ? made(.namedSet(.empty), 1) : made(written, depth)
    }

    /// SymPy does not order percentages and what is more than a number.
    private func canBeOrdered(_ lower: Expression, _ upper: Expression) -> Bool {
        func isPercentage(_ end: Expression) -> Bool { if case .percentage = end { true } else { false } }
        func isNumber(_ end: Expression) -> Bool {
            switch end {
            case .number, .decimal: true
            default: false
            }
        }
        return (!isPercentage(lower) || isNumber(upper)) && (!isPercentage(upper) || isNumber(lower))
    }
}

/// A union of intervals and points of the real line, in one form: sorted, apart from each other.
struct RealSet {
    /// An end of an interval.
    enum Bound {
        case belowAll
        case value(Expression)
        case aboveAll
    }

    /// A stretch of the line; a point where both ends are the same and closed.
    struct Segment {
        var lower: Bound
        var upper: Bound
        var opensBelow: Bool
        var opensAbove: Bool

        static let all = Segment(lower: .belowAll, upper: .aboveAll, opensBelow: true, opensAbove: true)
    }

    private(set) var segments: [Segment]
    /// The symbol that inequalities were about; nil where there were none.
    var variable: String?

    private init(segments: [Segment]) { self.segments = segments }

    /// What an interval, a set of numbers, a union, intersection or difference, an inequality, or several inequalities without
    /// braces are; nil where that is not known: where an end is not a real number, or there is more than one symbol.
    ///
    /// - Throws: where the budget ends.
    init?(of expression: Expression, budget: inout StepBudget) throws(StepBudgetError) {
        try budget.spend()
        var pieces: [Segment] = []
        switch expression {
        case .namedSet(.reals): pieces = [.all]
        case .namedSet(.empty): break
        case .interval(let lower, let upper, let opensBelow, let opensAbove):
            guard let low = try Bound(lower, &budget), let high = try Bound(upper, &budget) else { return nil }
            pieces = [Segment(lower: low, upper: high, opensBelow: opensBelow, opensAbove: opensAbove)]
        case .set(let members, false) where members.allSatisfy(\.isRelation) && !members.isEmpty:
            guard let solutions = try RealSet.listed(members, &budget) else { return nil }
            self = solutions
            return
        case .set(let members, let braces):
            for member in members {
                if member.isRelation, !braces {
                    guard let solutions = try RealSet(of: member, budget: &budget) else { return nil }
                    pieces += solutions.segments
                } else {
                    guard let bound = try Bound(member, &budget), case .value = bound else { return nil }
                    pieces.append(Segment(lower: bound, upper: bound, opensBelow: false, opensAbove: false))
                }
            }
        case .setOperation(let operation, let operands):
            guard let combined = try RealSet.combined(operation, operands, &budget) else { return nil }
            self = combined
            return
        case .relation(let sides, let operators):
            guard sides.count == operators.count + 1, let links = RelationLink.links(sides, operators),
                let solutions = try InequalitySolution().solutions(of: links, budget: &budget)
            else { return nil }
            self = solutions
            return
        default: return nil
        }
        guard let set = try RealSet.normalised(pieces, &budget) else { return nil }
        self = set
    }

    /// Several relations about one symbol: either of them where they exclude each other, and both of two that do not.
    private static func listed(_ members: [Expression], _ budget: inout StepBudget) throws(StepBudgetError) -> RealSet?
    {
        var sets: [RealSet] = []
        for member in members {
            guard let set = try RealSet(of: member, budget: &budget), let variable = set.variable,
                sets.allSatisfy({ $0.variable == variable })
            else { return nil }
            sets.append(set)
        }
        for index in sets.indices {
            for other in sets[..<index] {
                guard let both = try sets[index].intersection(other, &budget) else { return nil }
                if both.segments.isEmpty { continue }
                guard sets.count == 2 else { return nil }
                var result = both
                result.variable = other.variable
                return result
            }
        }
        var result = try normalised(sets.flatMap(\.segments), &budget)
        result?.variable = sets.first?.variable
        return result
    }

    private static func combined(
        _ operation: Expression.SetOperation, _ operands: [Expression], _ budget: inout StepBudget
    ) throws(StepBudgetError) -> RealSet? {
        var result: RealSet?
        if operation == .union {
            var pieces: [Segment] = []
            for operand in operands {
                guard let set = try RealSet(of: operand, budget: &budget) else { return nil }
                pieces += set.segments
            }
            return try normalised(pieces, &budget)
        }
        for operand in operands {
            guard let set = try RealSet(of: operand, budget: &budget) else { return nil }
            guard let left = result else {
                result = set
                continue
            }
            let next: RealSet?
            switch operation {
            case .union, .intersection: next = try left.intersection(set, &budget)
            case .difference:
                guard let complement = try set.complement(&budget) else { return nil }
                next = try left.intersection(complement, &budget)
            }
            guard let next else { return nil }
            result = next
        }
        return result
    }

    /// Sorts, drops what is empty, and joins what touches.
    static func normalised(_ pieces: [Segment], _ budget: inout StepBudget) throws(StepBudgetError) -> RealSet? {
        var sorted: [Segment] = []
        for piece in pieces {
            guard let width = try compare(piece.lower, piece.upper, &budget) else { return nil }
            if width > 0 || (width == 0 && (piece.opensBelow || piece.opensAbove)) { continue }
            var place = sorted.count
            while place > 0 {
                guard let order = try compare(sorted[place - 1].lower, piece.lower, &budget) else { return nil }
                if order < 0 || (order == 0 && !sorted[place - 1].opensBelow) { break }
                place -= 1
            }
            try budget.spend(sorted.count - place)
            sorted.insert(piece, at: place)
        }
        var joined: [Segment] = []
        for piece in sorted {
            guard var last = joined.last else {
                joined.append(piece)
                continue
            }
            guard let gap = try compare(last.upper, piece.lower, &budget),
                let ends = try compare(last.upper, piece.upper, &budget)
            else { return nil }
            if gap < 0 || (gap == 0 && last.opensAbove && piece.opensBelow) {
                joined.append(piece)
                continue
            }
            if ends < 0 {
                (last.upper, last.opensAbove) = (piece.upper, piece.opensAbove)
            } else if ends == 0 {
                last.opensAbove = last.opensAbove && piece.opensAbove
            }
            joined[joined.count - 1] = last
        }
        return RealSet(segments: joined)
    }

    func intersection(_ other: RealSet, _ budget: inout StepBudget) throws(StepBudgetError) -> RealSet? {
        var pieces: [Segment] = []
        for a in segments {
            for b in other.segments {
                guard let low = try RealSet.compare(a.lower, b.lower, &budget),
                    let high = try RealSet.compare(a.upper, b.upper, &budget)
                else { return nil }
                pieces.append(
                    Segment(
                        lower: low >= 0 ? a.lower : b.lower, upper: high <= 0 ? a.upper : b.upper,
                        opensBelow: low > 0 ? a.opensBelow : low < 0 ? b.opensBelow : a.opensBelow || b.opensBelow,
                        opensAbove: high < 0 ? a.opensAbove : high > 0 ? b.opensAbove : a.opensAbove || b.opensAbove))
            }
        }
        return try RealSet.normalised(pieces, &budget)
    }

    private func complement(_ budget: inout StepBudget) throws(StepBudgetError) -> RealSet? {
        var pieces: [Segment] = []
        var (start, opens): (Bound, Bool) = (.belowAll, true)
        for segment in segments {
            pieces.append(
                Segment(lower: start, upper: segment.lower, opensBelow: opens, opensAbove: !segment.opensBelow))
            (start, opens) = (segment.upper, !segment.opensAbove)
        }
        pieces.append(Segment(lower: start, upper: .aboveAll, opensBelow: opens, opensAbove: true))
        return try RealSet.normalised(pieces, &budget)
    }

    /// Whether both are the same, and about the same symbol where both say about which.
    ///
    /// - Throws: where the budget ends.
    func isEqual(to other: RealSet, budget: inout StepBudget) throws(StepBudgetError) -> Bool {
        if let variable, let name = other.variable, variable != name { return false }
        guard segments.count == other.segments.count else { return false }
        for (a, b) in zip(segments, other.segments) {
            guard a.opensBelow == b.opensBelow, a.opensAbove == b.opensAbove,
                try RealSet.compare(a.lower, b.lower, &budget) == 0, try RealSet.compare(a.upper, b.upper, &budget) == 0
            else { return false }
        }
        return true
    }

    /// -1, 0 or 1; nil where it is not known.
    static func compare(
        _ first: Bound, _ second: Bound, _ budget: inout StepBudget
    ) throws(StepBudgetError) -> Int? {
        try budget.spend(4)
        switch (first, second) {
        case (.belowAll, .belowAll), (.aboveAll, .aboveAll): return 0
        case (.belowAll, _), (_, .aboveAll): return -1
        case (.aboveAll, _), (_, .belowAll): return 1
        case (.value(let a), .value(let b)):
            if case .number(let a) = a, case .number(let b) = b { return a == b ? 0 : a < b ? -1 : 1 }
            var evaluation = NumericEvaluation(precision: 512, symbols: SymbolValues(point: 0), hasRealRoots: true)
            guard let left = try evaluation.value(of: a, budget: &budget),
                let right = try evaluation.value(of: b, budget: &budget), let difference = left.subtracting(right),
                difference.isReal
            else { return nil }
            return difference.containsZero ? 0 : difference.value.sign
        }
    }
}

extension RealSet.Bound {
    /// Of a number or an infinity; nil of others.
    init?(_ expression: Expression, _ budget: inout StepBudget) throws(StepBudgetError) {
        let folded = try ExpressionFolding(hasRealRoots: true).fold(expression, budget: &budget)
        if case .number = folded {
            self = .value(folded)
            return
        }
        let contents = try ExpressionContents(of: folded, budget: &budget)
        guard contents.symbols.isEmpty, !contents.hasStructure else { return nil }
        guard contents.hasInfinity else {
            self = .value(folded)
            return
        }
        switch try InfiniteSign(of: folded, budget: &budget) {
        case .positive: self = .aboveAll
        case .negative: self = .belowAll
        case .complex, nil: return nil
        }
    }
}

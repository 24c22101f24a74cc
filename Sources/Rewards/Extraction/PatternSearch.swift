/// Finds the matches of a pattern from the left to the right, none of which overlaps another.
struct PatternSearch {
    let text: SourceText
    private var environments: LatexEnvironments
    private var numbers: PlainNumbers

    init(_ text: SourceText) {
        self.text = text
        environments = LatexEnvironments(text)
        numbers = PlainNumbers(text)
    }

    /// The matches of a pattern.
    ///
    /// - Parameter anchors: where the pattern's words begin, in order; of those that have words.
    /// - Throws: where places would be looked at far more often than once; no text written by a person or a model does that.
    /// - Complexity: O(n) in the length of the text.
    mutating func matches(
        of pattern: ExtractionPattern, anchors: [Int] = []
    ) throws(StepBudgetError) -> [ExtractionMatch] {
        numbers = PlainNumbers(text)
        var found = ExtractionMatches()
        switch pattern {
        case .latex, .boxedLatex: try findChains(pattern, &found)
        case .box: findBox(&found)
        case .expression, .number: try findPlain(pattern, &found)
        default:
            var cursor = 0
            for anchor in anchors where anchor >= cursor {
                try checkWork()
                guard let match = match(pattern, at: anchor) else { continue }
                cursor = match.end
                found.append(ExtractionMatch(pattern: pattern, start: anchor, body: match.body, end: match.end))
            }
        }
        return found.last
    }

    private func checkWork() throws(StepBudgetError) {
        guard environments.work + numbers.work <= 16 * text.count + 100_000 else { throw StepBudgetError() }
    }

    // MARK: Patterns without words

    private mutating func findChains(
        _ pattern: ExtractionPattern, _ found: inout ExtractionMatches
    ) throws(StepBudgetError) {
        let boxed = pattern == .boxedLatex
        var position = 0
        while position < text.count {
            // Every environment has one of the signs within its first four bytes.
            if text.lacksEnvironmentSigns(at: position) {
                position += 5
                continue
            }
            guard environments.mayBegin(at: position, boxed: boxed) else {
                position += 1
                continue
            }
            if boxed, environments.nextBox(from: position) == text.count { return }
            guard let chain = environments.chain(at: position, boxed: boxed) else {
                position += 1
                continue
            }
            try checkWork()
            found.append(ExtractionMatch(pattern: pattern, start: position, body: position, end: chain.end))
            position = chain.end
        }
        try checkWork()
    }

    private mutating func findBox(_ found: inout ExtractionMatches) {
        let start = environments.nextBox(from: 0)
        guard start < text.count, let brace = text.bytes.lastIndex(of: 0x7D), brace >= start + 8 else { return }
        found.append(ExtractionMatch(pattern: .box, start: start, body: start, end: brace + 1))
    }

    private mutating func findPlain(
        _ pattern: ExtractionPattern, _ found: inout ExtractionMatches
    ) throws(StepBudgetError) {
        var position = 0
        while position < text.count {
            guard position == 0 || numbers.mayBegin(at: position) else {
                position += 1
                continue
            }
            let match =
                pattern == .number
                ? numbers.number(behindPrefixAt: position) : numbers.expression(behindPrefixAt: position)
            guard let match else {
                position += 1
                continue
            }
            try checkWork()
            found.append(ExtractionMatch(pattern: pattern, start: position, body: position, end: match.end))
            position = match.end
        }
        try checkWork()
    }

    // MARK: Patterns behind words

    private mutating func match(_ pattern: ExtractionPattern, at anchor: Int) -> (body: Int, end: Int)? {
        switch pattern {
        case .latexBeforeHope:
            let start = behindFinalIs(anchor)
            return start.flatMap { environments.hopefulChain(at: $0).map(\.end) }.map { (start ?? 0, $0) }
        case .plainBeforeHope:
            guard let start = behindFinalIs(anchor) else { return nil }
            let end = text.skipSpaces(start)
            if text.isByte("=", at: end), let match = numbers.either(at: end, .hope) { return (end, match.end) }
            guard end > start else { return nil }
            let space = text.before(end)
            return numbers.either(at: space, .hope).map { (space, $0.end) }
        case .latexBehindFinal, .plainBehindFinal:
            return behindFinal(anchor + 12, plain: pattern == .plainBehindFinal)
        case .latexBehindColon:
            return text.isByte(":", at: anchor + 6) ? latexNear(anchor + 7) : nil
        case .latexBehindAnswer: return latexNear(anchor + 6)
        case .plainBehindColon:
            return text.isByte(":", at: anchor + 6) ? plainNear(anchor + 7) : nil
        case .plainBehindAnswer: return plainNear(anchor + 6)
        default: return nil
        }
    }

    /// Behind "final answer is" and its colon.
    private func behindFinalIs(_ anchor: Int) -> Int? {
        guard text.hasAnyCase("final answer is", at: anchor) else { return nil }
        return text.isByte(":", at: anchor + 15) ? anchor + 16 : anchor + 15
    }

    /// Up to 100 characters, white space, "is", and the answer.
    private mutating func behindFinal(_ start: Int, plain: Bool) -> (body: Int, end: Int)? {
        var position = start
        var characters = 0
        while characters <= 100, position < text.count {
            if text.spaceLength(at: position) > 0 {
                let end = text.skipSpaces(position)
                if text.has("is", at: end) {
                    let body = text.isByte(":", at: end + 2) ? end + 3 : end + 2
                    let match = plain ? numbers.either(at: body, .anything)?.end : latexEnd(afterSpacesAt: body)
                    if let match { return (body, match) }
                }
                while position < end {
                    if plain, text.isByte("\n", at: position) { return nil }
                    position += text.characterLength(at: position)
                    characters += 1
                }
            } else {
                position += text.characterLength(at: position)
                characters += 1
            }
        }
        return nil
    }

    private mutating func latexEnd(afterSpacesAt position: Int) -> Int? {
        environments.chainAfterSpaces(at: position)?.end
    }

    /// Environments after up to 50 characters.
    private mutating func latexNear(_ start: Int) -> (body: Int, end: Int)? {
        var position = start
        for _ in 0...50 {
            guard position < text.count else { return nil }
            if environments.mayBegin(at: position, boxed: false),
                let chain = environments.chain(at: position, boxed: false)
            {
                return (position, chain.end)
            }
            position += text.characterLength(at: position)
        }
        return nil
    }

    /// A number or expression behind the last equals sign within 100 characters, or else after up to 50 characters.
    private mutating func plainNear(_ start: Int) -> (body: Int, end: Int)? {
        var equals: [Int] = []
        var position = start
        for _ in 0...100 {
            guard position < text.count else { break }
            if text.bytes[position] == 0x3D { equals.append(position) }
            if text.bytes[position] == 0x0A { break }
            position += text.characterLength(at: position)
        }
        for sign in equals.reversed() {
            let end = text.skipSpaces(sign + 1)
            if text.isByte("=", at: end), let match = numbers.either(at: end, .noEquals) { return (end, match.end) }
            guard end > sign + 1 else { continue }
            let space = text.before(end)
            if let match = numbers.either(at: space, .noEquals) { return (space, match.end) }
        }
        position = start
        for _ in 0...50 {
            guard position < text.count else { return nil }
            if let match = numbers.either(at: position, .noEquals) { return (position, match.end) }
            if text.bytes[position] == 0x0A { return nil }
            position += text.characterLength(at: position)
        }
        return nil
    }

    // MARK: What matched

    /// The environments of a match.
    mutating func chain(of match: ExtractionMatch) -> LatexEnvironments.Chain? {
        switch match.pattern {
        case .latexBeforeHope: environments.hopefulChain(at: match.body)
        case .latexBehindFinal: environments.chainAfterSpaces(at: match.body)
        case .boxedLatex: environments.chain(at: match.body, boxed: true)
        default: environments.chain(at: match.body, boxed: false)
        }
    }

    /// The number or expression of a match.
    mutating func plain(of match: ExtractionMatch) -> PlainNumbers.Match? {
        switch match.pattern {
        case .plainBeforeHope: numbers.either(at: match.body, .hope)
        case .plainBehindFinal: numbers.either(at: match.body, .anything)
        case .expression: numbers.expression(behindPrefixAt: match.body)
        case .number: numbers.number(behindPrefixAt: match.body)
        default: numbers.either(at: match.body, .noEquals)
        }
    }
}

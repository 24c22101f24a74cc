/// Finds answers in a text.
///
/// Places are those of Math-Verify, with its priorities: "final answer is ... I hope"; "final answer ... is" and boxes;
/// "answer:"; "answer"; anywhere. Within a priority the answer that ends last is the first. Those of a priority are not searched
/// for before those of the higher ones are exhausted.
struct AnswerExtractor {
    let mode: AnswerMode

    /// Calls with the candidates of a text, the most likely first, until the body returns true.
    ///
    /// - Throws: where the body does, and for texts made so that searching them takes more than linear time.
    /// - Complexity: O(n) in the length of the text.
    func candidates(
        in text: String, budget: inout StepBudget,
        _ body: (AnswerCandidate, inout StepBudget) throws(StepBudgetError) -> Bool
    ) throws(StepBudgetError) {
        let source = SourceText(text)
        if mode == .strict, let answer = ThinkingMarks.answer(of: source),
            try candidates(of: answer, budget: &budget, body)
        {
            return
        }
        if try candidates(of: source, budget: &budget, body) { return }
        if mode == .strict, let choice = TextChoices.last(in: source) { _ = try body(choice, &budget) }
    }

    private func candidates(
        of text: SourceText, budget: inout StepBudget,
        _ body: (AnswerCandidate, inout StepBudget) throws(StepBudgetError) -> Bool
    ) throws(StepBudgetError) -> Bool {
        var search = PatternSearch(text)
        var finals: [Int]?
        var answers: [Int]?
        for group in ExtractionPattern.groups {
            var matches: [ExtractionMatch] = []
            for pattern in group {
                let anchors: [Int]
                switch pattern {
                case .latexBeforeHope, .latexBehindFinal, .plainBeforeHope, .plainBehindFinal:
                    anchors = finals ?? text.positions(of: "final answer")
                    finals = anchors
                case .latexBehindColon, .latexBehindAnswer, .plainBehindColon, .plainBehindAnswer:
                    anchors = answers ?? text.positions(of: "answer")
                    answers = anchors
                default: anchors = []
                }
                matches += try search.matches(of: pattern, anchors: anchors)
            }
            matches.sort { $0.precedes($1) }
            var reading = PatternSearch(text)
            for match in matches {
                guard let candidate = candidate(match, in: text, &reading) else { continue }
                try budget.spend(1 + (match.end - match.start) / 64)
                if try body(candidate, &budget) { return true }
            }
        }
        return false
    }

    private func candidate(
        _ match: ExtractionMatch, in text: SourceText, _ search: inout PatternSearch
    ) -> AnswerCandidate? {
        switch match.pattern {
        case .box:
            let link = LatexEnvironments.Link(content: match.body..<match.end, isPercentage: false)
            return latex([link], boxes: .last, in: text)
        case .latexBeforeHope, .latexBehindFinal, .latexBehindColon, .latexBehindAnswer, .latex, .boxedLatex:
            return search.chain(of: match).flatMap { latex($0.links, boxes: .all, in: text) }
        default:
            return search.plain(of: match).map { plain($0, in: text) }
        }
    }

    private func latex(
        _ links: [LatexEnvironments.Link], boxes: BoxedContent.Choice, in text: SourceText
    ) -> AnswerCandidate? {
        let normalization = LatexNormalization(mode: mode)
        var parts: [AnswerCandidate.Part] = []
        var sources: [String] = []
        for link in links {
            let content = SourceText(Array(text.bytes[link.content]))
            let found = BoxedContent.find(in: content, boxes, balanced: mode == .strict)
            if found.hasBox, found.ranges.isEmpty, mode == .strict { continue }
            let ranges = found.ranges.isEmpty ? [0..<content.count] : found.ranges
            let joined = ranges.count == 1 ? Array(content.bytes[ranges[0]]) : Array(ranges.map { content.bytes[$0] }.joined(separator: [0x2C]))
            let normalized = normalization.normalize(SourceText(joined))
            parts.append(AnswerCandidate.Part(text: normalized, isPercentage: link.isPercentage))
            let shown = SourceText(joined)
            sources.append(shown.string(shown.trimmed(0..<shown.count)))
        }
        guard let first = parts.first, !first.text.isEmpty else { return nil }
        return AnswerCandidate(form: .latex, parts: parts, source: sources.joined(separator: ", "))
    }

    private func plain(_ match: PlainNumbers.Match, in text: SourceText) -> AnswerCandidate {
        let source = text.string(text.trimmed(match.range))
        let shown: String
        if match.isNumber {
            shown = PlainNumbers(text).plainText(of: match)
        } else {
            let spaced = text.bytes[match.range].map { $0 == 0x0A ? 0x20 : $0 }
            shown = String(decoding: spaced, as: UTF8.self)
        }
        let part = AnswerCandidate.Part(text: shown, isPercentage: match.isPercentage)
        return AnswerCandidate(form: match.isNumber ? .number : .expression, parts: [part], source: source)
    }
}

extension SourceText {
    /// Where words begin, in any case, from the left; occurrences may not overlap.
    func positions(of words: StaticString) -> [Int] {
        let first = words.utf8Start[0]
        var positions: [Int] = []
        var index = 0
        while index < count {
            if bytes[index] | 0x20 == first, hasAnyCase(words, at: index) {
                positions.append(index)
                index += words.utf8CodeUnitCount
            } else {
                index += 1
            }
        }
        return positions
    }
}

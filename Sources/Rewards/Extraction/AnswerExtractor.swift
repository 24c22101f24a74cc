/// Finds answers in a text.
///
/// Places are those of Math-Verify, with its priorities: "final answer is ... I hope"; "final answer ... is" and boxes;
/// "answer:"; "answer"; anywhere. Within a priority the answer that ends last is the first. Those of a priority are not searched
/// for before those of the higher ones are exhausted.
struct AnswerExtractor {
    let mode: AnswerMode

    /// Calls with the candidates of a text, the most likely first, until the body returns true.
    ///
    /// In ``AnswerMode/strict`` a box must be closed. The last one is the answer, even if it cannot be read, and one behind
    /// `</think>` hides all before that mark. Choices like "The answer is (C)." are candidates as well.
    ///
    /// - Throws: where the body does, and for texts made so that searching them takes more than linear time.
    /// - Complexity: O(n) in the length of the text.
    func candidates(
        in text: String, budget: inout StepBudget,
        _ body: (AnswerCandidate, inout StepBudget) throws(StepBudgetError) -> Bool
    ) throws(StepBudgetError) {
        var source = SourceText(text)
        var selection: StrictSelection?
        if mode == .strict {
            source = ThinkingMarks.answer(of: source) ?? source
            selection = StrictSelection(source)
        }
        var anchors = Anchors(source)
        var search = PatternSearch(source)
        var hasCandidates = false
        for group in ExtractionPattern.groups {
            if mode == .strict, group.contains(.latexBehindColon) {
                if selection?.lastBox != nil { return }
                if let choice = TextChoices.behindAnswer(in: source), try body(choice, &budget) { return }
            }
            var matches: [ExtractionMatch] = []
            for pattern in group {
                if pattern == .box, let selection {
                    matches += selection.boxes
                    continue
                }
                matches += try search.matches(of: pattern, anchors: anchors.positions(for: pattern))
            }
            matches.sort { $0.precedes($1) }
            var reading = PatternSearch(source)
            for match in matches where selection?.admits(match) != false {
                try budget.spend(1 + (match.end - match.start) / 64)
                guard let candidate = try candidate(match, in: source, &reading, &selection) else { continue }
                hasCandidates = true
                if try body(candidate, &budget) { return }
            }
        }
        guard mode == .strict, !hasCandidates, let choice = TextChoices.betweenStars(in: source) else { return }
        _ = try body(choice, &budget)
    }

    private func candidate(
        _ match: ExtractionMatch, in text: SourceText, _ search: inout PatternSearch,
        _ selection: inout StrictSelection?
    ) throws(StepBudgetError) -> AnswerCandidate? {
        switch match.pattern {
        case .box:
            let link = LatexEnvironments.Link(content: match.body..<match.end, isPercentage: false)
            return latex([link], boxes: .last, in: text)
        case .latexBeforeHope, .latexBehindFinal, .latexBehindColon, .latexBehindAnswer, .latex, .boxedLatex:
            return search.chain(of: match).flatMap { latex($0.links, boxes: .all, in: text) }
        default:
            guard let plain = search.plain(of: match) else { return nil }
            guard selection == nil else { return try selection?.candidate(plain) }
            return self.plain(plain, in: text)
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
            // The boxes 1 and 200 are not 1,200.
            let comma: [UInt8] = mode == .strict ? [0x2C, 0x20] : [0x2C]
            let shown = SourceText(Array(ranges.map { content.bytes[$0] }.joined(separator: comma)))
            let normalized = normalization.normalize(shown)
            parts.append(AnswerCandidate.Part(text: normalized, isPercentage: link.isPercentage))
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

/// Where the words stand behind which answers are expected; searched for when they are first asked for.
private struct Anchors {
    let text: SourceText
    private var finals: [Int]?
    private var answers: [Int]?

    init(_ text: SourceText) { self.text = text }

    mutating func positions(for pattern: ExtractionPattern) -> [Int] {
        switch pattern {
        case .latexBeforeHope, .latexBehindFinal, .plainBeforeHope, .plainBehindFinal:
            let positions = finals ?? text.positions(of: "final answer")
            finals = positions
            return positions
        case .latexBehindColon, .latexBehindAnswer, .plainBehindColon, .plainBehindAnswer:
            let positions = answers ?? text.positions(of: "answer")
            answers = positions
            return positions
        case .latex, .boxedLatex, .box, .expression, .number: return []
        }
    }
}

extension SourceText {
    /// Where words begin, in any case, from the left; occurrences may not overlap.
    ///
    /// - Complexity: O(n), and fewer looks than bytes: a byte behind which no words can end is skipped with those before it.
    func positions(of words: StaticString) -> [Int] {
        let length = words.utf8CodeUnitCount
        var skips = [Int](repeating: length, count: 256)
        for index in 0..<(length - 1) {
            let byte = words.utf8Start[index]
            skips[Int(byte)] = length - 1 - index
            if Self.isLetter(byte) { skips[Int(byte & 0xDF)] = length - 1 - index }
        }
        var positions: [Int] = []
        var index = 0
        while index <= count - length {
            if hasAnyCase(words, at: index) {
                positions.append(index)
                index += length
            } else {
                index += skips[Int(bytes[index + length - 1])]
            }
        }
        return positions
    }
}

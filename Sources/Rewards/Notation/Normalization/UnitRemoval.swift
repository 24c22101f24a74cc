/// Takes away the unit behind an answer.
struct UnitRemoval {
    let mode: AnswerMode

    /// The text without its unit; as it was where nothing else would be left.
    func apply(to bytes: [UInt8]) -> [UInt8] {
        switch mode {
        case .compat: withoutUnits(bytes)
        case .strict: withoutMeasures(bytes)
        }
    }

    // MARK: As Math-Verify does

    private func withoutUnits(_ bytes: [UInt8]) -> [UInt8] {
        var text = SourceText(bytes)
        let kept = text.trimmed(0..<(textCommand(text) ?? text.count))
        if !kept.isEmpty, kept.count < text.count { text = SourceText(Array(text.bytes[kept])) }
        for _ in 0..<2 {
            guard let end = endBeforeUnit(text), end > 0 else { break }
            text = SourceText(Array(text.bytes[..<end]))
        }
        return text.bytes
    }

    /// The first `\text` or `\mbox`, where the text ends with a closing brace and perhaps a power: all behind it is a unit.
    private func textCommand(_ text: SourceText) -> Int? {
        var position = 0
        while position < text.count, !text.has("\\text{", at: position), !text.has("\\mbox{", at: position) {
            position += 1
        }
        guard position < text.count else { return nil }
        var brace = text.count - 1
        if !text.isByte("}", at: brace) {
            brace = text.before(text.count)
            guard text.digitLength(at: brace) > 0, text.isByte("^", at: brace - 1) else { return nil }
            brace -= 2
        }
        return text.isByte("}", at: brace) && brace >= position + 6 ? position : nil
    }

    /// Where the text ends without the unit that begins first; nil where there is none.
    private func endBeforeUnit(_ text: SourceText) -> Int? {
        let end = text.skipSpacesBackward(text.count)
        guard end > 1, let last = text.byte(end - 1) else { return nil }
        // Only behind a space may any character end a unit.
        if last == 0x7D || last == 0x29, text.bytes[end - 2] != 0x20 { return nil }
        var first: (start: Int, end: Int)?
        for unit in UnitWords.all {
            for ending: StaticString in ["", "s", "es"] {
                let word = end - ending.utf8CodeUnitCount
                guard text.has(ending, at: word), let start = start(of: unit, endingAt: word, in: text),
                    let match = match(text, before: start), match.start < first?.start ?? Int.max
                else { continue }
                first = match
            }
        }
        return first?.end
    }

    private func start(of unit: StaticString, endingAt end: Int, in text: SourceText) -> Int? {
        var position = end
        var index = unit.utf8CodeUnitCount
        while index > 0 {
            index -= 1
            guard position > 0 else { return nil }
            let isAny = unit.utf8Start[index] == 0x2E
            position = isAny ? text.before(position) : position - 1
            guard isAny || text.bytes[position] == unit.utf8Start[index] else { return nil }
        }
        return position > 0 ? position : nil
    }

    /// A digit, a brace or white space before a unit: where it begins and ends.
    private func match(_ text: SourceText, before unit: Int) -> (start: Int, end: Int)? {
        let spaces = text.skipSpacesBackward(unit)
        if spaces > 0 {
            let previous = text.before(spaces)
            if text.bytes[previous] == 0x7D || text.digitLength(at: previous) > 0 { return (previous, spaces) }
        }
        return spaces < unit ? (spaces, spaces + text.spaceLength(at: spaces)) : nil
    }

    // MARK: What are units

    private func withoutMeasures(_ bytes: [UInt8]) -> [UInt8] {
        var text = SourceText(bytes)
        for _ in 0..<4 {
            let end = text.skipSpacesBackward(text.count)
            guard let start = measureInCommand(text, end) ?? measure(text, end) else { break }
            let kept = contentEnd(text, start)
            guard kept > 0 else { break }
            text = SourceText(Array(text.bytes[..<kept]))
        }
        return text.bytes
    }

    /// Where a bare unit of two letters or more begins, behind a number or something in braces.
    private func measure(_ text: SourceText, _ end: Int) -> Int? {
        let end = withoutPower(text, end)
        var start = end
        while start > 0, text.isLetter(at: start - 1) { start -= 1 }
        guard end - start > 1, !text.isByte("\\", at: start - 1), isMeasure(text.string(start..<end)) else {
            return nil
        }
        let kept = contentEnd(text, start)
        guard kept > 0 else { return nil }
        if text.bytes[kept - 1] == 0x7D || text.hasDigit(before: kept) { return start }
        // Another unit stands before it: "square feet".
        var word = kept
        while word > 0, text.isLetter(at: word - 1) { word -= 1 }
        return kept - word > 1 && kept < start && isMeasure(text.string(word..<kept)) ? start : nil
    }

    /// Where the `\text` or `\mbox` begins with which a text ends, if a unit stands in it.
    private func measureInCommand(_ text: SourceText, _ end: Int) -> Int? {
        let close = withoutPower(text, end)
        guard text.isByte("}", at: close - 1) else { return nil }
        var brace = close - 2
        while brace >= 0, text.bytes[brace] != 0x7B, text.bytes[brace] != 0x7D { brace -= 1 }
        guard brace >= 5, text.has("\\text{", at: brace - 5) || text.has("\\mbox{", at: brace - 5) else { return nil }
        let kept = contentEnd(text, brace - 5)
        guard kept > 0 else { return nil }
        guard kept < brace, close - brace < 80 else { return nil }
        let words = text.string((brace + 1)..<(close - 1)).split(whereSeparator: { $0 == " " || $0 == "\u{A0}" })
        guard let first = words.first, !UnitWords.altering.contains(first.lowercased()) else { return nil }
        if words.allSatisfy({ isMeasure(String($0)) }) { return brace - 5 }
        let isCounted = text.hasDigit(before: kept) || text.bytes[kept - 1] == 0x7D
        let areNouns = words.allSatisfy {
            $0.utf8.allSatisfy { SourceText.isLetter($0) } && $0.utf8.count > 1
                && !UnitWords.meaningful.contains($0.lowercased())
        }
        return isCounted && areNouns ? brace - 5 : nil
    }

    /// Where a unit ends whose square or cube is written.
    private func withoutPower(_ text: SourceText, _ end: Int) -> Int {
        if text.has("^2", at: end - 2) || text.has("^3", at: end - 2) { return end - 2 }
        return text.has("^{2}", at: end - 4) || text.has("^{3}", at: end - 4) ? end - 4 : end
    }

    private func isMeasure(_ word: String) -> Bool {
        var word = word.lowercased()
        for power in ["^2", "^3", "²", "³"] where word.hasSuffix(power) { word.removeLast(power.count) }
        if UnitWords.measures.contains(word) { return true }
        if word.hasSuffix(".") { word.removeLast() }
        if UnitWords.measures.contains(word) { return true }
        guard word.hasSuffix("s") else { return false }
        word.removeLast()
        return UnitWords.measures.contains(word)
    }

    /// Where the text before a position ends without spaces, also TeX's.
    private func contentEnd(_ text: SourceText, _ position: Int) -> Int {
        var end = position
        while end > 0 {
            if text.isByte("~", at: end - 1) || text.spaceLength(at: text.before(end)) > 0 {
                end = text.before(end)
            } else if ["\\,", "\\;", "\\:", "\\ "].contains(where: { text.has($0, at: end - 2) }) {
                end -= 2
            } else {
                break
            }
        }
        if end > 0, text.isByte("\\", at: end - 1), end < position { end -= 1 }
        return end
    }
}

extension LatexLexer {
    func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private func endOfDigits(_ start: Int) -> Int {
        var end = start
        while isDigit(byte(end)) { end += 1 }
        return end
    }

    /// Whether a fraction without braces takes the digit that follows: \frac12.
    private var takesOneDigit: Bool {
        guard isStrict, let last = tokens.last else { return false }
        if last.kind == .fraction { return true }
        return last.kind == .number && last.end - last.start == 1 && tokens.dropLast().last?.kind == .fraction
    }

    mutating func readNumber() {
        if takesOneDigit { return add(.number, 1) }
        let whole = isStrict ? endOfGroups(endOfDigits(position)) : endOfDigits(position)
        var end = whole
        if byte(end) == UInt8(ascii: "."), isDigit(byte(end + 1)) { end = endOfDigits(end + 1) }
        if isStrict, readRepeating(whole, end) { return }
        let isScientific =
            byte(end) == UInt8(ascii: "E") || (isStrict && byte(end) == UInt8(ascii: "e"))
        if isScientific {
            let sign = byte(end + 1) == UInt8(ascii: "-") || byte(end + 1) == UInt8(ascii: "+") ? 1 : 0
            if isDigit(byte(end + 1 + sign)) { return add(.scientific, endOfDigits(end + 1 + sign) - position) }
        }
        if isStrict { return add(.number, end - position) }
        var suffix = end
        if [UInt8(ascii: " "), 9, 10, 13].contains(byte(suffix)) { suffix += 1 }
        if byte(suffix) == UInt8(ascii: "\\"), byte(suffix + 1) == UInt8(ascii: "%") {
            add(.percentNumber, suffix + 2 - position)
        } else if byte(suffix) == UInt8(ascii: "%") {
            add(.percentNumber, suffix + 1 - position)
        } else {
            add(.number, end - position)
        }
    }

    /// Where groups of three digits end that follow one to three digits, the first of which is not 0.
    private func endOfGroups(_ first: Int) -> Int {
        guard first - position <= 3, first > position, text[position] != UInt8(ascii: "0") else { return first }
        var end = first
        while true {
            let separator = lengthOfSeparator(end, commas: openLists == 0)
            guard separator > 0 else { return end }
            let digits = end + separator
            guard endOfDigits(digits) == digits + 3 else { return end }
            end = digits + 3
        }
    }

    private func lengthOfSeparator(_ offset: Int, commas: Bool) -> Int {
        if commas {
            if starts(",\\!", at: offset) { return 3 }
            if byte(offset) == UInt8(ascii: ",") { return 1 }
        }
        if starts("{,}", at: offset) { return 3 }
        if starts("\\,", at: offset) { return 2 }
        if byte(offset) == UInt8(ascii: " ") || byte(offset) == UInt8(ascii: "~") { return 1 }
        return 0
    }

    /// Digits with a bar, which repeat: 0.1\overline{6}.
    private mutating func readRepeating(_ whole: Int, _ end: Int) -> Bool {
        let point = end == whole && byte(end) == UInt8(ascii: ".") ? end + 1 : end
        guard point > whole, starts("\\overline{", at: point) || starts("\\bar{", at: point) else { return false }
        let first = point + (starts("\\bar{", at: point) ? 5 : 10)
        let last = endOfDigits(first)
        guard last > first, byte(last) == UInt8(ascii: "}") else { return false }
        add(.repeating(last - first), last + 1 - position)
        return true
    }
}

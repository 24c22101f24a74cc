/// Reads answers.
///
/// In compat mode an answer is read as latex2sympy2_extended 1.11 reads it, with what it gets wrong: 2(3) is 5, and f(x + 1) is a
/// product. In strict mode more is read (12:00, 1.0e5, 2022_6, ± anywhere, units), and what makes no sense is not.
struct ExpressionParser {
    let mode: AnswerMode

    /// Longer texts are no answers.
    static let longestText = 1 << 16

    /// What a part of a candidate says; nil where it cannot be read.
    ///
    /// Takes time in proportion to the length of the text.
    ///
    /// - Throws: where the budget ends.
    func parse(_ text: String, form: AnswerCandidate.Form, budget: inout StepBudget) throws(StepBudgetError)
        -> Expression?
    {
        let bytes = Array(text.utf8)
        guard bytes.count <= ExpressionParser.longestText else { return nil }
        do throws(ReadingError) {
            switch form {
            case .latex: return try latex(bytes, budget: &budget)
            case .number: return try PlainReader.number(bytes, budget: &budget)
            case .expression: return try PlainReader.expression(bytes, budget: &budget)
            }
        } catch {
            guard error == .budget else { return nil }
            throw StepBudgetError()
        }
    }

    private func latex(_ text: [UInt8], budget: inout StepBudget) throws(ReadingError) -> Expression {
        if mode == .strict { return try strictLatex(text, budget: &budget) }
        if let number = try CommaNumber.compat(text, budget: &budget) { return number }
        do throws(ReadingError) {
            return try read(text, budget: &budget)
        } catch {
            guard error == .unreadable, let last = LastEquation.right(of: text) else { throw error }
            return try read(last, budget: &budget)
        }
    }

    private func strictLatex(_ text: [UInt8], budget: inout StepBudget) throws(ReadingError) -> Expression {
        if let words = AnswerWords.read(text) { return words }
        let text = TextCommands.withoutNotation(text)
        do throws(ReadingError) {
            return try read(text, budget: &budget)
        } catch {
            guard error == .unreadable, let words = AnswerWords.readMixed(text) else { throw error }
            return words
        }
    }

    /// Reads a text whole. Where bars may open or close, what can be read is found by trying.
    private func read(_ text: [UInt8], budget: inout StepBudget) throws(ReadingError) -> Expression {
        var lexer = LatexLexer(text, isStrict: mode == .strict)
        var tokens = try lexer.read(budget: &budget)
        if mode == .strict { dropFullStop(&tokens) }
        try LatexBrackets.match(&tokens)
        let bars = tokens.indices.filter { [.bar, .vert, .norm].contains(tokens[$0].kind) }
        // What opens first is read first, as latex2sympy does; with many bars only what closes first.
        let tries = mode == .compat && bars.count > 2 && bars.count <= 6 ? 1 << bars.count : 1
        for choice in 0..<tries {
            var reader = LatexReader(tokens, text: text, isStrict: mode == .strict, budget: budget)
            for (index, bar) in bars.enumerated()
            where tries == 1 || choice & (1 << (bars.count - 1 - index)) != 0 {
                reader.closingBars.insert(bar)
            }
            do throws(ReadingError) {
                let answer = try reader.answer()
                budget = reader.budget
                return answer.expression
            } catch {
                budget = reader.budget
                guard error == .unreadable else { throw error }
            }
        }
        throw .unreadable
    }

    private func dropFullStop(_ tokens: inout [LatexToken]) {
        if tokens.count > 2, tokens[tokens.count - 2].kind == .period { tokens.remove(at: tokens.count - 2) }
    }
}

/// Commands for words that hold no words, in strict mode.
enum TextCommands {
    /// Without \text and the like around numbers, percent signs, infinity, and the numbers i and e: `9\text{\%}` is `9 \% `.
    static func withoutNotation(_ text: [UInt8]) -> [UInt8] {
        let command = Array("\\text{".utf8)
        guard text.count > command.count else { return text }
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            guard text[index] == command[0], text[index...].starts(with: command),
                let end = text[(index + 6)...].prefix(20).firstIndex(of: UInt8(ascii: "}"))
            else {
                result.append(text[index])
                index += 1
                continue
            }
            let content = text[(index + 6)..<end].filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "$") }
            let isNotation = names.contains(String(decoding: content, as: UTF8.self)) || isNumber(content)
            result += isNotation ? [UInt8(ascii: " ")] + content + [UInt8(ascii: " ")] : Array(text[index...end])
            index = end + 1
        }
        return result
    }

    private static let names: Set<String> = ["%", "\\%", "\\infty", "i", "e"]

    private static func isNumber(_ content: [UInt8]) -> Bool {
        !content.isEmpty && content.last != UInt8(ascii: ".")
            && content.allSatisfy {
                ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: ",")
            }
            && content.contains { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: ",") }
    }
}

/// The last side of a chain of equations, when the whole cannot be read.
enum LastEquation {
    /// Of texts without commas and semicolons that have two "=" or more.
    static func right(of text: [UInt8]) -> [UInt8]? {
        guard !text.contains(UInt8(ascii: ",")), !text.contains(UInt8(ascii: ";")) else { return nil }
        var last = 0
        var count = 0
        for (index, byte) in text.enumerated() where byte == UInt8(ascii: "=") {
            let before = index > 0 ? text[index - 1] : 0
            guard before != UInt8(ascii: "\\"), before != UInt8(ascii: "<"), before != UInt8(ascii: "!"),
                before != UInt8(ascii: ">")
            else { continue }
            last = index + 1
            count += 1
        }
        return count > 1 ? Array(text[last...]) : nil
    }
}

/// Numbers with commas between groups of three digits.
enum CommaNumber {
    /// One that is the whole of a text; "0,111" is a fraction of one.
    static func compat(_ text: [UInt8], budget: inout StepBudget) throws(ReadingError) -> Expression? {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || (9...13).contains(byte) }
        let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
        else { return nil }
        let isNegative = text[first] == UInt8(ascii: "-")
        guard !isNegative || first < last else { return nil }
        let body = text[(first + (isNegative ? 1 : 0))...last]
        let parts = body.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, body.contains(UInt8(ascii: ",")), parts.allSatisfy({ !$0.isEmpty }),
            parts.count == 1 || parts[1].allSatisfy(isDigit)
        else { return nil }
        let groups = parts[0].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard groups.count > 1, (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 }),
            groups.allSatisfy({ $0.allSatisfy(isDigit) })
        else { return nil }
        var plain = Array(body)
        // latex2sympy takes the first comma of "0,111" for a point, and refuses a second one.
        let isFraction = first == 0 && !isNegative && text[0] == UInt8(ascii: "0")
        if isFraction {
            guard groups.count == 2, parts.count == 1 else { throw .unreadable }
            plain[1] = UInt8(ascii: ".")
            guard groups[0].count == 1 else { throw .unreadable }
        }
        return try PlainReader.number((isNegative ? [UInt8(ascii: "-")] : []) + plain, budget: &budget)
    }
}

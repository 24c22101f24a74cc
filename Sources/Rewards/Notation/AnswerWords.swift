/// Answers that are words, in strict mode: a choice, a name, a time, a date.
enum AnswerWords {
    /// An answer that is words alone: \text{even}, (C), Evelyn, 12:05; nil where it may be an expression.
    static func read(_ text: [UInt8]) -> Expression? {
        let (words, isMarked) = plain(text)
        let trimmed = trim(words)
        guard !trimmed.isEmpty, trimmed.utf8.count <= 1000 else { return nil }
        if let time = time(trimmed) { return .text(time) }
        let scalars = Array(trimmed.unicodeScalars)
        if scalars.count == 1 {
            return (isMarked || scalars[0].value < 128) && isUpper(scalars[0]) ? .text(trimmed) : nil
        }
        if isMarked {
            if isPhrase(trimmed) { return .text(trimmed) }
            return scalars.allSatisfy { isLetter($0) || " .,-'’&".unicodeScalars.contains($0) }
                && scalars.contains(where: isLetter) ? .text(trimmed) : nil
        }
        guard !trimmed.contains("\\") else { return nil }
        if let date = date(trimmed) { return .text(date) }
        // Letters beside each other are a product unless they look like words.
        let parts = trimmed.split(separator: " ")
        let areWords = parts.allSatisfy { part in
            let letters = Array(part.unicodeScalars)
            return letters.allSatisfy { isLetter($0) } && letters.count > 1
        }
        guard areWords else { return nil }
        return parts.contains { isWord($0) } ? .text(trimmed) : nil
    }

    /// Words and numbers that are no expression together: a date.
    static func readMixed(_ text: [UInt8]) -> Expression? {
        let (words, _) = plain(text)
        let trimmed = trim(words)
        guard !trimmed.isEmpty, trimmed.utf8.count <= 1000, !trimmed.contains("\\") else { return nil }
        var letters = 0
        for scalar in trimmed.unicodeScalars {
            if isLetter(scalar) {
                letters += 1
            } else if !(" .,:/-'’&".unicodeScalars.contains(scalar) || ("0"..."9").contains(scalar)) {
                return nil
            }
        }
        return letters >= 3 ? .text(trimmed) : nil
    }

    /// The text without commands for words and without what encloses it, and whether there was such a command.
    private static func plain(_ text: [UInt8]) -> (String, isMarked: Bool) {
        var result: [UInt8] = []
        var isMarked = false
        var marks = 0
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "\\") {
                var end = index + 1
                while end < text.count, isLetter(Unicode.Scalar(text[end])), text[end] < 128 { end += 1 }
                let name = String(decoding: text[(index + 1)..<end], as: UTF8.self)
                var open = end
                while open < text.count, text[open] == UInt8(ascii: " ") { open += 1 }
                if commands.contains(name), open < text.count, text[open] == UInt8(ascii: "{") {
                    isMarked = true
                    marks += 1
                    index = open + 1
                    continue
                }
                if end == index + 1, end < text.count,
                    [UInt8(ascii: " "), UInt8(ascii: ","), UInt8(ascii: ";")].contains(text[end])
                {
                    result.append(UInt8(ascii: " "))
                    index = end + 1
                    continue
                }
                result += text[index..<end]
                index = Swift.max(end, index + 1)
                continue
            }
            if text[index] == UInt8(ascii: "}"), marks > 0 {
                marks -= 1
            } else {
                result.append(text[index])
            }
            index += 1
        }
        return (String(decoding: result, as: UTF8.self), isMarked)
    }

    private static let commands: Set<String> = [
        "text", "textbf", "textit", "textrm", "textnormal", "mathrm", "mathbf", "mathit", "mbox",
    ]

    /// Without spaces, full stops and one pair of parentheses at its ends; runs of spaces are one.
    private static func trim(_ words: String) -> String {
        var scalars = Array(words.unicodeScalars)
        func isSpace(_ scalar: Unicode.Scalar) -> Bool {
            scalar == " " || scalar == "\n" || scalar == "\t" || scalar == "~"
        }
        func trimSpaces() {
            while let last = scalars.last, isSpace(last) || last == "." { scalars.removeLast() }
            if let first = scalars.firstIndex(where: { !isSpace($0) }) { scalars.removeFirst(first) }
        }
        trimSpaces()
        if scalars.first == "(", scalars.last == ")", scalars.count > 2, !scalars.dropFirst().dropLast().contains("("),
            !scalars.contains(",")
        {
            scalars = Array(scalars.dropFirst().dropLast())
            trimSpaces()
        }
        var result = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            if isSpace(scalar) {
                if index > 0, isSpace(scalars[index - 1]) { continue }
                result.append(" ")
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// A time of day that no ratio looks like: its minutes begin with 0, or it says which half of the day it means.
    private static func time(_ text: String) -> String? {
        var digits = text.filter { $0 != " " && $0 != "." }.lowercased()
        var half = ""
        if digits.hasSuffix("am") || digits.hasSuffix("pm") {
            half = " " + digits.suffix(2)
            digits.removeLast(2)
        }
        let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 3, (1...2).contains(parts[0].utf8.count),
            parts.dropFirst().allSatisfy({ $0.utf8.count == 2 }), parts.count > 1 || !half.isEmpty,
            parts.allSatisfy({ $0.utf8.allSatisfy { ($0 >= 48) && ($0 <= 57) } }),
            !half.isEmpty || parts[1].first == "0"
        else { return nil }
        return digits + (parts.count == 1 ? ":00" : "") + half
    }

    /// The name of a month and numbers.
    private static func date(_ text: String) -> String? {
        let parts = text.split { " ,.".contains($0) }
        guard parts.count > 1, parts.contains(where: { months.contains($0.lowercased()) }) else { return nil }
        return parts.allSatisfy { part in
            months.contains(part.lowercased()) || part.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
        } ? parts.joined(separator: " ") : nil
    }

    private static let months: Set<String> = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    private static func isWord(_ part: Substring) -> Bool {
        let scalars = Array(part.unicodeScalars)
        if words.contains(part.lowercased()) { return true }
        guard scalars.count >= 3 else { return false }
        let hasVowel = scalars.contains { "aeiouyAEIOUY".unicodeScalars.contains($0) }
        let isCapitalised = isUpper(scalars[0]) && scalars.dropFirst().allSatisfy { !isUpper($0) }
        return hasVowel && (isCapitalised || scalars.count >= 4)
    }

    private static let words: Set<String> = ["yes", "no", "odd", "even", "none", "true", "false", "neither", "both"]

    /// Words and integers in a command for words: \text{3 to 4}.
    private static func isPhrase(_ text: String) -> Bool {
        let parts = text.split(separator: " ")
        return parts.count > 1
            && parts.allSatisfy { part in
                part.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } || part.unicodeScalars.allSatisfy { isLetter($0) }
            } && parts.contains { $0 == "to" }
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isAlphabetic }
    private static func isUpper(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isUppercase }
}

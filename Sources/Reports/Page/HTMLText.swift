/// Text on its way into a page.
enum HTMLText {
    /// The front of a text that is longer than anybody wants to read.
    static func clipped(_ text: String, to count: Int = 2000) -> String {
        guard text.utf8.count > count, text.unicodeScalars.count > count else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(count))) + "\u{2026}"
    }

    /// Replaces what HTML gives a meaning, so that the text stands in an element or in a quoted attribute as it is.
    static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// Texts whose symbols Math-Verify takes for complex numbers, none of which is ever a real one.
enum ComplexText {
    /// Whether an "i" stands alone, or a command for complex numbers or matrices occurs.
    ///
    /// - Complexity: O(n).
    static func matches(_ text: [UInt8]) -> Bool {
        for (index, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "i"):
                let isWhole = index == 0 || !isWord(text[index - 1])
                if isWhole, index + 1 == text.count || !isWord(text[index + 1]) { return true }
            case UInt8(ascii: "\\"):
                if commands.contains(where: { text[index...].starts(with: $0) }) { return true }
                let imath = Array("\\imath".utf8)
                if text[index...].starts(with: imath) {
                    let end = index + imath.count
                    if end == text.count || !isWord(text[end]) { return true }
                }
            default: break
            }
        }
        return false
    }

    private static let commands: [[UInt8]] = [
        "\\mathbb{C}", "\\det", "\\operatorname{tr}", "\\operatorname{rank}", "\\text{rank}", "\\arg{", "\\Re{",
        "\\Im{",
        "\\operatorname{Re}", "\\operatorname{Im}", "\\text{Re}", "\\text{Im}",
    ].map { Array($0.utf8) }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// Ends the name of a symbol of such a text; no text that can be read contains it.
    private static let mark: Character = "\u{1}"

    /// The name of a symbol of such a text.
    static func marked(_ name: String) -> String { name + String(mark) }

    /// The name as it is written.
    static func unmarked(_ name: String) -> String { name.last == mark ? String(name.dropLast()) : name }
}

/// Answers in the text of completions.
public enum AnswerText {
    /// What stands in the last `\boxed{...}` or `\fbox{...}` whose braces are balanced; `\boxed x` without braces is no answer.
    ///
    /// Braces after a backslash (`\{`) are text. Where a box is not closed, the last one that is counts, before it or inside of
    /// it. A box inside of a whole one is part of it. Linear in the text.
    public static func lastBoxed(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var last: Range<Int>?
        // Braces that are open, and whether they are a box's.
        var open: [(place: Int, isBox: Bool)] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\"):
                if let brace = openingBrace(bytes, at: index) {
                    open.append((brace, true))
                    index = brace
                } else {
                    // The next character goes with it: `\\boxed` is a line break before a word.
                    index += 1
                }
            case UInt8(ascii: "{"): open.append((index, false))
            case UInt8(ascii: "}"):
                // An outer box closes after those inside of it.
                if let brace = open.popLast(), brace.isBox { last = brace.place + 1..<index }
            default: break
            }
            index += 1
        }
        return last.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// Without blanks at the ends, and one blank for each run of them inside: of spaces, tabs, line breaks and their like in
    /// Unicode (White_Space).
    public static func normalized(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var pending = false
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace {
                pending = !result.isEmpty
            } else {
                if pending { result.append(" ") }
                pending = false
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// The answer of a completion: its last box, or the whole text where there is none; normalised. Nil where that is empty.
    public static func answer(of completion: String) -> String? {
        let answer = normalized(lastBoxed(completion) ?? completion)
        return answer.isEmpty ? nil : answer
    }

    /// 1 where the completion's answer is the gold answer, byte for byte after normalisation, and 0 otherwise. A gold answer in
    /// a box is what stands in it.
    public static func exactMatch(_ completion: String, gold: String) -> Double {
        guard let found = answer(of: completion), let wanted = answer(of: gold) else { return 0 }
        return found.utf8.elementsEqual(wanted.utf8) ? 1 : 0
    }

    /// The brace of a box that begins here.
    private static func openingBrace(_ bytes: [UInt8], at index: Int) -> Int? {
        for name in boxes where bytes[index...].starts(with: name) {
            var place = index + name.count
            while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
            if place < bytes.count, bytes[place] == UInt8(ascii: "{") { return place }
        }
        return nil
    }

    private static let boxes = [Array(#"\boxed"#.utf8), Array(#"\fbox"#.utf8)]
}

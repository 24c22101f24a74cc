/// Which part of an expert's output a row holds.
public enum ExpertPart: String, CaseIterable, Sendable {
    /// The text inside the first `<think>...</think>`, stripped; the whole output, stripped, where there is none (TRAPO).
    case thought
    /// The whole output as it stands.
    case full

    /// The part of `output` that is kept.
    ///
    /// - Parameter prompt: the rendered prompt. Where it already ends in an opened `<think>`, a full output does not open
    ///   it again (LUFFY).
    public func extract(from output: String, after prompt: String) -> String {
        switch self {
        case .thought:
            return PythonText.stripped(Self.thought(in: output).map(String.init) ?? output)
        case .full:
            let opening = "<think>\n"
            guard Self.hasSuffix(prompt, opening), Self.hasPrefix(output, opening) else { return output }
            return String(output.utf8.dropFirst(opening.utf8.count)) ?? output
        }
    }

    /// Searches bytes: `String`'s own search compares graphemes, and a mark behind the tag would hide it.
    private static func thought(in output: String) -> Substring? {
        guard let opened = firstRange(of: "<think>", in: output.utf8[...]),
            let closed = firstRange(of: "</think>", in: output.utf8[opened.upperBound...])
        else { return nil }
        return output[opened.upperBound..<closed.lowerBound]
    }

    private static func firstRange(of tag: StaticString, in text: Substring.UTF8View) -> Range<String.Index>? {
        let needle = UnsafeBufferPointer(start: tag.utf8Start, count: tag.utf8CodeUnitCount)
        var rest = text
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            if rest[start...].starts(with: needle) {
                return start..<rest.index(start, offsetBy: needle.count)
            }
            rest = rest[rest.index(after: start)...]
        }
        return nil
    }

    private static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
        text.utf8.starts(with: prefix.utf8)
    }

    private static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
        text.utf8.count >= suffix.utf8.count && text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }
}

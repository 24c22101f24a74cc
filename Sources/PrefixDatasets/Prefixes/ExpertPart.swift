import Glibc

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
    /// - Complexity: O(length), without copying.
    public func extract(from output: String, after prompt: String) -> Substring {
        switch self {
        case .thought:
            return PythonText.stripped(Self.thought(in: output) ?? output[...])
        case .full:
            let opening = "<think>\n"
            guard Self.hasSuffix(prompt, opening), Self.hasPrefix(output, opening) else { return output[...] }
            return output[output.utf8.index(output.startIndex, offsetBy: opening.utf8.count)...]
        }
    }

    /// Searches bytes: `String`'s own search compares graphemes, and a mark behind the tag would hide it.
    private static func thought(in output: String) -> Substring? {
        let utf8 = output.utf8
        let bytes = output.utf8Span.span
        guard let opened = firstRange(of: "<think>", in: bytes, from: 0),
            let closed = firstRange(of: "</think>", in: bytes, from: opened.upperBound)
        else { return nil }
        let start = utf8.index(utf8.startIndex, offsetBy: opened.upperBound)
        return output[start..<utf8.index(utf8.startIndex, offsetBy: closed.lowerBound)]
    }

    private static func firstRange(of tag: StaticString, in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        text.withUnsafeBufferPointer { text in
            let tag = UnsafeBufferPointer(start: tag.utf8Start, count: tag.utf8CodeUnitCount)
            guard let base = text.baseAddress, let sign = tag.first else { return nil }
            var start = start
            while tag.count <= text.count - start,
                let found = memchr(base + start, Int32(sign), text.count - start - tag.count + 1)
            {
                let place = UnsafeRawPointer(base).distance(to: found)
                if text[place...].starts(with: tag) { return place..<(place + tag.count) }
                start = place + 1
            }
            return nil
        }
    }

    private static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
        text.utf8.starts(with: prefix.utf8)
    }

    private static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
        text.utf8.count >= suffix.utf8.count && text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }
}

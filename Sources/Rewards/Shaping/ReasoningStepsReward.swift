/// min(1, n / 3) for n marks of steps: open-r1's `reasoning_steps_reward`.
///
/// The marks are the matches, without overlaps, of `Step \d+:|^\d+\.|\n-|\n\*|First,|Second,|Next,|Finally,`. As in the source `^`
/// is the start of the text, not of a line, and `\d` is every decimal digit of Unicode.
public struct ReasoningStepsReward: Sendable, Equatable {
    /// The reward, which has no settings.
    public init() {}

    /// From 0 to 1. Linear in the length of the response.
    public func reward(_ response: String) -> Double {
        var response = response
        return response.withUTF8 { min(1, Double(Self.marks(in: $0)) / 3) }
    }

    private static func marks(in text: UnsafeBufferPointer<UInt8>) -> Int {
        let words: [StaticString] = ["\n-", "\n*", "First,", "Second,", "Next,", "Finally,"]
        var (found, place) = (0, 0)
        if let end = number(in: text, at: 0, endingWith: UInt8(ascii: ".")) { (found, place) = (1, end) }
        while place < text.count {
            switch text[place] {
            case 0x0A, UInt8(ascii: "F"), UInt8(ascii: "S"), UInt8(ascii: "N"):
                if let word = words.first(where: { text.has($0, at: place) }) {
                    found += 1
                    place += word.utf8CodeUnitCount
                } else if text.has("Step ", at: place),
                    let end = number(in: text, at: place + 5, endingWith: UInt8(ascii: ":"))
                {
                    found += 1
                    place = end
                } else {
                    place += 1
                }
            default:
                place += 1
            }
        }
        return found
    }

    /// Where a number at `start` and the byte after it end.
    private static func number(
        in text: UnsafeBufferPointer<UInt8>, at start: Int, endingWith last: UInt8
    ) -> Int? {
        var place = start
        while place < text.count {
            if (0x30...0x39).contains(text[place]) {
                place += 1
                continue
            }
            guard text[place] >= 0x80 else { break }
            // The longest scalar has four bytes; a String holds whole ones only.
            let head = String(decoding: text[place..<min(place + 4, text.count)], as: UTF8.self)
            guard let scalar = head.unicodeScalars.first, scalar.properties.generalCategory == .decimalNumber else {
                break
            }
            place += String(scalar).utf8.count
        }
        guard place > start, place < text.count, text[place] == last else { return nil }
        return place + 1
    }
}

/// 1 where a response has the form that was asked for, 0 otherwise.
///
/// The patterns are those of the sources, with `.` for every character and `$` before every line feed and at the end, matched
/// from the start of the text; not with a regular expression, but in one pass.
public struct FormatReward: Sendable, Equatable {
    /// What is asked for.
    public enum Style: String, Sendable, CaseIterable {
        /// `^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$`: open-r1's `format_reward`.
        case thinkAnswer = "think_answer"
        /// `^<think>(?!.*<think>)(.*?)</think>.*$`: TRL's `think_format_reward`.
        case think
    }

    /// What is asked for; setting `format`.
    public var style: Style

    /// The reward of a style.
    public init(style: Style = .thinkAnswer) {
        self.style = style
    }

    /// 1 or 0. Linear in the length of the response.
    public func reward(_ response: String) -> Double {
        var response = response
        return response.withUTF8 { text in
            switch style {
            case .thinkAnswer: Self.hasThoughtAndAnswer(text) ? 1 : 0
            case .think: Self.hasOneThought(text) ? 1 : 0
            }
        }
    }

    private static func hasThoughtAndAnswer(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let middle: StaticString = "\n</think>\n<answer>\n"
        guard text.has("<think>\n", at: 0), let found = text.firstIndex(of: middle, from: 8) else { return false }
        // A later middle would leave less room for the answer, so the first is as good as any.
        var start = found + middle.utf8CodeUnitCount
        while let end = text.firstIndex(of: "\n</answer>", from: start) {
            let after = end + 10
            if after == text.count || text[after] == 0x0A { return true }
            start = after
        }
        return false
    }

    private static func hasOneThought(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.has("<think>", at: 0) && text.firstIndex(of: "<think>", from: 7) == nil
            && text.firstIndex(of: "</think>", from: 7) != nil
    }
}

/// A quarter for each of four tags that occurs exactly once: open-r1's `tag_count_reward`.
///
/// The tags are `<think>\n`, `\n</think>\n`, `\n<answer>\n` and `\n</answer>`, line feeds included; occurrences are counted from
/// the left, without overlaps.
public struct TagCountReward: Sendable, Equatable {
    /// The reward, which has no settings.
    public init() {}

    /// 0, 0.25, 0.5, 0.75 or 1. Linear in the length of the response.
    public func reward(_ response: String) -> Double {
        var response = response
        return response.withUTF8 { text in
            let tags: [StaticString] = ["<think>\n", "\n</think>\n", "\n<answer>\n", "\n</answer>"]
            return 0.25 * Double(tags.count { text.occurrences(of: $0, limit: 2) == 1 })
        }
    }
}

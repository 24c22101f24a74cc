public import Tokenization

/// Where the prefixes of an expert trace end.
///
/// Source: TRAPO (arXiv 2512.17636) and its public code. With n the number of expert tokens, EOS included, and ratio r,
/// t = floor(n r). Without snapping the prefix holds t tokens. With it, the first index i > t whose token contains a
/// blank line ends the prefix, itself included, if i < n (r + 0.3); otherwise the prefix holds t tokens.
///
/// A ratio of 0 means no prefix, and is never snapped: the public code does not apply the rule to the first micro-group,
/// which samples without help.
public struct PrefixRule: Sendable {
    /// Whether a prefix is drawn out to the end of a paragraph.
    public enum Snap: String, CaseIterable, Sendable {
        /// Cut at floor(n r).
        case none
        /// Cut behind the next blank line if it is near.
        case paragraph
    }

    /// Shares of the trace, each in 0...1.
    public let ratios: [Double]
    /// How prefixes are drawn out.
    public let snap: Snap

    private let endsParagraph: Set<Int32>

    /// The rule for a tokenizer, whose vocabulary says which tokens contain a blank line.
    public init(ratios: [Double], snap: Snap, tokenizer: Tokenizer) {
        self.init(
            ratios: ratios, snap: snap,
            endsParagraph: snap == .paragraph ? tokenizer.ids(containing: ["\u{010A}\u{010A}", "\n\n"]) : [])
    }

    /// The rule with the ids of the tokens that contain a blank line.
    public init(ratios: [Double], snap: Snap, endsParagraph: Set<Int32>) {
        self.ratios = ratios
        self.snap = snap
        self.endsParagraph = endsParagraph
    }

    /// For each ratio, how many tokens of `expert` the prefix holds; each in 0...n. O(n) for each ratio.
    public func ends(in expert: ArraySlice<Int32>) -> [Int32] {
        ratios.map { Int32(clamping: end(in: expert, ratio: $0)) }
    }

    private func end(in expert: ArraySlice<Int32>, ratio: Double) -> Int {
        let count = expert.count
        guard ratio > 0 else { return 0 }
        let cut = min(count, Int((Double(count) * ratio).rounded(.down)))
        guard snap == .paragraph else { return cut }
        let limit = Double(count) * (ratio + 0.3)
        var index = cut + 1
        while index < count, Double(index) < limit {
            if endsParagraph.contains(expert[expert.startIndex + index]) { return index + 1 }
            index += 1
        }
        return cut
    }
}

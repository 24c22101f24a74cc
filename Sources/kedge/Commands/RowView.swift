import JSON
import PrefixDatasets
import Tokenization

/// A row as text, its segments told apart.
struct RowView {
    private struct Segment {
        /// nil for the prompt and for what follows the last prefix.
        var endsPrefix: Double?
        var isPrompt: Bool
        var text: String
        var count: Int
    }

    private let row: PrefixDataset.Row
    private let number: Int
    private let segments: [Segment]

    init(_ row: PrefixDataset.Row, number: Int, ratios: [Double], tokenizer: Tokenizer) throws {
        self.row = row
        self.number = number
        var segments = [
            Segment(
                isPrompt: true, text: try tokenizer.decode(row.tokens.prefix(row.promptLength)), count: row.promptLength
            )
        ]
        let expert = row.tokens.dropFirst(row.promptLength)
        var start = 0
        for (ratio, end) in zip(ratios, row.prefixEnds).sorted(by: { $0.1 < $1.1 }) {
            let slice = expert[(expert.startIndex + start)..<(expert.startIndex + end)]
            segments.append(
                Segment(endsPrefix: ratio, isPrompt: false, text: try tokenizer.decode(slice), count: end - start))
            start = end
        }
        let rest = expert.dropFirst(start)
        segments.append(Segment(isPrompt: false, text: try tokenizer.decode(rest), count: rest.count))
        self.segments = segments
    }

    func text() -> String {
        let id = Terminal.printable(row.id, keepingLineBreaks: false)
        var text = Terminal.styled("row \(number)", .bold)
        text += ": \(row.promptLength) prompt tokens, \(row.tokens.count - row.promptLength) expert tokens"
        text += id.isEmpty ? "\n" : ", id \(id)\n"
        let colours: [Terminal.Style] = [.green, .cyan, .blue, .magenta]
        var index = 0
        for segment in segments {
            let shown = Terminal.printable(segment.text)
            if segment.isPrompt {
                text += Terminal.styled("[prompt]", .bold) + "\n" + Terminal.styled(shown, .dim) + "\n"
                text += Terminal.styled("[expert]", .bold) + "\n"
            } else if let ratio = segment.endsPrefix {
                text += Terminal.styled(shown, colours[index % colours.count])
                text += Terminal.styled("[prefix \(Numbers.shortest(ratio)) ends]", .bold)
                index += 1
            } else {
                text += Terminal.styled(shown, .yellow)
            }
        }
        return text + "\n"
    }

    func json() throws -> String {
        try JSONWriter(isPretty: true).string(
            .object([
                ("row", .int(Int64(number))), ("id", .string(row.id)), ("answer", .string(row.answer)),
                ("source", .string(row.source)), ("prompt_index", .int(Int64(row.promptIndex))),
                ("trace_index", .int(Int64(row.traceIndex))),
                ("prompt_tokens", .array(row.tokens.prefix(row.promptLength).map { .int(Int64($0)) })),
                ("expert_tokens", .array(row.tokens.dropFirst(row.promptLength).map { .int(Int64($0)) })),
                ("prefix_ends", .array(row.prefixEnds.map { .int(Int64($0)) })),
                (
                    "segments",
                    .array(
                        segments.map { segment in
                            .object([
                                ("kind", .string(segment.isPrompt ? "prompt" : "expert")),
                                ("ends_prefix", segment.endsPrefix.map(JSONNode.double) ?? .null),
                                ("tokens", .int(Int64(segment.count))), ("text", .string(segment.text)),
                            ])
                        })
                ),
            ])) + "\n"
    }
}

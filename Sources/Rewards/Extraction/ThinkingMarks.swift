/// Text that a model writes before its answer.
enum ThinkingMarks {
    /// What follows the last `</think>`, where it has a balanced box; otherwise nil.
    static func answer(of text: SourceText) -> SourceText? {
        var position = text.count - 8
        while position >= 0, !text.has("</think>", at: position) { position -= 1 }
        guard position >= 0 else { return nil }
        let answer = SourceText(Array(text.bytes[(position + 8)...]))
        return BoxedContent.find(in: answer, .last, balanced: true).ranges.isEmpty ? nil : answer
    }
}

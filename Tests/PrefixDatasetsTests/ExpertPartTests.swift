import PrefixDatasets
import Testing

@Suite struct ExpertPartTests {
    @Test(arguments: [
        ("<think>\nI see.\n</think>\n\nIt is 4.", "I see."),
        ("before <think> a </think> b <think> c </think>", "a"),
        ("no tags at all \n", "no tags at all"),
        ("<think> never closed", "<think> never closed"),
        ("closed</think> only", "closed</think> only"),
        ("</think> first, then <think> in </think>", "in"),
        ("<think> outer <think> inner </think> rest </think>", "outer <think> inner"),
        ("<think></think> answer", ""),
        ("<think>\n \u{3000}\u{1F}</think> answer", ""),
        ("<<think>x</think>", "x"),
        ("<thin<think>x</thi</think>", "x</thi"),
        ("", ""),
    ])
    func theThoughtIsWhatStandsInTheFirstTags(_ output: String, _ thought: String) {
        #expect(ExpertPart.thought.extract(from: output, after: "") == thought)
    }

    /// A combining mark makes one grapheme with the bracket before it; the tag ends there all the same.
    @Test func tagsEndBeforeCombiningMarks() {
        let thought = ExpertPart.thought.extract(from: "<think>\u{0301}abc</think>\u{0301}", after: "")
        #expect(Array(thought.unicodeScalars) == Array("\u{0301}abc".unicodeScalars))
    }

    @Test func fullKeepsTheOutputAsItStands() {
        let output = " <think>\nI see.\n</think>\n\nIt is 4. "
        #expect(ExpertPart.full.extract(from: output, after: "question <think>\n") == output)
        #expect(ExpertPart.full.extract(from: output, after: "question") == output)
    }

    @Test func fullDoesNotOpenAThoughtTwice() {
        let output = "<think>\nI see.\n</think>\n\nIt is 4. "
        #expect(ExpertPart.full.extract(from: output, after: "q <think>\n") == "I see.\n</think>\n\nIt is 4. ")
        #expect(ExpertPart.full.extract(from: output, after: "q <think>") == output)
        #expect(ExpertPart.full.extract(from: output, after: "") == output)
        #expect(ExpertPart.full.extract(from: "<think>I see.", after: "<think>\n") == "<think>I see.")
    }
}

import ChatTemplates
import Testing

@Suite struct ChatTemplateErrorTests {
    @Test func namesTheLine() {
        #expect("\(ChatTemplateError(line: 3, message: "unknown filter 'x'"))" == "line 3: unknown filter 'x'")
    }
}

import Testing

@testable import PrefixDatasets

@Suite struct PromptTemplateTests {
    static let user = [ChatMessage(role: "user", content: " What is 2+2? ")]
    static let system = [ChatMessage(role: "system", content: "Be brief.\n")] + user
    static let dialogue =
        user + [ChatMessage(role: "assistant", content: "4"), ChatMessage(role: "user", content: "Why?")]

    @Test func chatML() {
        #expect(
            PromptTemplate.chatML.render(Self.user)
                == "<|im_start|>user\n What is 2+2? <|im_end|>\n<|im_start|>assistant\n")
        #expect(
            PromptTemplate.chatML.render(Self.system)
                == "<|im_start|>system\nBe brief.\n<|im_end|>\n<|im_start|>user\n What is 2+2? <|im_end|>\n"
                + "<|im_start|>assistant\n")
        #expect(
            PromptTemplate.chatML.render(Self.dialogue)
                == "<|im_start|>user\n What is 2+2? <|im_end|>\n<|im_start|>assistant\n4<|im_end|>\n"
                + "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n")
    }

    @Test func llama3StripsContents() {
        #expect(
            PromptTemplate.llama3.render(Self.user)
                == "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nWhat is 2+2?<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\n\n")
        #expect(
            PromptTemplate.llama3.render(Self.system)
                == "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
                + "<|start_header_id|>user<|end_header_id|>\n\nWhat is 2+2?<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\n\n")
    }

    @Test func deepSeekR1OpensAThought() {
        #expect(
            PromptTemplate.deepSeekR1.render(Self.user)
                == "<｜begin▁of▁sentence｜><｜User｜> What is 2+2? <｜Assistant｜><think>\n")
        #expect(
            PromptTemplate.deepSeekR1.render(Self.system)
                == "<｜begin▁of▁sentence｜>Be brief.\n<｜User｜> What is 2+2? <｜Assistant｜><think>\n")
        #expect(
            PromptTemplate.deepSeekR1.render(Self.dialogue)
                == "<｜begin▁of▁sentence｜><｜User｜> What is 2+2? <｜Assistant｜>4<｜end▁of▁sentence｜>"
                + "<｜User｜>Why?<｜Assistant｜><think>\n")
    }

    @Test func plainIsTheContents() {
        #expect(PromptTemplate.plain.render(Self.user) == " What is 2+2? ")
        #expect(PromptTemplate.plain.render(Self.system) == "Be brief.\n\n\n What is 2+2? ")
        #expect(PromptTemplate.plain.render([]) == "")
    }
}

import ChatTemplates
import TestFixtures
import Testing

@Suite struct ChatTemplateFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func source(_ name: String? = nil) throws -> String? {
        try ChatTemplateFile.find(inDirectory: directory.path, name: name)?.source
    }

    @Test func nothingIsFoundWhereThereIsNone() throws {
        #expect(try source() == nil)
        try directory.write("tokenizer_config.json", #"{"bos_token": "<s>", "chat_template": null}"#)
        #expect(try source() == nil)
    }

    @Test func filesWinOverEachOther() throws {
        try directory.write("tokenizer_config.json", #"{"chat_template": "config"}"#)
        #expect(try source() == "config")
        try directory.write("chat_template.json", #"{"chat_template": "json"}"#)
        #expect(try source() == "json")
        try directory.write("chat_template.jinja", "jinja\n")
        #expect(try source() == "jinja\n")
    }

    @Test func namesChooseAmongSeveral() throws {
        try directory.write(
            "tokenizer_config.json",
            #"{"chat_template": [{"name": "default", "template": "d"}, {"name": "tool_use", "template": "t"}]}"#)
        #expect(try source() == "d")
        #expect(try source("tool_use") == "t")
        #expect(throws: ChatTemplateFileError.self) { try source("rag") }
        do {
            _ = try source("rag")
        } catch {
            #expect("\(error)".hasSuffix("has no template 'rag'; there is default, tool_use"))
        }
        _ = try directory.makeDirectory("additional_chat_templates")
        try directory.write("additional_chat_templates/rag.jinja", "r")
        #expect(try source("rag") == "r")
    }

    @Test func brokenFilesAreRefused() throws {
        try directory.write("tokenizer_config.json", #"{"chat_template": 5}"#)
        #expect(throws: ChatTemplateFileError.malformed(path: directory.file("tokenizer_config.json"))) { try source() }
        try directory.write("tokenizer_config.json", "{")
        #expect(throws: ChatTemplateFileError.self) { try source() }
        try directory.write("chat_template.jinja", [0x61, 0xFF])
        #expect(throws: ChatTemplateFileError.notUTF8(path: directory.file("chat_template.jinja"))) { try source() }
        try directory.write("chat_template.jinja", [UInt8](repeating: 0x61, count: (1 << 20) + 1))
        #expect(throws: ChatTemplateFileError.self) { try source() }
    }

    @Test func specialTokensAreTexts() throws {
        try directory.write(
            "tokenizer_config.json",
            #"{"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "pad_token": null, "x_token": "x"}"#
        )
        try directory.write("special_tokens_map.json", #"{"bos_token": "<b>", "unk_token": "<unk>"}"#)
        func tokens() throws -> [String] {
            try ChatTemplateFile.specialTokens(inDirectory: directory.path).map { "\($0.name)=\($0.text)" }.sorted()
        }
        #expect(try tokens() == ["bos_token=<b>", "eos_token=</s>", "unk_token=<unk>"])
        try directory.write("tokenizer_config.json", #"{"bos_token": "<s>", "added_tokens_decoder": {}}"#)
        #expect(try tokens() == ["bos_token=<s>"])
    }
}

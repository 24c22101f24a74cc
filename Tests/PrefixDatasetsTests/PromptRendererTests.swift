import ChatTemplates
import Files
import JSON
import TestFixtures
import Testing
import Tokenization

@testable import PrefixDatasets

@Suite struct PromptRendererTests {
    private static let template =
        "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content | trim }}{% endfor %}"
        + "{% if add_generation_prompt %}[assistant]{% endif %}"

    /// A model directory with the sample's tokenizer and a chat template.
    private func model(_ directory: TemporaryDirectory, _ template: String?, file: String? = nil) throws -> String {
        try directory.write("tokenizer.json", try readBytes(Sample.tokenizerFile))
        var config: [(key: String, value: JSONNode)] = [("bos_token", ["content": "<s>"]), ("eos_token", "<|im_end|>")]
        if let template { config.append(("chat_template", .string(template))) }
        try directory.write("tokenizer_config.json", try JSONWriter().string(.object(config)))
        if let file { try directory.write("chat_template.jinja", file) }
        return directory.path
    }

    private func renderer(_ path: String, _ template: PromptTemplate = .auto, date: String? = nil) throws
        -> PromptRenderer
    {
        var settings = DatasetSettings()
        settings.template = template
        settings.date = date.flatMap { ChatTemplateDate($0) }
        return try PromptRenderer(settings, try TokenizerDirectory(path))
    }

    private let messages = [
        ChatMessage(role: "system", content: "Be brief. "), ChatMessage(role: "user", content: "Why?\n"),
    ]

    @Test func theModelsOwnTemplateIsUsedWhereThereIsOne() throws {
        let directory = try TemporaryDirectory()
        let path = try model(directory, Self.template)
        for template in [PromptTemplate.auto, .model] {
            let renderer = try renderer(path, template)
            #expect(renderer.template == .model)
            #expect(try renderer.render(messages) == "<s>[system]Be brief.[user]Why?[assistant]")
            #expect(renderer.digest == (try SHA256.digest(of: Array(Self.template.utf8))))
        }
        // tokenizer.json itself leads to its directory, and a template of its own file wins.
        _ = try model(directory, Self.template, file: "{{ messages[0]['content'] }}")
        #expect(try renderer(path + "/tokenizer.json").render(messages) == "Be brief. ")
        let named = try renderer(path, .plain)
        #expect(named.template == .plain && named.digest == nil)
        #expect(try named.render(messages) == "Be brief. \n\nWhy?\n")
    }

    @Test func withoutATemplateChatMLIsUsed() throws {
        let directory = try TemporaryDirectory()
        let path = try model(directory, nil)
        let renderer = try renderer(path)
        #expect(renderer.template == .chatML && renderer.digest == nil)
        #expect(try renderer.render(messages) == PromptTemplate.chatML.render(messages))
        #expect(throws: DatasetError.badTemplate(path: path, reason: "the directory has none")) {
            _ = try self.renderer(path, .model)
        }
    }

    @Test func templatesThatCannotBeUsedAreErrors() throws {
        let directory = try TemporaryDirectory()
        // Never a silent fallback to another template.
        #expect(throws: DatasetError.self) { _ = try renderer(try model(directory, "{% import 'x' %}")) }
        #expect(throws: DatasetError.self) { _ = try renderer(try model(directory, "{{ strftime_now('%Y') }}")) }
        let dated = try renderer(try model(directory, "{{ strftime_now('%d %b %Y') }}"), date: "2025-03-01")
        #expect(try dated.render(messages) == "01 Mar 2025")
        let refusing = try renderer(
            try model(
                directory, "{% if messages[0].role == 'system' %}{{ raise_exception('No system!') }}{% endif %}ok"))
        #expect(throws: PromptError.self) { _ = try refusing.render(messages) }
        #expect(try refusing.render([messages[1]]) == "ok")
    }

    @Test func rowsThatTheTemplateRefusesAreBad() async throws {
        let directory = try TemporaryDirectory()
        let path = try model(
            directory,
            "{% if messages[0].role == 'system' %}{{ raise_exception('No system!') }}{% endif %}[{{ messages[0].content }}]"
        )
        try directory.write(
            "a.jsonl",
            """
            {"problem": "1", "generations": ["a"]}
            {"problem": "2", "generations": ["b"], "messages": [{"role": "system", "content": "x"}]}

            """)
        do {
            try await build([directory.file("a.jsonl")], output: directory.file("a.h5"), tokenizer: path)
            Issue.record("the second row was rendered")
        } catch let error as DatasetError {
            guard case .badRow(_, 2, _, let reason) = error else { throw error }
            #expect(reason.contains("No system!"))
        }
        var settings = DatasetSettings()
        settings.toleratedBadRows = 1
        try await build(
            [directory.file("a.jsonl")], output: directory.file("a.h5"), settings: settings, tokenizer: path)
        let dataset = try PrefixDataset(directory.file("a.h5"), isStrict: true)
        #expect(dataset.settings["template"] == "model" && dataset.rowCount == 1)
        #expect(
            try Tokenizer(contentsOf: Sample.tokenizerFile).decode(try dataset.row(0).tokens) == "[1]a<|im_end|>")
    }
}

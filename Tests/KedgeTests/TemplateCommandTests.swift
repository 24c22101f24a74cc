import TestFixtures
import Testing

@Suite struct TemplateCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(
            "tokenizer_config.json",
            #"""
            {"bos_token": {"content": "<s>"}, "chat_template":
             "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}{{ more }}{{ strftime_now('%d.%m.%Y') if dated }}"}
            """#)
    }

    @Test func rendersAModelsTemplate() throws {
        let outcome = try Program.run(["template", directory.path])
        #expect(outcome.status == 0 && outcome.text == "<s>[user]What is 7 * 6?[assistant]", "\(outcome.errorText)")
    }

    @Test func optionsReachTheTemplate() throws {
        let messages = try directory.write("c.json", #"{"messages": [{"role": "user", "content": "é"}]}"#)
        let outcome = try Program.run([
            "template", directory.path, "--messages", messages, "--no-generation-prompt", "--set", #"more=["a", 1]"#,
            "--set", "dated=true", "--date", "2025-01-31",
        ])
        #expect(outcome.text == "<s>[user]é['a', 1]31.01.2025", "\(outcome.errorText)")
    }

    @Test func errorsNameFileAndLine() throws {
        let template = try directory.write("t.jinja", "a\n{{ raise_exception('no system turn') }}")
        expectRefusal(try Program.run(["template", template]), ["t.jinja", "line 2: no system turn"])
        expectRefusal(try Program.run(["template", try directory.makeDirectory("empty")]), ["has no chat template"])
    }

    @Test(arguments: [["--set", "x"], ["--set", "x=y"], ["--date", "31.1.2025"], ["--date", "2025-02-30"]])
    func wrongUsage(_ options: [String]) throws {
        #expect(try Program.run(["template", directory.path] + options).status == 64)
    }
}

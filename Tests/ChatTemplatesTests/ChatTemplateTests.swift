import ChatTemplates
import JSON
import Testing

/// What the goldens do not say: errors and their lines, and how variables reach a template.
@Suite struct ChatTemplateTests {
    @Test(arguments: [
        ("a\n{% import 'x' as y %}", "line 2: unsupported statement 'import'"),
        ("\n\n{{ x | nofilter }}", "line 3: unsupported filter 'nofilter'"),
        ("{{ x is nosuch }}", "line 1: unsupported test 'nosuch'"),
        ("{% if x %}\n{% for a in b %}\n{% endif %}", "line 3: 'endif' has nothing to end inside 'for'"),
        ("{% if x %}", "line 1: the template ends inside 'if'"),
        ("\n{{ 'abc }}", "line 2: the string has no end"),
        ("{{ x ", "line 1: the tag has no end"),
        ("{# x", "line 1: the comment has no end"),
        ("{{ (1] }}", "line 1: unexpected ']'"),
        ("{{ 99999999999999999999 }}", "line 1: an integer is too large"),
        ("{% break %}", "line 1: 'break' outside a loop"),
        (
            "{% for x in y %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
            "line 1: 'break' outside a loop"
        ),
        ("{% set true = 1 %}", "line 1: cannot assign to 'true'"),
        (#"{{ '\ud800' }}"#, "line 1: an escape of a string names U+d800, which is no character"),
    ])
    func refusesWhenCompiling(_ source: String, _ message: String) {
        #expect(throws: ChatTemplateError.self) { try ChatTemplate(source) }
        do throws(ChatTemplateError) { _ = try ChatTemplate(source) } catch { #expect(error.description == message) }
    }

    @Test(arguments: [
        ("\n{{ missing.attribute }}", "line 2: 'missing' is undefined"),
        ("{{ {'a': 1}.b.c }}", "line 1: 'dict object' has no attribute 'b'"),
        ("a\nb\n{{ raise_exception('No ' ~ 'way') }}", "line 3: No way"),
        ("{{ 1 / 0 }}", "line 1: division by zero"),
        ("{{ 'a' + 1 }}", "line 1: unsupported operands of +: 'str' and 'int'"),
        ("{{ [].append(1) }}", "line 1: access to attribute 'append' of 'list object' is unsafe"),
        ("{{ ''.__class__.__mro__ }}", "line 1: access to attribute '__class__' of 'str object' is unsafe"),
        ("{{ missing | tojson }}", "line 1: a Undefined has no JSON: 'missing' is undefined"),
        ("{{ [1] | map('upper') }}", "line 1: a generator cannot be shown; a filter 'list' or a call may be missing"),
    ])
    func refusesWhenRendering(_ source: String, _ message: String) throws {
        let template = try ChatTemplate(source)
        #expect(throws: ChatTemplateError.self) { try template.render([]) }
        do throws(ChatTemplateError) { _ = try template.render([]) } catch { #expect(error.description == message) }
    }

    @Test func textIsCodePoints() throws {
        let source = "{{ x | length }} {{ x == y }} {{ x[1:] | length }} {{ d[x] }} {{ d[y] }} {{ x[::-1] == y }}"
        let rendered = try ChatTemplate(source).render([
            ("x", "e\u{301}"), ("y", "\u{E9}"), ("d", ["e\u{301}": "two", "\u{E9}": "one"]),
        ])
        #expect(rendered == "2 False 1 two one False")
    }

    @Test func contextIsWhatTransformersPasses() throws {
        let source = """
            {{ messages[0].role }} {{ tools is none }} {{ documents is none }} {{ add_generation_prompt }} {{ bos_token }} \
            {{ pad_token is defined }} {{ enable_thinking }} {{ messages[1].reasoning_content }} {{ messages[1].thinking }}
            """
        let context = ChatTemplateContext(
            messages: [["role": "user", "content": "a"], ["role": "assistant", "content": "b", "reasoning": "r"]],
            addsGenerationPrompt: false, specialTokens: [("bos_token", "<s>")], variables: [("enable_thinking", true)])
        #expect(try ChatTemplate(source).render(context) == "user True True False <s> False True r r")
    }

    @Test func dateIsPinned() throws {
        let date = try #require(ChatTemplateDate("2024-02-29"))
        let template = try ChatTemplate("{{ strftime_now('%d %b %Y, %A, day %j, %H:%M%z%%') }}")
        #expect(try template.render([], date: date) == "29 Feb 2024, Thursday, day 060, 00:00%")
        #expect(ChatTemplateDate("2023-02-29") == nil)
        #expect(ChatTemplateDate("2023-2-1") == nil)
        #expect(ChatTemplateDate("1900-02-29") == nil)
    }

    @Test(arguments: [
        (1e16, "1e+16"), (123456789012345680.0, "1.2345678901234568e+17"), (9007199254740992, "9007199254740992.0"),
        (0.0001, "0.0001"), (0.00001, "1e-05"), (-0.0, "-0.0"), (1e22, "1e+22"),
        (Double.leastNonzeroMagnitude, "5e-324"), (100, "100.0"),
        (1.5e-7, "1.5e-07"), (9999999999999998, "9999999999999998.0"), (1e100, "1e+100"), (0.1, "0.1"),
    ])
    func floatsAreWrittenAsPythonDoes(_ number: Double, _ text: String) throws {
        #expect(try ChatTemplate("{{ x }} {{ x | tojson }}").render([("x", .double(number))]) == "\(text) \(text)")
    }

    @Test func integersBeyondInt64AreShown() throws {
        let source = "{{ x }} {{ x | tojson }} {{ x > 1 }} {{ x is integer }}"
        let rendered = try ChatTemplate(source).render([("x", .unsigned(.max))])
        #expect(rendered == "18446744073709551615 18446744073709551615 True True")
    }
}

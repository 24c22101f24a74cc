import ChatTemplates
import JSON
import Testing

/// Hostile templates end with an error, in bounded time and memory.
@Suite struct LimitTests {
    private func failure(_ source: String, _ variables: [(key: String, value: JSONNode)] = []) -> String {
        do throws(ChatTemplateError) {
            return "rendered \(try ChatTemplate(source).render(variables).utf8.count) bytes"
        } catch {
            return error.description
        }
    }

    /// A search must not compare every front of one text with every place of another.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["p in s", "s.find(p)", "s.rfind(q)", "s.split(p)|length", "s.rsplit(q)|length"])
    func longSearches(_ expression: String) {
        let found = failure(
            "{% set s = 'a' * 2000000 %}{% set p = 'a' * 1000000 ~ 'b' %}{% set q = 'b' ~ 'a' * 1000000 %}{{ \(expression) }}"
        )
        #expect(found.hasPrefix("rendered"))
    }

    @Test(arguments: [
        ("{{ 'a' * 1000000000000 }}", "bytes"),
        ("{{ [0] * 1000000000000 }}", "steps"),
        ("{{ 'a' * 9223372036854775807 * 2 }}", "bytes"),
        ("{{ range(1000000000000) }}", "100000"),
        ("{{ range(-9223372036854775807, 9223372036854775807) }}", "100000"),
        ("{{ 9223372036854775807 + 1 }}", "integer"),
        ("{{ 2 ** 64 }}", "integer"),
        ("{{ -(-9223372036854775807 - 1) }}", "integer"),
        ("{{ (-9223372036854775807 - 1) // -1 }}", "integer"),
        ("{{ 'x'.zfill(9223372036854775807) }}", "bytes"),
        ("{{ 'x' | center(9223372036854775807) }}", "bytes"),
        ("{{ '%9223372036854775807d' % 1 }}", "width"),
        ("{{ ('a' * 100000).replace('a', 'b' * 100000) }}", "long"),
        ("{{ 'x' | indent(9223372036854775807) }}", "bytes"),
        ("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "steps"),
        ("{% for i in range(100000) %}{{ 'x' * 100000 }}{% endfor %}", "output"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "deep"),
        ("{% set n = namespace(x=[]) %}{% for i in range(10000) %}{% set n.x = [n.x] %}{% endfor %}", "deep"),
        (
            "{% set n = namespace(x=[]) %}{% for i in range(10000) %}{% set n.x = n.x | map('upper') %}{% endfor %}",
            "deep"
        ),
        ("{% set n = namespace() %}{% set n.n = n %}{{ n }}", "deep"),
        ("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", "deep"),
    ])
    func refusesWhatGrowsTooFar(_ source: String, _ part: String) {
        let message = failure(source)
        #expect(message.hasPrefix("line 1: ") && message.contains(part), "\(message)")
    }

    @Test(arguments: [
        String(repeating: "(", count: 100_000), "{{ " + String(repeating: "(", count: 100_000),
        "{{ " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000) + " }}",
        "{{ " + String(repeating: "-", count: 100_000) + "1 }}",
        "{{ " + String(repeating: "not ", count: 100_000) + "1 }}",
        "{{ x" + String(repeating: ".a", count: 100_000) + " }}",
        "{{ 1" + String(repeating: " + 1", count: 100_000) + " }}",
        "{{ 1" + String(repeating: " if 1 else 1", count: 100_000) + " }}",
        "{{ x" + String(repeating: "|e", count: 100_000) + " }}",
        "{{ f" + String(repeating: "()", count: 100_000) + " }}",
        String(repeating: "{% if 1 %}", count: 50_000), String(repeating: "{% for a in b %}", count: 10_000),
        "{% set " + String(repeating: "(", count: 50_000) + "a" + " = 1 %}",
        String(repeating: "{# ", count: 100_000), String(repeating: "{% raw %}", count: 20_000),
        String(repeating: "a", count: (1 << 20) + 1),
    ])
    func refusesOrRendersDeepSources(_ source: String) {
        _ = failure(source)
    }

    @Test func circlesOfNamespacesAndMacrosEnd() {
        let source = """
            {% set n = namespace(k=0) %}{% macro outer(i) %}{% set kept = n.f %}{% macro inner() %}{{ kept }}{% endmacro %}\
            {% set n.f = inner %}{% set n.n = namespace(up=n) %}{% endmacro %}\
            {% for i in range(20000) %}{{ outer(i) }}{% set n.l = loop %}{% endfor %}done
            """
        #expect(failure(source) == "rendered 4 bytes")
    }

    @Test func limitsAreTheCallers() throws {
        let template = try ChatTemplate("{% for i in range(1000) %}xx{% endfor %}")
        #expect(throws: ChatTemplateError.self) { try template.render([], limits: .init(maximumSteps: 500)) }
        #expect(throws: ChatTemplateError.self) { try template.render([], limits: .init(maximumOutput: 1999)) }
        #expect(try template.render([], limits: .init(maximumOutput: 2000)).utf8.count == 2000)
    }

    @Test func rendersFromManyThreads() async throws {
        let template = try ChatTemplate("{% for m in messages %}{{ m.content | upper }}{% endfor %}")
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let messages: JSONNode = [["content": .string("a\(number)")], ["content": "b"]]
                    return (try? template.render([("messages", messages)])) == "A\(number)B"
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}

import ChatTemplates
import Foundation
import JSON
import Testing

/// What transformers makes of templates and conversations; scripts/check-chat-templates.py --goldens writes it.
@Suite struct GoldenTests {
    private static let folder = Bundle.module.url(forResource: "Goldens", withExtension: nil)

    private static func golden(_ name: String) throws -> JSONNode {
        let path = try #require(folder).appendingPathComponent(name).path
        return JSONNode(try JSONDocument.contents(ofFileAt: path).root)
    }

    private static func elements(_ node: JSONNode?) -> [JSONNode] {
        if case .array(let elements)? = node { elements } else { [] }
    }

    private static func members(_ node: JSONNode?) -> [(key: String, value: JSONNode)] {
        if case .object(let members)? = node { members } else { [] }
    }

    private static func text(_ node: JSONNode?) -> String? {
        if case .string(let text)? = node { text } else { nil }
    }

    private static let date = ChatTemplateDate("2025-03-09")

    @Test(arguments: ["alternating", "chatml", "headers", "objects", "thinking"])
    func conversationsAreRenderedAsTransformersDoes(_ name: String) throws {
        let path = try #require(Self.folder).appendingPathComponent("\(name).jinja").path
        let template = try ChatTemplate(ChatTemplateFile(contentsOf: path).source)
        let cases = Self.elements(try Self.golden("\(name).json"))
        #expect(cases.count > 50)
        for golden in cases {
            let context = ChatTemplateContext(
                messages: Self.elements(golden["messages"]), addsGenerationPrompt: golden["prompt"] == true,
                variables: Self.members(golden["variables"]))
            let got = try? template.render(context, date: Self.date)
            expectSame(got, Self.text(golden["expected"]), Self.text(golden["name"]) ?? "")
        }
    }

    @Test func randomTemplatesAreRenderedAsTransformersDoes() throws {
        let golden = try Self.golden("random.json")
        let context = ChatTemplateContext(
            messages: [], addsGenerationPrompt: true, variables: Self.members(golden["variables"]))
        let cases = Self.elements(golden["cases"])
        #expect(cases.count > 300)
        for golden in cases {
            let source = try #require(Self.text(golden["template"]))
            let got = try? ChatTemplate(source).render(context, date: Self.date)
            expectSame(got, Self.text(golden["expected"]), source)
        }
    }

    /// String's own equality does not tell apart what is canonically equivalent.
    private func expectSame(_ got: String?, _ expected: String?, _ name: String) {
        #expect(got.map { Array($0.utf8) } == expected.map { Array($0.utf8) }, "\(name): \(got ?? "an error")")
    }
}

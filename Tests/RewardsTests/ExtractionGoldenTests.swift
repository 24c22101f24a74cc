import Foundation
import JSON
import Testing

@testable import Rewards

/// What Math-Verify finds in random texts (scripts/make-extraction-goldens.py).
@Suite struct ExtractionGoldenTests {
    @Test func findsWhatMathVerifyFinds() throws {
        let url = try #require(
            Bundle.module.url(forResource: "extraction", withExtension: "json", subdirectory: "Goldens"))
        let root = JSONNode(try JSONDocument.parsing(try String(contentsOf: url, encoding: .utf8)).root)
        guard case .array(let cases) = root else {
            Issue.record("the golden file is an array")
            return
        }
        #expect(cases.count >= 100)
        for golden in cases {
            guard case .string(let text) = golden["text"], case .array(let expected) = golden["candidates"] else {
                Issue.record("a case has a text and candidates")
                continue
            }
            let found = try Extraction.candidates(in: text, .compat, limit: expected.count)
            let shown = found.map { candidate in
                JSONNode.array([
                    .string("\(candidate.form)"),
                    .array(candidate.parts.map { .array([.string($0.text), .bool($0.isPercentage)]) }),
                ])
            }
            #expect(shown.elementsEqual(expected) { $0 == $1 }, "\(text)")
        }
    }
}

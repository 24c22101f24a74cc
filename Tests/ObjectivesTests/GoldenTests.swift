import Foundation
import JSON
import Testing

@testable import Objectives

/// What PyTorch makes of small random batches (scripts/make-objective-goldens.py).
@Suite struct GoldenTests {
    static func lines(_ family: String) throws -> [JSONNode] {
        let url = try #require(Bundle.module.url(forResource: family, withExtension: "jsonl", subdirectory: "Goldens"))
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
            JSONNode(try JSONDocument.parsing(String($0)).root)
        }
    }

    static func numbers(_ node: JSONNode?) -> [Double] {
        switch node {
        case .array(let elements): elements.flatMap { numbers($0) }
        case .double(let value): [value]
        case .int(let value): [Double(value)]
        default: []
        }
    }

    @Test(arguments: ["supervised", "group-relative", "luffy", "trapo", "quatro"])
    func agreesWithPyTorch(_ family: String) throws {
        let cases = try GoldenTests.lines(family)
        #expect(cases.count >= 6)
        for (index, node) in cases.enumerated() {
            guard case .string(let name) = node["method"] else { throw ObjectiveError(.unknownMethod, family, "none") }
            let text = try JSONWriter().string(try #require(node["batch"]))
            let input = try ObjectiveBatch(try JSONDocument.parsing(text).root)
            let objective = try ObjectiveMethod(named: name).objective(settings: input.settings)
            let result = try objective.evaluate(input.batch)
            let expected = try #require(node["expected"])
            let place = Comment(rawValue: "\(family) \(index): \(name)")
            #expect(isNear(result.loss, GoldenTests.numbers(expected["loss"])[0]), place)
            #expect(areNear(result.gradients, GoldenTests.numbers(expected["gradients"])), place)
            #expect(areNear(result.advantages, GoldenTests.numbers(expected["advantages"])), place)
            let entropyGradients = expected["entropy_gradients"].map { GoldenTests.numbers($0) }
            #expect(areNear(result.entropyGradients ?? [], entropyGradients ?? []), place)
        }
    }
}

import Foundation
import JSON
import Testing

@testable import Rewards

/// What Math-Verify says of pairs of answers, and what is right (scripts/make-answer-goldens.py).
@Suite struct AnswerGoldenTests {
    @Test func agreesWithMathVerifyAndWithMathematics() throws {
        let cases = try goldens("answers")
        #expect(cases.count >= 500)
        for golden in cases {
            guard case .bool(let verdict) = golden["math_verify"], case .bool(let isEqual) = golden["strict"] else {
                Issue.record("a case has two verdicts")
                continue
            }
            #expect((try reward(golden, .compat) == 1) == verdict, "compat: \(golden)")
            #expect((try reward(golden, .strict) == 1) == isEqual, "strict: \(golden)")
        }
    }

    @Test func knowsWhereItDisagrees() throws {
        let cases = try goldens("disagreements")
        #expect(!cases.isEmpty)
        for golden in cases {
            let ours: Bool?
            switch golden["kedge"] {
            case .bool(let verdict): ours = verdict
            case .null: ours = nil
            default:
                Issue.record("a case has a verdict of ours")
                continue
            }
            #expect(try reward(golden, .compat).map { $0 == 1 } == ours, "\(golden)")
            #expect(golden["math_verify"] != .bool(ours ?? false), "\(golden)")
        }
    }

    private func reward(_ golden: JSONNode, _ mode: AnswerMode) throws -> Double? {
        guard case .string(let gold) = golden["gold"], case .string(let response) = golden["response"] else {
            Issue.record("a case has a gold answer and a response")
            return nil
        }
        return AnswerChecker(mode: mode).score(response, gold: GoldAnswer(gold, mode: mode)).reward
    }

    private func goldens(_ name: String) throws -> [JSONNode] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Goldens"))
        let root = JSONNode(try JSONDocument.parsing(try String(contentsOf: url, encoding: .utf8)).root)
        guard case .array(let cases) = root else {
            Issue.record("the golden file is an array")
            return []
        }
        return cases
    }
}

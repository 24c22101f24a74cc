import JSON
import Testing

@testable import Evaluation

@Suite struct ProblemRecordTests {
    let records = [
        ProblemRecord(id: "a", gold: "4", completions: [#"\boxed{4}"#, #"\boxed{5}"#, "4", "   "]),
        ProblemRecord(id: "b", gold: "x", completions: ["y", "y", "x", "x"]),
    ]

    @Test func oneProblem() throws {
        #expect(records[0].answers == ["4", "5", "4", nil] && records[0].rewards == [1, 0, 1, 0])
        // Of the six pairs of rollouts one has none of the two that are correct.
        #expect(abs(try #require(records[0].value(.pass, k: 2)) - 5.0 / 6) < 1e-15)
        let text = try JSONWriter().string(records[0].json(ks: [1, 4, 8]))
        #expect(
            text == #"{"id":"a","gold":"4","rollouts":4,"correct":2,"answers":["4","5","4",null],"#
                + #""rewards":[1.0,0.0,1.0,0.0],"pass@k":{"1":0.5,"4":1.0,"8":null},"#
                + #""mean@k":{"1":1.0,"4":0.5,"8":null},"maj@k":{"1":1.0,"4":1.0,"8":null}}"#)
    }

    @Test func thresholds() {
        let record = ProblemRecord(id: "", gold: "", answers: [nil, nil], rewards: [0.5, 0.4], threshold: 0.5)
        #expect(record.correct == 1)
    }

    @Test func summary() throws {
        let summary = EvaluationSummary(records, ks: [1, 4, 9], resamples: 1000)
        #expect(summary.rows.map(\.measure) == [.pass, .pass, .mean, .mean, .majority, .majority])
        #expect(summary.rows.map(\.k) == [1, 4, 1, 4, 1, 4])
        // maj@4 of b is the first of two answers with two votes each, y.
        #expect(summary.rows.map(\.interval.mean) == [0.5, 1, 0.5, 0.5, 0.5, 0.5])
        #expect(summary.problems == 2 && summary.rollouts == 8)
        let text = try JSONWriter().string(summary.json)
        #expect(text.hasPrefix(#"{"problems":2,"rollouts":8,"confidence":0.95,"measures":[{"measure":"pass@k","k":1,"#))
    }
}

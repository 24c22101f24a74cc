import JSON
import Testing

@testable import PrefixDatasets

/// A row of JSON, read by the shape that it has.
private func read(
    _ json: String, _ columns: ColumnMapping = ColumnMapping()
) throws -> (shape: TraceShape?, row: TraceRow?) {
    let document = try JSONDocument.parsing(json)
    let shape = TraceShape.recognized(in: document.root, columns)
    return (shape, try shape?.row(document.root, columns))
}

/// The reason why a row is refused as of `shape`; nil when it is not.
private func refusal(_ json: String, _ shape: TraceShape) throws -> String? {
    let document = try JSONDocument.parsing(json)
    do throws(TraceRowError) {
        _ = try shape.row(document.root, ColumnMapping())
        return nil
    } catch {
        return error.reason
    }
}

@Suite struct TraceShapeTests {
    @Test func rowsWithTooManyTracesAreRefused() throws {
        func row(_ count: Int) -> String {
            #"{"problem": "P", "generations": ["# + repeatElement(#""a""#, count: count).joined(separator: ",") + "]}"
        }
        #expect(try refusal(row(65_536), .openR1) == nil)
        #expect(try refusal(row(65_537), .openR1) == "has 65537 elements in 'generations'; at most 65536 are read")
    }

    @Test func openR1() throws {
        let (shape, row) = try read(
            """
            {"problem": "P", "answer": 4, "generations": ["a", null, "c", [{"role": "assistant", "content": "d"}]],
             "correctness_math_verify": [true, null, false], "correctness_llama": [false, true, null, true],
             "is_reasoning_complete": [true, false], "uuid": "u-1", "source": "s",
             "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "other"},
                          {"role": "assistant", "content": "a"}]}
            """)
        #expect(shape == .openR1)
        let expected = TraceRow(
            id: "u-1", problem: "P", answer: "4", source: "s",
            messages: [ChatMessage(role: "system", content: "S"), ChatMessage(role: "user", content: "P")],
            traces: [
                .init(index: 0, text: "a", isCorrect: true, isComplete: true),
                .init(index: 1, text: "", isCorrect: true, isComplete: false),
                .init(index: 2, text: "c", isCorrect: false, isComplete: nil),
                .init(index: 3, text: "d", isCorrect: true, isComplete: nil),
            ])
        #expect(row == expected)
    }

    @Test func openR1WithLess() throws {
        let (shape, row) = try read(#"{"problem": "P", "generations": "only", "id": 7, "answer": null}"#)
        #expect(shape == .openR1)
        #expect(row?.id == "7")
        #expect(row?.answer == "")
        #expect(row?.traces == [.init(index: 0, text: "only")])
        #expect(try read(#"{"problem": "P", "generations": []}"#).row?.traces == [])
    }

    @Test func verl() throws {
        let (shape, row) = try read(
            """
            {"data_source": "math", "prompt": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}],
             "target": [{"role": "assistant", "content": "T"}], "reward_model": {"ground_truth": "42"},
             "extra_info": {"index": 12}}
            """)
        #expect(shape == .verl)
        let expected = TraceRow(
            id: "12", problem: "Q", answer: "42", source: "math",
            messages: [ChatMessage(role: "system", content: "S"), ChatMessage(role: "user", content: "Q")],
            traces: [.init(index: 0, text: "T")])
        #expect(row == expected)
    }

    @Test func verlWithAListOfAnswers() throws {
        let (shape, row) = try read(
            #"{"prompt": "Q", "target": "x", "extra_info": {"answer_list": ["x", "y"]}}"#)
        #expect(shape == .verl)
        #expect(row?.traces.map(\.text) == ["x", "y"])
        #expect(row?.messages == [ChatMessage(role: "user", content: "Q")])
    }

    @Test func completion() throws {
        let (shape, row) = try read(#"{"prompt": "Q", "completion": "C", "uuid": "u", "source": "s", "answer": true}"#)
        #expect(shape == .completion)
        let expected = TraceRow(
            id: "u", problem: "Q", answer: "true", source: "s",
            messages: [ChatMessage(role: "user", content: "Q")], traces: [.init(index: 0, text: "C")])
        #expect(row == expected)
        let turns = try read(
            #"{"prompt": [{"role": "user", "content": "Q"}], "completion": [{"role": "assistant", "content": "C"}]}"#)
        #expect(turns.row?.traces == expected.traces)
    }

    @Test func chat() throws {
        let (shape, row) = try read(
            """
            {"messages": [{"from": "system", "value": "S"}, {"from": "human", "value": "Q"},
                          {"from": "gpt", "value": "A"}, {"role": "user", "content": "Q2"},
                          {"role": "assistant", "content": [{"type": "text", "text": "A"}, {"type": "image"},
                           {"type": "text", "text": "2"}]}, {"role": "user", "content": null}]}
            """)
        #expect(shape == .chat)
        #expect(row?.messages.map(\.role) == ["system", "user", "assistant", "user"])
        #expect(row?.problem == "Q2")
        #expect(row?.traces == [.init(index: 0, text: "A2")])
        #expect(row?.id == nil)
    }

    @Test func unknownRowsHaveNoShape() throws {
        for json in [#"{"text": "x"}"#, #"{"prompt": "x"}"#, #"{"generations": null}"#, "[1]", "3", #""problem""#] {
            #expect(try read(json).shape == nil)
        }
    }

    @Test(arguments: [
        (TraceShape.openR1, #"{"generations": ["x"]}"#, "problem"),
        (.openR1, #"{"problem": null, "generations": ["x"]}"#, "problem"),
        (.openR1, #"{"problem": "P"}"#, "generations"),
        (.verl, #"{"target": "T"}"#, "prompt"),
        (.verl, #"{"prompt": "P"}"#, "target"),
        (.completion, #"{"completion": "C"}"#, "prompt"),
        (.completion, #"{"prompt": "P"}"#, "completion"),
        (.chat, #"{"problem": "P"}"#, "messages"),
    ])
    func missingColumnsAreNamed(_ shape: TraceShape, _ json: String, _ column: String) throws {
        let reason = try #require(try refusal(json, shape))
        #expect(reason == "has no column '\(column)'; map another one to it with --columns \(column)=NAME")
    }

    @Test(arguments: [
        (TraceShape.openR1, #"{"problem": 1, "generations": ["x"]}"#, "problem"),
        (.openR1, #"{"problem": ["P"], "generations": ["x"]}"#, "problem"),
        (.openR1, #"{"problem": "P", "generations": 1}"#, "generations"),
        (.openR1, #"{"problem": "P", "generations": {"a": "x"}}"#, "generations"),
        (.openR1, #"{"problem": "P", "generations": ["x", 1]}"#, "generations"),
        (.openR1, #"{"problem": "P", "generations": [{"role": "assistant"}]}"#, "generations"),
        (.openR1, #"{"problem": "P", "generations": [[]]}"#, "generations"),
        (
            .openR1, #"{"problem": "P", "generations": ["x"], "correctness_math_verify": true}"#,
            "correctness_math_verify"
        ),
        (
            .openR1, #"{"problem": "P", "generations": ["x"], "correctness_math_verify": [1]}"#,
            "correctness_math_verify"
        ),
        (.openR1, #"{"problem": "P", "generations": ["x"], "correctness_llama": ["true"]}"#, "correctness_llama"),
        (.openR1, #"{"problem": "P", "generations": ["x"], "is_reasoning_complete": {}}"#, "is_reasoning_complete"),
        (.openR1, #"{"problem": "P", "generations": ["x"], "messages": "m"}"#, "messages"),
        (.openR1, #"{"problem": "P", "generations": ["x"], "messages": [{"role": 1, "content": "c"}]}"#, "messages"),
        (.verl, #"{"prompt": 1, "target": "T"}"#, "prompt"),
        (.verl, #"{"prompt": ["Q"], "target": "T"}"#, "prompt"),
        (.verl, #"{"prompt": "P", "target": 1}"#, "target"),
        (.verl, #"{"prompt": "P", "target": []}"#, "target"),
        (.verl, #"{"prompt": "P", "extra_info": {"answer_list": [true]}}"#, "extra_info.answer_list"),
        (.completion, #"{"prompt": [{"role": "user"}], "completion": "C"}"#, "prompt"),
        (.completion, #"{"prompt": "P", "completion": [{"role": "assistant", "content": 1}]}"#, "completion"),
        (.chat, #"{"messages": {"role": "user"}}"#, "messages"),
        (.chat, #"{"messages": [["user", "Q"]]}"#, "messages"),
        (.chat, #"{"messages": [{"role": "user", "content": "Q"}]}"#, "messages"),
    ])
    func columnsOfAnotherTypeAreNamed(_ shape: TraceShape, _ json: String, _ column: String) throws {
        let reason = try #require(try refusal(json, shape))
        #expect(reason.hasPrefix("has a column '\(column)' "), "\(reason)")
    }

    @Test func rowsThatAreNoObjects() throws {
        for shape in TraceShape.allCases { #expect(try refusal("[]", shape) == "is not a JSON object") }
    }

    @Test func columnsAreMapped() throws {
        var columns = ColumnMapping()
        let isMapped = columns.map("problem", to: "data.question") && columns.map("generations", to: "answers")
        #expect(isMapped)
        let isUnknownMapped = columns.map("solution", to: "x")
        let isNothingMapped = columns.map("problem", to: "")
        #expect(!isUnknownMapped && !isNothingMapped)
        #expect(columns.pairs.map(\.name) == ["generations", "problem"])
        #expect(columns.pairs.map(\.column) == ["answers", "data.question"])
        let (shape, row) = try read(#"{"data": {"question": "Q"}, "answers": ["A"], "problem": "no"}"#, columns)
        #expect(shape == .openR1)
        #expect(row?.problem == "Q")
        #expect(row?.traces.map(\.text) == ["A"])
    }
}

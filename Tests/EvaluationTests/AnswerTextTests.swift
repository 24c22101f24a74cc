import Testing

@testable import Evaluation

@Suite struct AnswerTextTests {
    @Test(arguments: [
        (#"so \boxed{42}."#, "42"),
        (#"\boxed{1} and then \boxed{2}"#, "2"),
        (#"\boxed{\frac{1}{2}} end}"#, #"\frac{1}{2}"#),
        (#"\boxed{1} but \boxed{2"#, "1"),
        (#"\boxed{ unclosed, \boxed{3} inside"#, "3"),
        (#"\boxed{outer \boxed{inner} rest}"#, #"outer \boxed{inner} rest"#),
        (#"\fbox {x}"#, "x"),
        (#"\boxed{}"#, ""),
        (#"\boxed{\{1, 2\}}"#, #"\{1, 2\}"#),
        (#"\boxed{a \} b}"#, #"a \} b"#),
        (#"}}} \boxed{5}"#, "5"),
        (#"{ \boxed{6} "#, "6"),
    ])
    func boxes(_ text: String, _ expected: String) {
        #expect(AnswerText.lastBoxed(text) == expected)
    }

    @Test(arguments: [
        "", "no box", #"\boxed 7"#, #"\boxed{"#, #"\\boxed{8}"#, #"\boxedin{9}"#, "boxed{10}", "\\", #"\boxed{\}"#,
    ])
    func noBox(_ text: String) {
        #expect(AnswerText.lastBoxed(text) == nil)
    }

    @Test func manyOpenBoxesAreReadOnce() {
        // Quadratic reading would take hours.
        let count = 300_000
        let text = String(repeating: #"\boxed{"#, count: count) + "x" + String(repeating: "}", count: 2)
        #expect(AnswerText.lastBoxed(text) == #"\boxed{x}"#)
    }

    @Test func blanks() {
        #expect(AnswerText.normalized("  a\t\n b\u{3000}c \u{A0}") == "a b c")
        #expect(AnswerText.normalized(" \n ") == "")
    }

    @Test func matches() {
        #expect(AnswerText.exactMatch(#"Hence \boxed{ 1 +  2 }"#, gold: "1 + 2") == 1)
        #expect(AnswerText.exactMatch("1 + 2", gold: #"\boxed{1 + 2}"#) == 1)
        #expect(AnswerText.exactMatch(#"\boxed{1+2}"#, gold: "1 + 2") == 0)
        #expect(AnswerText.exactMatch("", gold: "") == 0)
        #expect(AnswerText.exactMatch(#"\boxed{}"#, gold: "x") == 0)
        #expect(AnswerText.exactMatch("e\u{301}", gold: "\u{E9}") == 0)
    }
}

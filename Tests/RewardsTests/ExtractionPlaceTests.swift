import Testing

@testable import Rewards

/// Where answers are found, and in which order.
@Suite struct ExtractionPlaceTests {
    @Test(arguments: [
        (#"\boxed{5} and then $7$"#, ["5"]),
        (#"The final answer is $6$. I hope it is correct. So \boxed{5}"#, ["6"]),
        (#"\boxed{5}. The final answer is $6$"#, ["6"]),
        (#"The final answer is $6$. So \boxed{5}"#, ["5"]),
        (#"answer: $3$, but $4$"#, ["3"]),
        (#"the answer $3$ and answer: 4"#, ["4"]),
        (#"first $1$, $2$"#, ["1", "2"]),
        (#"first $1$; then $2$"#, ["2"]),
        (#"$\boxed{1}$ and $\boxed{2}$"#, ["1", "2"]),
        (#"\boxed{1} or \boxed{2}"#, ["1,2"]),
        (#"\boxed{1} is much too far from \boxed{2}"#, ["2"]),
        (#"\[ \boxed{\frac{1}{2} \]"#, [#"{\frac{1}{2}"#]),
        (#"\boxed{\boxed{5}}"#, ["5"]),
        (#"so -\frac{3}{4} it is"#, [#"-\frac{3}{4}"#]),
        (#"we have [x+1] here"#, ["x+1"]),
        (#"costs $1,234.50 in all"#, ["1234.50"]),
        (#"the answer is 007"#, ["7"]),
        (#"the answer = 2 * (3 + 4)"#, ["2 * (3 + 4)"]),
        (#"answer 12 = 5"#, ["5"]),
        (#"2$x$ y $z$"#, ["y"]),
        (#"\\(x\\) \(y\)"#, ["y"]),
        ("$a\n$c$", ["c"]),
        ("", []),
        ("nothing here", []),
    ])
    func compatTakes(_ text: String, _ expected: [String]) throws {
        #expect(try Extraction.first(text, .compat) == expected, "\(text)")
    }

    @Test(arguments: [
        (#"\boxed {5}"#, ["5"]),
        (#"\boxed{4} and then \boxed{5"#, ["4"]),
        (#"\boxed{x \text{ is even}} answer: 5"#, [#"x \text{ is even}"#]),
        (#"<think> \boxed{4}</think>\boxed{5}"#, ["5"]),
        (#"<think> \boxed{4}</think> so 5"#, ["4"]),
        ("The answer is (C). There are 5 apples.", [#"\text{C}"#]),
        ("Answer: B", [#"\text{B}"#]),
        ("Answer: A triangle", []),
        ("so **D** fits", [#"\text{D}"#]),
        ("The answer is 4210_5.", ["4210_5"]),
        ("the answer is 12:00", ["12:00"]),
        ("answer: 1.0e5", ["1.0e5"]),
        ("The answer is **42**.", ["42"]),
        ("it is 5cm long", ["5"]),
        ("1,2", ["1,2"]),
        ("1,234.5", ["1234.5"]),
        ("x + 5", []), ("value 5x", []), ("a - 5", []), ("5!", []),
        ("so\n- 5", ["5"]),
        ("$4210_5$ or so", ["4210_5"]),
    ])
    func strictTakes(_ text: String, _ expected: [String]) throws {
        #expect(try Extraction.first(text, .strict) == expected, "\(text)")
    }

    /// A number in an environment that could not be read is no answer.
    @Test func strictLeavesOutFragmentsOfEnvironments() throws {
        #expect(try Extraction.candidates(in: "$4210 5x$", .strict).map(\.source) == ["4210 5x"])
        #expect(try Extraction.candidates(in: "$4210 5x$", .compat).map(\.source) == ["4210 5x", "5", "4210"])
    }

    @Test func strictEndsWithTheLastBox() throws {
        let found = try Extraction.candidates(
            in: #"answer: 7, $\boxed{6}$ is wrong as it seems: $\boxed{?}$ so $8$"#, .strict)
        #expect(Set(found.map(\.source)) == ["?"])
    }

    @Test func sourcesAreShownWithoutMarks() throws {
        #expect(try Extraction.candidates(in: #"is $ 5 \text{ cm} $"#, .compat)[0].source == #"5 \text{ cm}"#)
        #expect(try Extraction.candidates(in: #"is \boxed{ 5 m }."#, .strict)[0].source == "5 m")
        #expect(try Extraction.candidates(in: "$1$ and $2$", .strict)[0].source == "1, 2")
    }

    @Test func percentSignsBelongToTheirParts() throws {
        let found = try Extraction.candidates(in: #"$5$ percent and $6$ and $7$ \%"#, .compat)[0]
        #expect(found.parts.map(\.isPercentage) == [true, false, true])
        #expect(try Extraction.candidates(in: "about 12 %", .compat)[0].parts[0].isPercentage)
    }

    @Test func noMoreIsSearchedForThanIsAskedFor() throws {
        #expect(try Extraction.candidates(in: #"$1$ \boxed{2} 3"#, .compat, limit: 1).map(\.source) == ["2"])
    }
}

import Files
import Testing

@testable import PrefixDatasets

/// The words of a text, spaces between them.
private func words(_ text: String) -> String {
    String(decoding: ProblemText(text).bytes, as: UTF8.self)
}

@Suite struct ProblemTextTests {
    @Test(arguments: [
        ("", ""), (" \n\t", ""), ("...", ""), ("$$", ""), ("Find  the\n\nAREA, please.", "find the area please"),
        ("f(x) = x^{2}+1", "f (x )=x^2 +1"), ("$f( x )=x^2 + 1$.", "f (x )=x^2 +1"),
        (#"\(\dfrac{1}{2}\)"#, #"\frac 1 2"#), (#"\frac12"#, #"\frac 12"#),
        (#"\left( -\tfrac{1}{2} \right)"#, #"(-\frac 1 2 )"#),
        ("2^{n+1}", "2^{n +1 }"), ("2^n+1", "2^n +1"), ("{{{a}}}", "a"), ("{}{{}}x", "x"), ("{a", "{a"), ("a}", "a }"),
        ("1.5 and .5 and 0.5", "1.5 and 0.5 and 0.5"), ("(1,5)", "(1 5 )"), ("1,2,...,5", "1 2 5"), ("end.5", "end 5"),
        (#"912,\!673 and 912{,}673"#, "912 673 and 912 673"),
        (#"\Delta \delta A"#, #"\Delta \delta a"#), (#"x\\y"#, #"x \\y"#), (#"\{1\}"#, #"\{1 \}"#),
        ("x² y₁₀ a¹²", "x^2 y_10 a^12"), ("90° $90^\\circ$ $90^{\\circ}$", #"90^\circ 90^\circ 90^\circ"#),
        ("a − b × c ≤ d", #"a -b \times c \le d"#), ("f’(x)", "f '(x )"), ("５０％（１）", "50 %(1 )"),
        ("ÉTÉ Straße İ", "été straße i\u{307}"), ("e\u{301}a", "e\u{301}a"), ("soft\u{AD}hyphen", "softhyphen"),
        ("求函数f(x)。", "求 函 数 f (x )"), ("ひらカタ", "ひ ら カ タ"), ("ที่นี่", "ที่ นี่"), ("٣ كتب", "3 كتب"), ("🍎+🍎", "🍎+🍎"),
        ("x^-1 _ ^", "x^-1_^"), (#"\"#, ""), (#"\é"#, "é"), (#"50\% \$5"#, "50 %5"), ("well-known", "well -known"),
    ])
    func normalised(_ text: String, _ expected: String) {
        #expect(words(text) == expected)
    }

    @Test(arguments: [
        ("x+1", "x-1"), ("x^2", "x_2"), ("x^2", "x2"), ("2^{n+1}", "2^n+1"), ("f(x+1)", "f(x)+1"), ("5!", "5"),
        ("1.5", "15"), ("1.5", "1, 5"), ("f'(x)", "f(x)"), (#"\sin x"#, #"\cos x"#), ("x<1", "x>1"), ("5%", "5"),
        (#"\frac{1}{23}"#, #"\frac{12}{3}"#), (#"\Gamma"#, #"\gamma"#), ("(a+b)c", "a+bc"), ("⌊x⌋", "⌈x⌉"),
        ("|x|", "x"),
        (#"1&2\\3&4"#, "1&2&3&4"), ("x≤1", "x<1"), ("求最大值", "求最小值"), (#"\{1,2\}"#, "(1,2)"), ("x**2", "x*2"),
    ])
    func differentMathematicsStaysDifferent(_ a: String, _ b: String) throws {
        #expect(words(a) != words(b))
        #expect(try ProblemKey(ProblemText(a)) != ProblemKey(ProblemText(b)))
    }

    @Test func mathematicsIsApartFromWording() {
        func mathematics(_ text: String) -> UInt64 { ProblemText(text).mathematics }
        #expect(mathematics("Find x+1 (in degrees) for a well-known n!") == mathematics("What is y+1 if z is natural!"))
        #expect(mathematics("Ann has 3 apples, Bob 5.") == mathematics("Tom owns 3 pears and Kim owns 5 plums"))
        #expect(mathematics("Ann has 3 apples, Bob 5.") != mathematics("Ann has 5 apples, Bob 3."))
        #expect(mathematics("Find x + y.") != mathematics("Find x - y."))
        #expect(mathematics("Find f(x+1).") != mathematics("Find f(x)+1."))
        #expect(mathematics("Find x^{n+1}.") != mathematics("Find x^n+1."))
        #expect(mathematics(#"Find \sin x"#) != mathematics(#"Find \cos x"#))
        #expect(mathematics("Half is ½") != mathematics("Half is ⅓"))
        #expect(mathematics("Find it.") == mathematics(""))
    }

    @Test func wordsAreFoundAgain() {
        let text = ProblemText("Find f(x) now, 日本")
        #expect(text.wordCount == 6)
        let all = (0..<text.wordCount).map { String(decoding: text.bytes(ofWords: $0..<($0 + 1)), as: UTF8.self) }
        #expect(all == ["find", "f", "(x", ")now", "日", "本"])
        #expect(String(decoding: text.bytes(ofWords: 1..<4), as: UTF8.self) == "f (x )now")
        #expect(text.bytes(ofWords: 2..<2).isEmpty)
    }

    @Test func runsAreHashedByTheirWordsAlone() {
        let a = ProblemText("one two three four five").hashes(ofRunsOf: 3)
        let b = ProblemText("zero two three four").hashes(ofRunsOf: 3)
        #expect(a.count == 3)
        #expect(Set(a).count == 3)
        #expect(b.count == 2)
        #expect(a[1] == b[1])
        #expect(a[0] != b[0])
        #expect(ProblemText("one two").hashes(ofRunsOf: 3).count == 1)
        #expect(ProblemText("one two").hashes(ofRunsOf: 3) == ProblemText("One, two").hashes(ofRunsOf: 2))
        #expect(ProblemText("").hashes(ofRunsOf: 3).isEmpty)
    }

    @Test func deepBracesAreLinear() {
        let depth = 200_000
        let text = String(repeating: "{", count: depth) + "a" + String(repeating: "}", count: depth)
        #expect(words(text) == "a")
        #expect(words(String(repeating: "{", count: 5)) == "{{{{{")
    }

    @Test func keysAreThoseOfSHA256() throws {
        // printf 'x +1' | sha256sum
        let key = try ProblemKey(ProblemText("$X + 1$"))
        let digest = try SHA256.digest(of: Array("x +1".utf8))
        #expect(String(key.high, radix: 16) == String(digest.prefix(16).drop { $0 == "0" }))
        #expect(String(key.low, radix: 16) == String(digest.dropFirst(16).prefix(16).drop { $0 == "0" }))
        #expect(try key == ProblemKey(ProblemText("x+1")))
    }
}

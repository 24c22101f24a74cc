import Checkpoints
import Testing

@Suite struct NamePatternTests {
    @Test(arguments: [
        ("*", "", true), ("*", "a.b/c", true), ("a*c", "abc", true), ("a*c", "ab", false),
        ("*.weight", "x.weight", true),
        ("*a*b*", "xxaxxb", true), ("*a*b*c", "abcabd", false), ("?", "é", true), ("?", "", false), ("", "", true),
        ("", "a", false), ("l.[0-3].w", "l.2.w", true), ("l.[0-3].w", "l.4.w", false), ("[!a]", "b", true),
        ("[!a]", "a", false), ("[]]", "]", true), ("[a", "[a", true), ("[a-]", "-", true),
        ("norm", "norm.weight", false),
    ])
    func matches(pattern: String, name: String, expected: Bool) {
        #expect(NamePattern(pattern).matches(name) == expected)
    }

    @Test func manyStarsEnd() {
        let name = String(repeating: "a", count: 5_000)
        #expect(!NamePattern(String(repeating: "a*", count: 50) + "b").matches(name))
    }
}

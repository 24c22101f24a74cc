import JSON
import Testing

@testable import Training

@Suite struct YAMLDocumentTests {
    private func value(_ text: String) throws -> JSONNode { try YAMLDocument(Array(text.utf8)).root }

    private func refusal(_ text: String) -> ConfigurationError? {
        do throws(ConfigurationError) {
            _ = try YAMLDocument(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            ("1e-6", 1e-6), ("1.0e-6", 1e-6), ("1E+3", 1000), ("-.5", -0.5), ("+2.", 2), ("0.1", 0.1), ("00.5", 0.5),
            ("3.e2", 300),
        ] as [(String, Double)])
    func floatsAreThoseOfTheCoreSchema(_ text: String, _ expected: Double) throws {
        #expect(try value(text) == .double(expected))
    }

    @Test(
        arguments: [
            ("12", 12), ("-3", -3), ("+4", 4), ("0o17", 15), ("0xfF", 255), ("010", 10), ("9223372036854775807", .max),
        ] as [(String, Int64)])
    func integersAreThoseOfTheCoreSchema(_ text: String, _ expected: Int64) throws {
        #expect(try value(text) == .int(expected))
    }

    @Test(arguments: [
        "yes", "no", "on", "Off", "y", "1_000", "0b11", "1:30", "e5", ".", "-", "1e", "1.2.3", "--1", "2001-01-01",
        "0x", "<<",
        "tRUE",
    ])
    func otherWordsAreStrings(_ text: String) throws {
        guard text != "-" else { return #expect(try value("\"-\"") == "-") }
        #expect(try value(text) == .string(text))
    }

    @Test func wordsAndQuotes() throws {
        #expect(
            try value("[true, False, null, ~, '1e-6', \"true\", a b ]") == [
                true, false, nil, nil, "1e-6", "true", "a b",
            ])
        #expect(try value("{a: 1, 'b': [x, {c: }]}") == ["a": 1, "b": ["x", ["c": nil]]])
        #expect(try value("a: |\n  two\n  lines\n") == ["a": "two\nlines\n"])
        #expect(try value("\u{FEFF}a: 1 # comment\n") == ["a": 1])
        #expect(try value("\"a\\u00e9\\n\"") == "aé\n")
    }

    @Test func linesAreThoseOfTheKeys() throws {
        let document = try YAMLDocument(Array("a: 1\n\nb:\n  - x\n  - c/d: 2\n    e: 3\n".utf8))
        #expect(document.lines["/a"] == 1)
        #expect(document.lines["/b"] == 3)
        #expect(document.lines["/b/0"] == 4)
        #expect(document.lines["/b/1/c~1d"] == 5)
        #expect(document.lines["/b/1/e"] == 6)
    }

    @Test(
        arguments: [
            ("a: &x 1\nb: *x\n", 1, "anchors"), ("a: 1\nb: *x\n", 2, "aliases"),
            ("a: !!python/object:os.system ls\n", 1, "tags"), ("a: !!str 1\n", 1, "tags"),
            ("a: !mine {b: 1}\n", 1, "tags"),
            ("a: 1\nb: 2\na: 3\n", 3, "line 1"), ("a: 1\n---\nb: 2\n", 2, "second document"), ("", 1, "nothing"),
            ("# only a comment\n", 1, "nothing"), ("a: [1, 2\n", 2, "not YAML"), ("a: 1\n b: 2\n", 2, "not YAML"),
            ("a:\n\t- 1\n", 2, "not YAML"), ("? [a]\n: 1\n", 1, "a key is a word"), ("a: 1e999\n", 1, "exceeds"),
            ("a: 9223372036854775808\n", 1, "64 bits"), ("x: 1\na: .inf\n", 2, "finite"), ("a: .nan\n", 1, "finite"),
            ("a: \"b\\0c\"\n", 1, "zero byte"), ("\"b\\0\": 1\n", 1, "zero byte"),
            ("%YAML 3.0\n---\na: 1\n", 1, "not YAML"),
            ("a: \u{7}\n", 1, "not YAML"), ("*\n", 1, "not YAML"),
        ] as [(String, Int, String)])
    func whatIsRefusedHasALine(_ text: String, _ line: Int, _ word: String) throws {
        let error = try #require(refusal(text))
        #expect(error.line == line, "\(error)")
        #expect(error.description.contains(word), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test func bytesThatAreNoUTF8() throws {
        for bytes: [UInt8] in [[0x61, 0x3A, 0x0A, 0xFF], [0xC3], [0xFF, 0xFE, 0x61, 0], [0xED, 0xA0, 0x80], [0]] {
            #expect(throws: ConfigurationError.self) { try YAMLDocument(bytes) }
        }
    }

    @Test func depthAndSizeAreBounded() throws {
        let deepest = YAMLDocument.deepestNesting
        _ = try value(String(repeating: "[", count: deepest) + String(repeating: "]", count: deepest))
        for opening in ["[", "{a: "] {
            let deep = try #require(refusal(String(repeating: opening, count: 100_000)))
            #expect(deep.description.contains("nested") || deep.description.contains("not YAML"), "\(deep)")
        }
        let blocks = (0..<2000).map { String(repeating: " ", count: $0 % 500) + "- \n" }.joined()
        #expect(refusal(blocks) != nil)
        let large = try #require(refusal("a: " + String(repeating: "x", count: 1 << 20)))
        #expect(large.description.contains("bytes"))
    }

    @Test func laughsDoNotMultiply() throws {
        var text = "a0: &a0 [lol]\n"
        for level in 1..<10 {
            text += "a\(level): &a\(level) [" + (0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ",") + "]\n"
        }
        #expect(try #require(refusal(text)).line == 1)
    }

    @Test func keysOnSeveralLinesMakeOneLineErrors() throws {
        let error = try #require(refusal("\"a\\nb\": 1\n\"a\\nb\": 2\n"))
        #expect(error.description == "line 2: a\\u{a}b: stands on line 1 already")
    }

    /// Damaged texts are read or refused, and never crash.
    @Test func damagedTextsAreReadOrRefused() throws {
        let text = Array("a: [1, {b: 'c', d: \"e\\x41\"}]\nf: >-\n  g\n  h\ni:\n- j\n- !t &k *l\n? m\n: n\n---\no".utf8)
        var state: UInt64 = 7
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        let marks = Array("[]{}:-?!&*#|>'\"%@`,\n \t".utf8)
        for _ in 0..<20_000 {
            var bytes = text
            for _ in 0..<(1 + random(4)) {
                switch random(3) {
                case 0: bytes[random(bytes.count)] = UInt8(random(256))
                case 1: bytes.remove(at: random(bytes.count))
                default: bytes.insert(marks[random(marks.count)], at: random(bytes.count))
                }
            }
            do throws(ConfigurationError) {
                _ = try YAMLDocument(bytes)
            } catch {
                #expect(!error.description.utf8.contains(0x0A))
            }
        }
    }
}

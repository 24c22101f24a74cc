import JSON
import Testing

@testable import Tokenization

/// Files from strangers end in an error that names what is wrong, never in a crash.
@Suite struct BrokenFileTests {
    /// The message of the error that loading ends with, or nil where it loads.
    private func message(_ file: TokenizerFile) throws -> String? {
        let bytes = try file.bytes()
        do throws(TokenizerError) {
            _ = try Tokenizer(json: bytes, name: "test.json")
            return nil
        } catch {
            let message = "\(error)"
            #expect(!message.contains("\n") && !message.isEmpty)
            return message
        }
    }

    @Test func theFileItselfLoads() throws {
        let tokenizer = try TokenizerFile().tokenizer()
        #expect(try TokenEncoder(tokenizer).encode("abca <s>b") == [5, 1, 6, 0, 2])
    }

    // The model

    @Test(arguments: ["WordPiece", "Unigram", "WordLevel", "Unheard"])
    func otherModels(_ name: String) throws {
        let message = try #require(try message(TokenizerFile().with(["model", "type"], .string(name))))
        #expect(message.contains("model \(name)") && message.contains("test.json"))
    }

    @Test func modelsWithoutType() throws {
        let file = TokenizerFile().with(["model", "type"], nil)
        #expect(try message(file) == nil)
        #expect(try message(file.with(["model", "merges"], nil))?.contains("unnamed") == true)
    }

    @Test func dropout() throws {
        #expect(try message(TokenizerFile().with(["model", "dropout"], 0.1))?.contains("dropout") == true)
        #expect(try message(TokenizerFile().with(["model", "dropout"], "x"))?.contains("dropout") == true)
        #expect(try message(TokenizerFile().with(["model", "dropout"], 0)) == nil)
        #expect(try message(TokenizerFile().with(["model", "dropout"], 0.0)) == nil)
    }

    @Test(
        arguments: [
            -1, 268_435_456, 2_147_483_648, 4_294_967_297, 10_000_000, .int(.max), .int(.min), .unsigned(.max), 1.0,
            1.5,
            "1", nil, true, [], [:],
        ] as [JSONNode])
    func badIDs(_ id: JSONNode) throws {
        let message = try #require(try message(TokenizerFile().with(["model", "vocab", "b"], id)))
        #expect(message.contains("model.vocab") && message.contains("'b'"))
    }

    @Test(
        arguments: [
            (["a", "x"], "ax"), (["x", "a"], "xa"), (["b", "c"], "bc"), (["a"], "pair"), (["a", "b", "c"], "pair"),
            ([], "pair"), (["a", 1], "pair"), ("ab", "space"), ("a b c", "space"), ("", "space"), ("x y", "xy"),
            (7, "neither"), (nil, "neither"), (["a": "b"], "neither"),
        ] as [(JSONNode, String)])
    func badMerges(_ merge: JSONNode, _ expected: String) throws {
        let message = try #require(try message(TokenizerFile().with(["model", "merges", 1], merge)))
        #expect(message.contains("model.merges") && message.contains("number 2") && message.contains(expected))
    }

    @Test func legacyMerges() throws {
        let tokenizer = try TokenizerFile().with(["model", "merges"], ["#version: 0.2", "a b", "ab c"]).tokenizer()
        #expect(try TokenEncoder(tokenizer).encode("abcab") == [5, 4])
    }

    /// The halves of the list are read at the same time; of several bad entries the first is named all the same.
    @Test(arguments: [[0, 3], [1, 2], [2, 3], [3, 3]])
    func theFirstBadMergeIsNamed(bad: [Int]) throws {
        var merges: [JSONNode] = ["a b", "ab c", "a b", "ab c"]
        for index in bad { merges[index] = .string("no\(index) b") }
        let message = try #require(try message(TokenizerFile().with(["model", "merges"], .array(merges))))
        #expect(message.contains("number \(bad[0] + 1),") && message.contains("'no\(bad[0])b'"))
        // The version line has no number.
        let message2 = try #require(
            try self.message(TokenizerFile().with(["model", "merges"], .array(["#version: 0.2"] + merges))))
        #expect(message2.contains("number \(bad[0] + 1),"))
    }

    @Test func prefixLongerThanTheRightHandSide() throws {
        let file = TokenizerFile().with(["model", "continuing_subword_prefix"], "####")
        #expect(try message(file)?.contains("model.merges") == true)
    }

    @Test func unknownTokenThatIsNotThere() throws {
        let tokenizer = try TokenizerFile().with(["model", "unk_token"], "<unk>").tokenizer()
        let encoder = TokenEncoder(tokenizer)
        #expect(try encoder.encode("abc") == [5])
        #expect(throws: TokenizerError.unknownTokenMissing(token: "<unk>")) { try encoder.encode("xyz") }
        #expect(try TokenEncoder(TokenizerFile().tokenizer()).encode("xaybz") == [4])
    }

    // The components around it

    private static let otherComponents: [(String, [String])] = [
        ("normalizer", ["BertNormalizer", "StripAccents", "Nmt", "Precompiled", "ByteLevel", "Unheard", "nfc"]),
        (
            "pre_tokenizer",
            [
                "Whitespace", "WhitespaceSplit", "BertPreTokenizer", "UnicodeScripts", "CharDelimiterSplit",
                "FixedLength",
            ]
        ),
        ("post_processor", ["Unheard"]), ("decoder", ["WordPiece", "CTC", "Unheard"]),
    ]
    private static let sequences = [
        "normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "post_processor": "processors",
        "decoder": "decoders",
    ]

    @Test(arguments: otherComponents)
    func otherComponentsAreNamed(_ place: String, _ names: [String]) throws {
        let key = TokenizerFile.Step.key(place)
        for name in names {
            let component: JSONNode = ["type": .string(name)]
            #expect(try message(TokenizerFile().with([key], component))?.contains(" \(name) ") == true)
            let list = Self.sequences[place] ?? ""
            let sequence: JSONNode = .object([("type", "Sequence"), (list, .array([component]))])
            #expect(try message(TokenizerFile().with([key], sequence))?.contains(" \(name) ") == true)
        }
        for wrong in [7, "NFC", [], [:], ["type": nil], ["type": 3], ["type": "Sequence"]] as [JSONNode] {
            #expect(try message(TokenizerFile().with([key], wrong))?.contains(place) == true, "\(wrong)")
        }
    }

    @Test(
        arguments: [
            ("normalizer", ["type": "Replace", "content": "x"], "pattern"),
            ("normalizer", ["type": "Replace", "pattern": [:], "content": "x"], "normalizer.pattern"),
            ("normalizer", ["type": "Replace", "pattern": ["Regex": 3], "content": "x"], "normalizer.pattern.Regex"),
            ("normalizer", ["type": "Replace", "pattern": ["Regex": "("], "content": "x"], "'('"),
            ("normalizer", ["type": "Replace", "pattern": ["String": "a"]], "content"),
            ("normalizer", ["type": "Replace", "pattern": ["String": ""], "content": "x"], "empty string"),
            ("normalizer", ["type": "Prepend"], "prepend"),
            ("normalizer", ["type": "Strip", "strip_left": true], "strip_right"),
            ("normalizer", ["type": "Sequence", "normalizers": [:]], "normalizer.normalizers"),
            ("normalizer", ["type": "Sequence", "normalizers": [["type": "NFC"], 3]], "normalizer.normalizers[1]"),
            ("pre_tokenizer", ["type": "Split", "behavior": "Isolated", "invert": false], "pattern"),
            ("pre_tokenizer", ["type": "Split", "pattern": ["String": "a"], "invert": false], "behavior"),
            ("pre_tokenizer", ["type": "Split", "pattern": ["String": "a"], "behavior": "Isolated"], "invert"),
            ("pre_tokenizer", ["type": "Split", "pattern": ["String": "a"], "behavior": "X", "invert": false], "'X'"),
            ("pre_tokenizer", ["type": "ByteLevel"], "add_prefix_space"),
            ("pre_tokenizer", ["type": "ByteLevel", "add_prefix_space": 1], "pre_tokenizer.add_prefix_space"),
            ("pre_tokenizer", ["type": "Digits", "individual_digits": "yes"], "pre_tokenizer.individual_digits"),
            ("pre_tokenizer", ["type": "Punctuation", "behavior": "Sideways"], "'Sideways'"),
            ("pre_tokenizer", ["type": "Metaspace", "replacement": "ab"], "several"),
            ("pre_tokenizer", ["type": "Metaspace", "replacement": ""], "replacement"),
            ("pre_tokenizer", ["type": "Metaspace", "replacement": "_", "prepend_scheme": "last"], "'last'"),
            (
                "pre_tokenizer", ["type": "Metaspace", "replacement": "_", "add_prefix_space": false],
                "add_prefix_space"
            ),
            ("post_processor", ["type": "TemplateProcessing", "single": []], "special_tokens"),
            ("post_processor", ["type": "TemplateProcessing", "special_tokens": [:]], "single"),
            ("post_processor", ["type": "TemplateProcessing", "special_tokens": [:], "single": [[:]]], "single[0]"),
            (
                "post_processor",
                ["type": "TemplateProcessing", "special_tokens": [:], "single": [["SpecialToken": ["id": "<s>"]]]],
                "<s>"
            ),
            (
                "post_processor",
                ["type": "TemplateProcessing", "special_tokens": [:], "single": [["Sequence": ["id": "B"]]]], "second"
            ),
            (
                "post_processor",
                [
                    "type": "TemplateProcessing", "special_tokens": ["<s>": ["ids": [5_000_000_000]]],
                    "single": [["SpecialToken": ["id": "<s>"]]],
                ], "token id"
            ),
            (
                "post_processor",
                [
                    "type": "TemplateProcessing", "special_tokens": ["<s>": ["ids": [-1]]],
                    "single": [["SpecialToken": ["id": "<s>"]]],
                ], "token id"
            ),
            ("post_processor", ["type": "BertProcessing", "cls": ["a", -1], "sep": ["b", 2]], "cls"),
            ("post_processor", ["type": "RobertaProcessing", "cls": ["a", 1], "sep": ["b", -2]], "sep"),
            ("post_processor", ["type": "BertProcessing", "cls": ["a", 1]], "sep"),
            ("post_processor", ["type": "RobertaProcessing", "cls": ["a"], "sep": ["b", 2]], "cls"),
            ("post_processor", ["type": "BertProcessing", "cls": ["a", "b"], "sep": ["b", 2]], "cls"),
            ("decoder", ["type": "Strip", "content": " ", "start": -1, "stop": 0], "negative"),
            ("decoder", ["type": "Strip", "content": " ", "start": 1], "stop"),
            ("decoder", ["type": "Strip", "content": " ", "start": 1.5, "stop": 0], "decoder.start"),
            ("decoder", ["type": "Strip", "content": "ab", "start": 1, "stop": 0], "one character"),
            ("decoder", ["type": "Strip", "content": "", "start": 1, "stop": 0], "one character"),
            ("decoder", ["type": "Metaspace"], "replacement"),
            ("decoder", ["type": "BPEDecoder", "suffix": 3], "decoder.suffix"),
        ] as [(String, JSONNode, String)])
    func badComponents(_ place: String, _ component: JSONNode, _ expected: String) throws {
        let message = try #require(try message(TokenizerFile().with([.key(place)], component)))
        #expect(message.contains(expected), "\(message)")
    }

    @Test(arguments: ["content", "single_word", "lstrip", "rstrip", "normalized", "special"])
    func addedTokensNeedTheirFields(_ field: String) throws {
        for wrong in [nil, 3, [:]] as [JSONNode?] {
            let file = TokenizerFile().with(["added_tokens", 0, .key(field)], wrong)
            let message = try #require(try message(file))
            #expect(message.contains("added_tokens[0]") && message.contains(field), "\(message)")
        }
    }

    @Test(arguments: ["model", "added_tokens"])
    func sectionsOfTheWrongKind(_ section: String) throws {
        for wrong in [3, "x", true] as [JSONNode] {
            #expect(try message(TokenizerFile().with([.key(section)], wrong)) != nil)
        }
        for wrong in [[], nil, "x"] as [JSONNode] {
            #expect(try message(TokenizerFile().with(["model", "vocab"], wrong))?.contains("vocab") == true)
        }
        for wrong in [[:], nil, "x"] as [JSONNode] {
            #expect(try message(TokenizerFile().with(["model", "merges"], wrong))?.contains("merges") == true)
        }
        #expect(try message(TokenizerFile().with(["added_tokens"], nil)) == nil)
    }

    @Test(arguments: ["", " ", "nul", "3", "[]", "\"x\"", "{", "{}", "{\"model\":{}}", "\u{0}", "{\"model\":null}"])
    func otherTexts(_ text: String) {
        #expect(throws: TokenizerError.self) { try Tokenizer(json: utf8(text), name: "test.json") }
    }

    // Damage of all kinds

    @Test(arguments: ["phi3", "llama3"])
    func truncated(_ name: String) throws {
        let bytes = try TokenizerFile(Golden(name).document).bytes()
        for step in 0..<200 {
            let length = bytes.count * step / 200
            do throws(TokenizerError) {
                _ = try Tokenizer(json: Array(bytes[..<length]), name: "test.json")
                Issue.record("loaded \(length) bytes")
            } catch {
                guard case .malformed("test.json", _) = error else {
                    Issue.record("\(length) bytes: \(error)")
                    continue
                }
            }
        }
    }

    /// Every value replaced by one of every other kind: an error, or a tokenizer that encodes and decodes.
    @Test(arguments: ["phi3", "llama3", "deepseek-v3", "metaspace-first-split", "processor-bert", "affix-word-suffix"])
    func everyFieldOfTheWrongKind(_ name: String) throws {
        let file = TokenizerFile(try Golden(name).document)
        let wrong: [JSONNode?] = [nil, .null, true, 3, -1, .int(.max), 1.5, "", "x", [], [3], [:], ["type": "x"]]
        var refused = 0
        for path in file.paths() where !path.isEmpty {
            for value in wrong {
                if try survives(file.with(path, value)) == false { refused += 1 }
            }
        }
        #expect(refused > 200)
    }

    /// Bytes changed at random: an error, or a tokenizer that encodes and decodes.
    @Test(arguments: ["qwen2", "phi3", "added-tokens-lowercase"])
    func randomDamage(_ name: String) throws {
        let bytes = try TokenizerFile(Golden(name).document).bytes()
        var generator = SplitMix64(seed: 14)
        for _ in 0..<caseCount(1_500) {
            var damaged = bytes
            for _ in 0...generator.below(3) {
                let index = generator.below(damaged.count)
                switch generator.below(3) {
                case 0: damaged[index] = UInt8(generator.below(128))
                case 1: damaged.remove(at: index)
                default: damaged.insert(generator.pick(utf8("{}[],:\"0-e\\ 9")), at: index)
                }
            }
            _ = try survives(damaged)
        }
    }

    private func survives(_ file: TokenizerFile) throws -> Bool {
        try survives(file.bytes())
    }

    /// Whether the file loads; then it has to encode and decode without a crash.
    private func survives(_ bytes: [UInt8]) throws -> Bool {
        do throws(TokenizerError) {
            let tokenizer = try Tokenizer(json: bytes, name: "test.json")
            let encoder = TokenEncoder(tokenizer)
            for text in ["the quick  brown\n\n<s>fox's 1234 é漢ア・👍", ""] {
                do throws(TokenizerError) {
                    let ids = try encoder.encode(text, addingSpecialTokens: true)
                    _ = try tokenizer.decode(ids)
                    _ = try tokenizer.decode(ids, skippingSpecialTokens: true)
                } catch {
                    #expect(!"\(error)".isEmpty)
                }
            }
            return true
        } catch {
            #expect(!"\(error)".contains("\n"))
            return false
        }
    }

    // Nesting

    @Test func nestingWithinTheLimit() throws {
        var normalizer: JSONNode = ["type": "Lowercase"]
        var decoder: JSONNode = ["type": "Fuse"]
        var steps: JSONNode = ["type": "Digits", "individual_digits": true]
        var processor: JSONNode = ["type": "ByteLevel"]
        for _ in 0..<200 {
            normalizer = ["type": "Sequence", "normalizers": [normalizer]]
            decoder = ["type": "Sequence", "decoders": [decoder]]
            steps = ["type": "Sequence", "pretokenizers": [steps]]
            processor = ["type": "Sequence", "processors": [processor]]
        }
        let tokenizer = try TokenizerFile().with(["normalizer"], normalizer).with(["decoder"], decoder)
            .with(["pre_tokenizer"], steps).with(["post_processor"], processor).tokenizer()
        let ids = try TokenEncoder(tokenizer).encode("AB c", addingSpecialTokens: true)
        #expect(ids == [4, 6, 3])
        #expect(try tokenizer.decode(ids) == "ab c")
    }

    @Test(arguments: ["[", "{\"normalizer\":"])
    func nestingWithoutEnd(_ opening: String) {
        let text = String(repeating: opening, count: 200_000)
        #expect(throws: TokenizerError.self) { try Tokenizer(json: utf8(text), name: "test.json") }
        let closed = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(throws: TokenizerError.self) { try Tokenizer(json: utf8(closed), name: "test.json") }
    }
}

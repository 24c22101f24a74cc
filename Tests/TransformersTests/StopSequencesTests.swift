import Testing

@testable import Transformers

@Suite struct StopSequencesTests {
    /// All text that is given out for pieces of bytes, and what matched.
    func run(_ strings: [String], _ pieces: [[UInt8]]) throws -> (text: String, match: String?) {
        var matcher = try StopSequences(strings: strings).matcher()
        var text = ""
        for piece in pieces { text += matcher.append(piece) }
        text += matcher.finish()
        return (text, matcher.match)
    }

    /// Where the first stop string that is whole ends the text, looked for from every place.
    func cut(_ text: [UInt8], _ strings: [String]) -> (text: String, match: String?) {
        for end in 0...text.count {
            let found = strings.filter { text[..<end].reversed().starts(with: $0.utf8.reversed()) }
            if let longest = found.max(by: { $0.utf8.count < $1.utf8.count }) {
                return (String(decoding: text[..<(end - longest.utf8.count)], as: UTF8.self), longest)
            }
        }
        return (String(decoding: text, as: UTF8.self), nil)
    }

    @Test func acrossPieces() throws {
        let found = try run(["</s>", "\n\n"], ["Hello <", "/", "s", "> never"].map { Array($0.utf8) })
        #expect(found == ("Hello ", "</s>"))
    }

    @Test func whatIsCertainComesAtOnce() throws {
        var matcher = try StopSequences(strings: ["END"]).matcher()
        #expect(matcher.append("some ".utf8) == "some ")
        #expect(matcher.append("EN".utf8) == "")
        #expect(matcher.append("E".utf8) == "EN")
        #expect(matcher.append("NDED".utf8) == "")
        #expect(matcher.match == "END")
        #expect(matcher.append("more".utf8) == "" && matcher.finish() == "")
    }

    @Test func beginningsThatOverlap() throws {
        #expect(try run(["aab"], [Array("aaab".utf8)]) == ("a", "aab"))
        #expect(try run(["abab", "babb"], [Array("ababb".utf8)]) == ("", "abab"))
        #expect(try run(["b", "ab"], [Array("xab".utf8)]) == ("x", "ab"))
        #expect(try run(["abcd", "bc"], [Array("abcd".utf8)]) == ("a", "bc"))
    }

    @Test func scalarsStayWhole() throws {
        var matcher = try StopSequences().matcher()
        let bytes = Array("é€😀".utf8)
        #expect(bytes.map { matcher.append([$0]) } == ["", "é", "", "", "€", "", "", "", "😀"])
        #expect(try run([], [[0xE2, 0x82], [0x41, 0xFF, 0xF0]]) == ("\u{FFFD}A\u{FFFD}\u{FFFD}", nil))
        #expect(try run(["€"], [[0x61, 0xE2], [0x82], [0xAC, 0x62]]) == ("a", "€"))
    }

    @Test func everySplitOfEveryText() throws {
        // Texts of few letters are full of almost-matches; every cut into pieces gives what looking at the whole gives.
        var state: UInt64 = 1
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let alphabet = ["a", "b", "é", "€", "\u{FF}"]
        for _ in 0..<3000 {
            func word(_ length: Int) -> String { (0..<length).map { _ in alphabet[random(5)] }.joined() }
            let strings = (0..<random(4)).map { _ in word(1 + random(4)) }
            var bytes = Array(word(random(20)).utf8)
            // Damage, so that not all is UTF-8.
            if !bytes.isEmpty, random(3) == 0 { bytes[random(bytes.count)] = UInt8(random(256)) }
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = min(1 + random(4), rest.count)
                pieces.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let found = try run(strings, pieces)
            let expected = cut(bytes, strings)
            #expect(
                Array(found.text.utf8) == Array(expected.text.utf8) && found.match == expected.match,
                "\(strings) \(pieces)")
        }
    }

    @Test func ids() throws {
        let stops = try StopSequences(ids: [2, 7])
        #expect(stops.contains(7) && !stops.contains(3))
        #expect(throws: SamplingError.emptyStopString) { try StopSequences(strings: ["a", ""]) }
    }
}

import Files
import JSON
import TestFixtures
import Testing

@Suite struct JSONParserTests {
    struct Rejected: CustomTestStringConvertible {
        let text: [UInt8]
        let code: JSONError.Code
        let byte: Int

        init(_ text: String, _ code: JSONError.Code, _ byte: Int) {
            self.init(Array(text.utf8), code, byte)
        }

        init(_ text: [UInt8], _ code: JSONError.Code, _ byte: Int) {
            self.text = text
            self.code = code
            self.byte = byte
        }

        var testDescription: String { String(decoding: text.prefix(40), as: UTF8.self) }
    }

    static let accepted: [String] = [
        "null", "true", "false", "0", "-0", "0.0", "-1.5e-3", "1E+2", "1e-400", "9223372036854775807",
        "-9223372036854775808", "18446744073709551615", "1.7976931348623157e308", "\"\"", "\"\\u0000\"",
        "\"\\ud834\\udd1e\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"é€😀\u{7F}\u{2028}\"", "[]", "{}", "[ ]", "{ }",
        " \t\r\n[1 , 2]\n", "{\"\":0}", "{\"a\":1,\"a\":2}", "[[],{},[{}]]", "\"\\uDBFF\\uDFFF\"", "[\"\\\\\"]",
        "\u{FEFF}[1]",
        String(repeating: "[", count: 512) + String(repeating: "]", count: 512),
    ]

    static let rejected: [Rejected] = [
        Rejected("", .empty, 0), Rejected("  \n", .empty, 3), Rejected("\u{FEFF}", .empty, 3),
        Rejected("[", .unexpectedEnd, 1), Rejected("[1", .unexpectedEnd, 2), Rejected("[1,", .unexpectedEnd, 3),
        Rejected("{\"a\":", .unexpectedEnd, 5), Rejected("{\"a\"", .unexpectedEnd, 4),
        Rejected("tru", .unexpectedEnd, 3),
        Rejected("-", .unexpectedEnd, 1), Rejected("1.", .unexpectedEnd, 2), Rejected("1e+", .unexpectedEnd, 3),
        Rejected("[1,]", .unexpectedCharacter, 3), Rejected("[,1]", .unexpectedCharacter, 1),
        Rejected("[1 2]", .unexpectedCharacter, 3), Rejected("{\"a\" 1}", .unexpectedCharacter, 5),
        Rejected("{\"a\":1,}", .unexpectedCharacter, 7), Rejected("{a:1}", .unexpectedCharacter, 1),
        Rejected("{1:1}", .unexpectedCharacter, 1), Rejected("{'a':1}", .unexpectedCharacter, 1),
        Rejected("[1}", .unexpectedCharacter, 2), Rejected("{\"a\":1]", .unexpectedCharacter, 6),
        Rejected("]", .unexpectedCharacter, 0), Rejected("nul", .unexpectedEnd, 3),
        Rejected("nulL", .unexpectedCharacter, 3),
        Rejected("NaN", .unexpectedCharacter, 0), Rejected("Infinity", .unexpectedCharacter, 0),
        Rejected("-Infinity", .invalidNumber, 1), Rejected("+1", .unexpectedCharacter, 0),
        Rejected(".5", .unexpectedCharacter, 0), Rejected("1.e1", .invalidNumber, 2), Rejected("01", .invalidNumber, 0),
        Rejected("-01", .invalidNumber, 1), Rejected("1a", .unexpectedCharacter, 1),
        Rejected("0x1", .unexpectedCharacter, 1),
        Rejected("truex", .unexpectedCharacter, 4), Rejected("1 2", .trailingData, 2),
        Rejected("{}{}", .trailingData, 2),
        Rejected("[]]", .trailingData, 2), Rejected("[1] // x", .trailingData, 4),
        Rejected("/**/1", .unexpectedCharacter, 0),
        Rejected("[é]", .unexpectedCharacter, 1),
        Rejected("[\"abc", .unterminatedString, 1), Rejected("\"a\\\"", .unterminatedString, 0),
        Rejected("\"\\u12", .unterminatedString, 0), Rejected("\"a\nb\"", .controlCharacter, 2),
        Rejected([0x22, 0x00, 0x22], .controlCharacter, 1), Rejected([0x22, 0x1F, 0x22], .controlCharacter, 1),
        Rejected("[\"\\x41\"]", .invalidEscape, 2), Rejected("\"\\u12G4\"", .invalidEscape, 1),
        Rejected("\"\\U1234\"", .invalidEscape, 1), Rejected("[\"x\\ud800\"]", .loneSurrogate, 3),
        Rejected("\"\\udc00\"", .loneSurrogate, 1), Rejected("\"\\ud800\\u0041\"", .loneSurrogate, 1),
        Rejected("\"\\ud800\\ud800\"", .loneSurrogate, 1), Rejected("\"\\ud800\\n\"", .loneSurrogate, 1),
        Rejected([0x22, 0xFF, 0x22], .invalidUTF8, 1), Rejected([0x22, 0xC0, 0x80, 0x22], .invalidUTF8, 1),
        Rejected([0x22, 0xE2, 0x82, 0x22], .invalidUTF8, 1), Rejected([0x22, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8, 1),
        Rejected([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidUTF8, 1), Rejected([0x5B, 0x80, 0x5D], .invalidUTF8, 1),
        Rejected([0x22, 0xE0, 0x9F, 0xBF, 0x22], .invalidUTF8, 1), Rejected([0x22, 0xF0], .invalidUTF8, 1),
        Rejected("[18446744073709551616]", .numberOutOfRange, 1),
        Rejected("-9223372036854775809", .numberOutOfRange, 0),
        Rejected("[1, 1e400]", .numberOutOfRange, 4), Rejected("-1e999", .numberOutOfRange, 0),
        Rejected(String(repeating: "[", count: 513) + String(repeating: "]", count: 513), .tooDeep, 512),
    ]

    @Test(arguments: accepted) func accepts(text: String) throws {
        _ = try JSONDocument.parsing(text)
    }

    @Test(arguments: rejected) func rejects(wrong: Rejected) throws {
        do throws(JSONError) {
            _ = try JSONDocument.parsing(wrong.text)
            Issue.record("accepted")
        } catch {
            #expect(error.code == wrong.code, "\(error)")
            #expect(error.byte == wrong.byte, "\(error)")
        }
    }

    @Test func lineAndColumn() throws {
        let error = try #require(throws: JSONError.self) { try JSONDocument.parsing("{\n  \"a\": 1,\n  \"b\" 2\n}") }
        #expect((error.line, error.column, error.byte) == (3, 7, 18))
        #expect(error.description == "line 3, column 7 (byte 18): unexpected '2', expected ':' after the key")
    }

    /// Texts made by damaging valid ones: either parser and validator agree that they are valid, or an error has a place.
    @Test func everyDamagedTextIsAcceptedOrPlaced() throws {
        let whole = Array("{\"a\": [1, -2.5e3, true, null, \"x\\u00e9\\n\\ud834\\udd1eé\"], \"b\": {\"c\": []}}".utf8)
        for index in whole.indices {
            for byte: UInt8 in [0x00, 0x20, 0x22, 0x2C, 0x30, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0x80, 0xED, 0xFF] {
                var text = whole
                text[index] = byte
                do throws(JSONError) {
                    _ = try JSONDocument.parsing(text)
                } catch {
                    #expect(error.code != .refused, "\(String(decoding: text, as: UTF8.self))")
                    #expect(error.byte <= text.count)
                }
            }
            #expect(throws: JSONError.self) { try JSONDocument.parsing(Array(whole[..<index])) }
        }
    }

    @Test func valuesOutliveTheNextParse() throws {
        var parser = try JSONParser()
        let first = try parser.parse(Array("{\"key\": \"first value\"}".utf8)).root
        let second = try parser.parse(Array("{\"key\": \"second\"}".utf8)).root
        for number in 0..<100 { #expect(try parser.parse(Array("[\(number)]".utf8)).root[0]?.int == number) }
        #expect(first["key"]?.string == "first value")
        #expect(second["key"]?.string == "second")
    }

    @Test func parserRecoversAndGrows() throws {
        var parser = try JSONParser()
        for length in [1, 100, 10, 5000, 4095, 4096, 4097, 200_000, 3] {
            #expect(throws: JSONError.self) { try JSONDocument.parsing("[") }
            let text = Array("[\"\(String(repeating: "a", count: length))\"]".utf8)
            #expect(try parser.parse(text).root[0]?.string?.utf8.count == length)
            do throws(JSONError) { _ = try parser.parse(Array(text.dropLast())) } catch {
                #expect(error.code == .unexpectedEnd)
                #expect(error.byte == text.count - 1)
            }
        }
    }

    /// The parser reads past the end of a text: what lies there must not matter.
    @Test func bytesAfterTheTextAreNotSeen() throws {
        let bytes = Array("[12345678]".utf8)
        for length in 0..<bytes.count {
            _ = bytes.withUnsafeBytes { all in
                #expect(throws: JSONError.self) {
                    try JSONDocument.parsing(UnsafeRawBufferPointer(rebasing: all[..<length]))
                }
            }
        }
        let number = try bytes.withUnsafeBytes { try JSONDocument.parsing(UnsafeRawBufferPointer(rebasing: $0[1..<4])) }
        #expect(number.root.int == 123)
    }

    @Test func files() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.json", "{\"a\": 1}")
        #expect(try JSONDocument.contents(ofFileAt: path).root["a"]?.int == 1)
        let small = try #require(throws: JSONError.self) { try JSONDocument.contents(ofFileAt: path, limit: 7) }
        guard case .unreadable(let cause) = small.code else { Issue.record("\(small)"); return }
        #expect(cause.code == .tooLarge)
        let wrong = try directory.write("b.json", "{\"a\": }")
        let error = try #require(throws: JSONError.self) { try JSONDocument.contents(ofFileAt: wrong) }
        #expect(error.description == "\(wrong): line 1, column 7 (byte 6): unexpected '}', expected a value")
    }

    @Test func integersThatDoNotFitAreRoundedOnRequest() throws {
        let directory = try TemporaryDirectory()
        let text = #"{"a": 1000000000000000019884624838656, "b": [-99999999999999999999], "c": 7}"#
        let path = try directory.write("large.json", text)
        #expect(throws: JSONError.self) { try JSONDocument.contents(ofFileAt: path) }
        let root = try JSONDocument.contents(ofFileAt: path, roundsLargeIntegers: true).root
        #expect(root["a"]?.double == 1e30 && root["b"]?[0]?.double == -1e20 && root["c"]?.int64 == 7)
        let many = try directory.write(
            "many.json", "[" + [String](repeating: "99999999999999999999", count: 17).joined(separator: ",") + "]")
        #expect(throws: JSONError.self) { try JSONDocument.contents(ofFileAt: many, roundsLargeIntegers: true) }
        let broken = try directory.write("broken.json", "{\"a\": 99999999999999999999x}")
        #expect(throws: JSONError.self) { try JSONDocument.contents(ofFileAt: broken, roundsLargeIntegers: true) }
    }
}

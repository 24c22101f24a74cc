import JSON
import Testing

@testable import Reports

@Suite struct HTMLTextTests {
    @Test func whatHasAMeaningIsReplaced() {
        #expect(
            HTMLText.escaped("<script>alert('a' && \"b\")</script>")
                == "&lt;script&gt;alert(&#39;a&#39; &amp;&amp; &quot;b&quot;)&lt;/script&gt;")
    }

    @Test(arguments: [
        "</script><script>window.hacked=1</script>", "<!--<script>", "]]>", "a & b", "\u{2028}\u{2029}",
        "\u{202E}esrever\u{202C}",
        "\u{2066}\u{2067}\u{2068}\u{2069}\u{200E}\u{200F}\u{061C}", "NUL \0 and \u{7}", "\u{FFFD} \u{1F389} \u{5D0}",
        "\\u003c",
    ])
    func dataStaysWhatItIsAndEndsNoElement(text: String) throws {
        let bytes = try ScriptData.bytes(["text": .string(text)])
        #expect(JSONNode(try JSONDocument.parsing(bytes).root) == ["text": .string(text)])
        let source = String(decoding: bytes, as: UTF8.self)
        for sign: Character in ["<", ">", "&"] { #expect(!source.contains(sign)) }
        let hidden: [ClosedRange<UInt32>] = [
            0x61C...0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0...0x1F,
        ]
        #expect(!source.unicodeScalars.contains { scalar in hidden.contains { $0.contains(scalar.value) } })
    }

    @Test func digestsAreInBase64() throws {
        #expect(Digest.base64(Array("any carnal pleas".utf8)) == "YW55IGNhcm5hbCBwbGVhcw==")
        #expect(Digest.base64(Array("any carnal pleasu".utf8)) == "YW55IGNhcm5hbCBwbGVhc3U=")
        #expect(Digest.base64(Array("any carnal pleasur".utf8)) == "YW55IGNhcm5hbCBwbGVhc3Vy")
        // The digest of nothing, as RFC 6234 has it, in base 64.
        #expect(try Digest.source([]) == "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    }

    @Test func numbersKeepTheirDigits() {
        #expect(PageNumber.node(0.0123456) == .double(0.01235))
        #expect(PageNumber.node(1e-30) == .double(1e-30))
        #expect(PageNumber.node(123456) == .int(123500))
        #expect(PageNumber.node(-0.99999) == .int(-1))
        #expect(PageNumber.node(0) == .int(0))
        #expect(PageNumber.node(.nan) == .null)
        #expect(PageNumber.node(-.infinity) == .string("-inf"))
        #expect(PageNumber.text(-0.25) == "\u{2212}0.25" && PageNumber.text(.nan) == "\u{2013}")
        #expect(PageNumber.rounded(.leastNonzeroMagnitude, digits: 4) == .leastNonzeroMagnitude)
        #expect(PageNumber.rounded(.greatestFiniteMagnitude, digits: 4) == .greatestFiniteMagnitude)
    }
}

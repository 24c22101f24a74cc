import JSON
import Testing

@Suite struct JSONWriterTests {
    @Test func compact() throws {
        let node: JSONNode = ["b": [1, -2.5, nil, true], "a": ["x": "y"], "e": [], "f": [:]]
        #expect(try JSONWriter().string(node) == "{\"b\":[1,-2.5,null,true],\"a\":{\"x\":\"y\"},\"e\":[],\"f\":{}}")
    }

    @Test func pretty() throws {
        let node: JSONNode = ["b": [1, []], "a": [:]]
        #expect(
            try JSONWriter(isPretty: true).string(node) == """
                {
                  "b": [
                    1,
                    []
                  ],
                  "a": {}
                }
                """)
    }

    @Test func escapes() throws {
        let text = "\"\\/\u{8}\u{C}\n\r\t\0\u{1F}\u{1B}\u{7F}é😀\u{2028}"
        #expect(
            try JSONWriter().string(.string(text))
                == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u001b\u{7F}é😀\u{2028}\"")
    }

    @Test(arguments: [
        (0.1, "0.1"), (-0.0, "-0.0"), (1e21, "1e+21"), (Double.leastNonzeroMagnitude, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (100, "100.0"), (1.0 / 3, "0.3333333333333333"),
    ])
    func doubles(value: Double, text: String) throws {
        #expect(try JSONWriter().string(.double(value)) == text)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity]) func notFinite(value: Double) throws {
        let error = try #require(throws: JSONError.self) { try JSONWriter().string([.double(value)]) }
        #expect(error.code == .notFinite)
    }

    @Test(arguments: 0..<300) func whatIsWrittenReadsBackEqual(seed: Int) throws {
        var generator = Generator(state: UInt64(seed))
        let node = randomNode(&generator, depth: 5)
        for writer in [JSONWriter(), JSONWriter(isPretty: true)] {
            let text = try writer.string(node)
            let back = JSONNode(try JSONDocument.parsing(text).root)
            #expect(back == node)
            #expect(try writer.string(back) == text)
        }
    }

    private func randomNode(_ generator: inout Generator, depth: Int) -> JSONNode {
        switch Int.random(in: 0..<(depth > 0 ? 10 : 7), using: &generator) {
        case 0: return nil
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .int(Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<64, using: &generator))
        case 3: return .unsigned(generator.next() | 1 << 63)
        case 4:
            let value = Double(bitPattern: generator.next())
            return .double(value.isFinite ? value : 0.5)
        case 5, 6: return .string(randomString(&generator))
        case 7:
            let count = Int.random(in: 0..<6, using: &generator)
            return .array((0..<count).map { _ in randomNode(&generator, depth: depth - 1) })
        default:
            let count = Int.random(in: 0..<6, using: &generator)
            // The number keeps the keys apart.
            return .object(
                (0..<count).map { ("\(randomString(&generator))\($0)", randomNode(&generator, depth: depth - 1)) })
        }
    }

    private func randomString(_ generator: inout Generator) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0...0x7F, 0x20...0x7E, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF,
        ]
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            let range = ranges.randomElement(using: &generator) ?? 0...0x7F
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}

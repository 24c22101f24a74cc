import JSON
import TestFixtures
import Testing

/// Random files against a reader that is slow and obvious: it holds the whole text and parses it to tell rows apart.
@Suite struct RecordReaderFuzzTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func blanks(_ generator: inout Generator) -> String {
        String(
            (0..<Int.random(in: 0..<4, using: &generator)).compactMap { _ in " \t\n\r".randomElement(using: &generator)
            })
    }

    /// A value with strings full of brackets, quotes and backslashes.
    private func value(_ generator: inout Generator, depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 3), using: &generator) {
        case 0: return "\(Int.random(in: -99...99, using: &generator))"
        case 1: return ["true", "null", "1e5"].randomElement(using: &generator) ?? "0"
        case 2: return string(&generator)
        case 3:
            let items = (0..<Int.random(in: 0..<4, using: &generator)).map { _ in value(&generator, depth: depth - 1) }
            return "[" + blanks(&generator) + items.joined(separator: "," + blanks(&generator)) + "]"
        default:
            let items = (0..<Int.random(in: 0..<4, using: &generator)).map { _ in
                string(&generator) + blanks(&generator) + ":" + blanks(&generator) + value(&generator, depth: depth - 1)
            }
            return "{" + blanks(&generator) + items.joined(separator: blanks(&generator) + ",") + "}"
        }
    }

    private func string(_ generator: inout Generator) -> String {
        let parts = ["\\\\", "\\\"", "{", "}", "[", "]", ",", ":", "a", "é", "\\n", "\\u0022", " ", "\\\\\\\""]
        let count = Int.random(in: 0..<10, using: &generator)
        return "\"" + (0..<count).compactMap { _ in parts.randomElement(using: &generator) }.joined() + "\""
    }

    private func read(_ path: String, _ layout: RecordReader.Layout, _ maxBytes: Int, _ bufferSize: Int) throws
        -> [[Int]]
    {
        var reader = try RecordReader(path: path, layout: layout, bufferSize: bufferSize)
        var places: [[Int]] = []
        while let batch = try reader.nextBatch(maxBytes: maxBytes) {
            for record in batch.records {
                places.append([record.row, record.line, record.byteOffset, record.range.count])
            }
        }
        return places
    }

    @Test(arguments: 0..<150) func againstTheObviousReader(seed: Int) throws {
        var generator = Generator(state: UInt64(seed))
        for layout in [RecordReader.Layout.lines, .array, .values] {
            var text = layout == .array ? blanks(&generator) + "[" : ""
            var expected: [[Int]] = []
            let count = Int.random(in: 0..<8, using: &generator)
            for row in 0..<count {
                text += blanks(&generator)
                var record = value(&generator, depth: 3)
                if layout == .lines {
                    record = record.replacing("\n", with: " ").replacing("\r\n", with: " ")
                    while record.utf8.contains(10) { record = String(record.unicodeScalars.filter { $0 != "\n" }) }
                }
                #expect(throws: Never.self) { try JSONDocument.parsing(record) }
                expected.append([row + 1, text.utf8.count { $0 == 10 } + 1, text.utf8.count, record.utf8.count])
                text += record
                switch layout {
                case .lines: text += row + 1 < count ? "\n" : ""
                case .array: text += blanks(&generator) + (row + 1 < count ? "," : "")
                case .values: text += " "
                }
            }
            text += (layout == .array ? "]" : "") + blanks(&generator)
            let path = try directory.write("f", text)
            for (maxBytes, bufferSize) in [(1, 16), (7, 16), (64, 17), (1 << 16, 1 << 12)] {
                #expect(try read(path, layout, maxBytes, bufferSize) == expected, "\(text)")
            }
        }
    }

    /// However a text is damaged, the reader ends with rows or an error, and all its rows lie in the file.
    @Test(arguments: 0..<100) func damagedTexts(seed: Int) throws {
        var generator = Generator(state: UInt64(seed) + 1000)
        var text = Array("[\(value(&generator, depth: 4)),\(value(&generator, depth: 4))]".utf8)
        for _ in 0..<3 {
            guard let index = text.indices.randomElement(using: &generator) else { break }
            text[index] = [0x22, 0x5C, 0x5B, 0x5D, 0x7B, 0x7D, 0x2C, 0x0A].randomElement(using: &generator) ?? 0
        }
        let path = try directory.write("f", text)
        for layout in [RecordReader.Layout.lines, .array, .values] {
            let coarse = try? read(path, layout, 1 << 16, 1 << 12)
            let fine = try? read(path, layout, 1, 16)
            #expect(coarse == fine)
            for place in coarse ?? [] { #expect(place[2] + place[3] <= text.count) }
        }
    }
}

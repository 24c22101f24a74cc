import Foundation
import JSON
import Testing

@testable import Rewards

/// What latex2sympy makes of answers (scripts/make-parsing-goldens.py).
@Suite struct ParsingGoldenTests {
    static func cases() throws -> [(text: String, value: JSONNode)] {
        let url = try #require(
            Bundle.module.url(forResource: "parsing", withExtension: "json", subdirectory: "Goldens"))
        let root = JSONNode(try JSONDocument.parsing(try String(contentsOf: url, encoding: .utf8)).root)
        guard case .array(let lines) = root else { return [] }
        return lines.compactMap { line in
            guard case .array(let pair) = line, pair.count == 2, case .string(let text) = pair[0] else { return nil }
            return (text, pair[1])
        }
    }

    @Test func readsWhatLatex2SympyReads() throws {
        let cases = try ParsingGoldenTests.cases()
        #expect(cases.count >= 300)
        #expect(cases.contains { $0.value == .null })
        for (text, expected) in cases {
            let read = try Parsing.compat(text).map(ParsingValue.init)
            #expect(ParsingGoldenTests.isSame(read, expected), "\(text): \(read?.json ?? "not read")")
        }
    }

    private static func isSame(_ value: ParsingValue?, _ expected: JSONNode) -> Bool {
        switch (value, expected) {
        case (nil, .null): true
        case (.unknown, .string("unknown")): true
        case (.number, .string("unknown")), (.unknown, .array): true
        case (.number(let re, let im), .array(let parts)):
            numbers(parts).elementsEqual([re, im]) { ($0 - $1).magnitude <= 1e-6 * (1 + hypot(re, im)) }
        case (.list(let name, let members), .object(let pairs)):
            pairs.count == 1 && isSame(name, members, pairs[0].key, pairs[0].value)
        default: false
        }
    }

    private static func isSame(_ name: String, _ members: [ParsingValue], _ key: String, _ value: JSONNode) -> Bool {
        guard name == key, case .array(let expected) = value else { return false }
        // SymPy has its own order of these, and leaves out what is there twice.
        if ["set", "union", "intersection"].contains(name) {
            return members.allSatisfy { member in expected.contains { isSame(member, $0) } }
                && expected.allSatisfy { element in members.contains { isSame($0, element) } }
        }
        return members.count == expected.count && zip(members, expected).allSatisfy { isSame($0, $1) }
    }

    private static func numbers(_ parts: [JSONNode]) -> [Double] {
        parts.compactMap {
            switch $0 {
            case .double(let value): value
            case .int(let value): Double(value)
            default: nil
            }
        }
    }
}

import Foundation
import JSON

@testable import Tokenization

/// One file of Goldens: a tokenizer and what the Python package tokenizers makes of texts with it.
struct Golden {
    struct Case {
        var text: String
        var ids: [Int32]
        var idsWithSpecial: [Int32]
        var decoded: String
        var decodedSkippingSpecial: String
    }

    struct DecodeCase {
        var ids: [Int32]
        var decoded: String
        var decodedSkippingSpecial: String
    }

    enum Failure: Error {
        case unreadable(String)
    }

    let tokenizer: Tokenizer
    /// The tokenizer.json itself.
    let document: JSONNode
    let cases: [Case]
    let decodeCases: [DecodeCase]

    private static let directory = (Bundle.module.resourcePath ?? ".") + "/Goldens"

    /// The names of all files, without their extension.
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    init(_ name: String) throws {
        let root = try JSONDocument.contents(ofFileAt: "\(Self.directory)/\(name).json").root
        guard let value = root["tokenizer"], let cases = root["cases"], let decodes = root["decode_cases"] else {
            throw Failure.unreadable(name)
        }
        tokenizer = try Tokenizer(TokenizerField(value: value, file: name, path: ""))
        document = JSONNode(value)
        self.cases = try cases.elements.map { element in
            Case(
                text: try Self.string(element, "text"), ids: try Self.ids(element, "ids"),
                idsWithSpecial: try Self.ids(element, "ids_with_special"),
                decoded: try Self.string(element, "decoded"),
                decodedSkippingSpecial: try Self.string(element, "decoded_skip_special"))
        }
        decodeCases = try decodes.elements.map { element in
            DecodeCase(
                ids: try Self.ids(element, "ids"), decoded: try Self.string(element, "decoded"),
                decodedSkippingSpecial: try Self.string(element, "decoded_skip_special"))
        }
    }

    private static func string(_ value: JSONValue, _ key: String) throws -> String {
        guard let string = value[key]?.string else { throw Failure.unreadable(key) }
        return string
    }

    private static func ids(_ value: JSONValue, _ key: String) throws -> [Int32] {
        guard let array = value[key], array.kind == .array else { throw Failure.unreadable(key) }
        return try array.elements.map { element in
            guard let id = element.int.flatMap({ Int32(exactly: $0) }) else { throw Failure.unreadable(key) }
            return id
        }
    }
}

/// The UTF-8 of a string: `==` on strings takes canonically equivalent ones for equal.
func utf8(_ text: String) -> [UInt8] {
    Array(text.utf8)
}

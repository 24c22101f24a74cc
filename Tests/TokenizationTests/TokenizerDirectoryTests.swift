import Foundation
import Testing

@testable import Tokenization

@Suite struct TokenizerDirectoryTests {
    /// Runs `body` with a directory of its own that holds these files.
    private func withDirectory(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "tokenizer-directory-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
        try body(path)
    }

    @Test(arguments: [
        (#"{"eos_token": "</s>"}"#, "</s>"),
        (#"{"eos_token": {"__type": "AddedToken", "content": "<|im_end|>", "lstrip": false}}"#, "<|im_end|>"),
        (#"{"eos_token": null}"#, nil), (#"{"eos_token": 2}"#, nil), (#"{"eos_token": {"content": 2}}"#, nil),
        (#"{"eos_token": {}}"#, nil), (#"{}"#, nil), (#"[]"#, nil),
    ])
    func endOfSequence(_ config: String, _ expected: String?) throws {
        try withDirectory(["tokenizer.json": "{}", "tokenizer_config.json": config]) { path in
            for given in [path, path + "/", path + "//", path + "/tokenizer.json"] {
                let directory = try TokenizerDirectory(given)
                #expect(directory.endOfSequence == expected)
                #expect(directory.tokenizerPath == path + "/tokenizer.json")
            }
        }
    }

    @Test func withoutConfig() throws {
        try withDirectory(["tokenizer.json": "{}"]) { path in
            let directory = try TokenizerDirectory(path)
            #expect(directory.endOfSequence == nil)
        }
    }

    @Test func brokenConfigNamesTheFile() throws {
        try withDirectory(["tokenizer.json": "{}", "tokenizer_config.json": #"{"eos_token": "#]) { path in
            do throws(TokenizerError) {
                _ = try TokenizerDirectory(path)
                Issue.record("opened")
            } catch {
                guard case .malformed("\(path)/tokenizer_config.json", _) = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
    }

    @Test func withoutTokenizer() throws {
        try withDirectory([:]) { path in
            for given in [path, path + "/tokenizer.json", path + "/other.json"] {
                do throws(TokenizerError) {
                    _ = try TokenizerDirectory(given)
                    Issue.record("opened")
                } catch {
                    guard case .unreadable(let named, _) = error else {
                        Issue.record("\(error)")
                        continue
                    }
                    #expect(named.hasPrefix(path) && named.hasSuffix(".json"))
                }
            }
        }
    }

    @Test func filesThatCannotBeRead() throws {
        try withDirectory(["empty.json": ""]) { path in
            for name in ["", "missing.json", "empty.json"] {
                #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: "\(path)/\(name)") }
            }
        }
    }
}

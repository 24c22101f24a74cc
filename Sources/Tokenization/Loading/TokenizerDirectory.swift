import Files
import JSON

/// Where a tokenizer lies: a model directory, or a tokenizer.json by itself.
public struct TokenizerDirectory: Sendable {
    /// The directory that tokenizer.json is in.
    public let path: String
    /// The path of tokenizer.json.
    public let tokenizerPath: String
    /// The `eos_token` of the tokenizer_config.json beside it, or nil.
    public let endOfSequence: String?

    /// Looks at a directory or a file.
    ///
    /// - Throws: ``TokenizerError`` when there is no tokenizer.json, or tokenizer_config.json is not valid.
    public init(_ path: String) throws(TokenizerError) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let directory: String
        if FileSystem.isDirectory(path) {
            directory = path
            tokenizerPath = "\(path)/tokenizer.json"
        } else {
            directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            tokenizerPath = path
        }
        guard FileSystem.exists(tokenizerPath) else {
            throw .unreadable(path: tokenizerPath, reason: "there is no such file")
        }
        self.path = directory.isEmpty ? "/" : directory
        endOfSequence = try Self.endOfSequence(in: "\(directory)/tokenizer_config.json")
    }

    private static func endOfSequence(in path: String) throws(TokenizerError) -> String? {
        guard FileSystem.exists(path) else { return nil }
        let document: JSONDocument
        do {
            document = try JSONDocument.contents(ofFileAt: path, limit: 64 << 20, roundsLargeIntegers: true)
        } catch {
            throw TokenizerError(error, path: path)
        }
        let token = document.root["eos_token"]
        return token?.string ?? token?["content"]?.string
    }
}

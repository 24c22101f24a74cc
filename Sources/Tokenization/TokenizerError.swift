/// What can be wrong with a tokenizer.json, or with encoding by it.
public enum TokenizerError: Error, Equatable, Sendable {
    /// The file cannot be read.
    case unreadable(path: String, reason: String)
    /// The file is not valid JSON, or ends early.
    case malformed(path: String, reason: String)
    /// A field is missing or has the wrong type; `field` is a path such as `model.vocab`.
    case invalidField(path: String, field: String, reason: String)
    /// A component that Kedge does not implement, named.
    case unsupported(path: String, component: String, name: String)
    /// A regular expression that does not compile.
    case invalidPattern(pattern: String, reason: String)
    /// A regular expression that backtracks without bound on this text.
    case patternTooExpensive(pattern: String)
    /// A text needs the unknown token, and the vocabulary does not hold it.
    case unknownTokenMissing(token: String)
    /// An id that no token has.
    case unknownID(Int32)
    /// The text has a stretch of so many bytes without a place to split it.
    case wordTooLong(bytes: Int)
    /// Normalizer, pre-tokenizer or decoder make more bytes than `limit` of the text.
    case textGrowsTooMuch(limit: Int)
    /// The text has a byte sequence that is not UTF-8, at this byte.
    case invalidUTF8(byte: Int)
}

extension TokenizerError: CustomStringConvertible {
    /// One line: what is wrong, and where.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path): cannot be read: \(reason)"
        case .malformed(let path, let reason):
            "\(path): is not whole, valid JSON: \(reason)"
        case .invalidField(let path, let field, let reason):
            "\(path): \(field) \(reason)"
        case .unsupported(let path, let component, let name):
            "\(path): \(component) \(name) is not supported"
        case .invalidPattern(let pattern, let reason):
            "the pattern '\(Self.shortened(pattern))' does not compile: \(reason)"
        case .patternTooExpensive(let pattern):
            "the pattern '\(Self.shortened(pattern))' backtracks too often on this text"
        case .unknownTokenMissing(let token):
            "the text needs the unknown token '\(token)', which the vocabulary does not hold"
        case .unknownID(let id):
            "no token has the id \(id)"
        case .wordTooLong(let bytes):
            "the text has a stretch of \(bytes) bytes that nothing splits; at most \(TokenEncoder.maximumWordBytes) are encoded"
        case .textGrowsTooMuch(let limit):
            "the tokenizer makes more than \(limit) bytes of the text; a text may grow sixteenfold and by a megabyte"
        case .invalidUTF8(let byte):
            "the text is not valid UTF-8 at byte \(byte)"
        }
    }

    private static func shortened(_ pattern: String) -> String {
        pattern.unicodeScalars.count <= 80 ? pattern : String(pattern.unicodeScalars.prefix(77)) + "..."
    }
}

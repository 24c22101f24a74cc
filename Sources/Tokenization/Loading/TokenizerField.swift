import Files
import JSON

/// A value of tokenizer.json together with where it stands, so that every complaint names the field.
struct TokenizerField {
    let value: JSONValue
    /// The file.
    let file: String
    /// Where in the file, such as `model.vocab`.
    let path: String

    /// The member `name`, or nil when it is missing or null.
    func member(_ name: String) -> TokenizerField? {
        guard let member = value[name], !member.isNull else { return nil }
        return TokenizerField(value: member, file: file, path: path.isEmpty ? name : "\(path).\(name)")
    }

    /// The member `name`.
    func required(_ name: String) throws(TokenizerError) -> TokenizerField {
        guard let member = member(name) else { throw invalid("has no \(name)") }
        return member
    }

    func string() throws(TokenizerError) -> String {
        guard let string = value.string else { throw invalid("is not a string") }
        return string
    }

    func bool() throws(TokenizerError) -> Bool {
        guard let bool = value.bool else { throw invalid("is not true or false") }
        return bool
    }

    func integer() throws(TokenizerError) -> Int {
        guard let integer = value.int else { throw invalid("is not an integer") }
        return integer
    }

    /// The elements of an array.
    func elements() throws(TokenizerError) -> [TokenizerField] {
        guard value.kind == .array else { throw invalid("is not an array") }
        return value.elements.enumerated().map { index, element in
            TokenizerField(value: element, file: file, path: "\(path)[\(index)]")
        }
    }

    /// The required string member `name`.
    func string(_ name: String) throws(TokenizerError) -> String {
        try required(name).string()
    }

    /// The required boolean member `name`.
    func bool(_ name: String) throws(TokenizerError) -> Bool {
        try required(name).bool()
    }

    /// The boolean member `name`, or `standard` where it is missing or null.
    func bool(_ name: String, or standard: Bool) throws(TokenizerError) -> Bool {
        try member(name)?.bool() ?? standard
    }

    func invalid(_ reason: String) -> TokenizerError {
        .invalidField(path: file, field: path.isEmpty ? "the top level" : path, reason: reason)
    }

    func unsupported(_ component: String, _ name: String) -> TokenizerError {
        .unsupported(path: file, component: component, name: name)
    }
}

extension TokenizerError {
    /// What is wrong with the JSON of the file at `path`, which the error may name already.
    init(_ error: JSONError, path: String) {
        if case .unreadable(let error) = error.code {
            self = .unreadable(path: path, reason: error.message)
        } else {
            self = .malformed(path: path, reason: "line \(error.line), byte \(error.byte): \(error.message)")
        }
    }
}

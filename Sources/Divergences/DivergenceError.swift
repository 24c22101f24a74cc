/// Why two policies cannot be compared, or a diagnosis cannot be read.
public struct DivergenceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// A file is not what its format asks for, or ends too early.
        case malformed
        /// A type, a layout or a variant that is not read.
        case unsupported
        /// Two inputs, or an input and what lies beside it, have different shapes, tokens, or tokenizers.
        case mismatch
        /// A logit is NaN or +infinity, or a row is -infinity throughout.
        case notADistribution
        /// A diagnosis breaks its contract.
        case contractBroken
        /// What is asked for makes no sense for this input.
        case invalidRequest
    }

    /// What kind of thing went wrong.
    public let code: Code
    /// The file.
    public let path: String
    /// The row of a dump, from 0, where that is known.
    public let row: Int?
    /// The column of a dump, from 0, where that is known.
    public let column: Int?
    /// What is wrong, for people.
    public let detail: String

    /// Describes an error.
    public init(_ code: Code, path: String, row: Int? = nil, column: Int? = nil, _ detail: String) {
        self.code = code
        self.path = path
        self.row = row
        self.column = column
        self.detail = detail
    }

    /// One line: file, row, column, reason.
    public var description: String {
        var place = path
        if let row { place += ": row \(row)" }
        if let column { place += ", column \(column)" }
        return "\(place): \(detail)"
    }
}

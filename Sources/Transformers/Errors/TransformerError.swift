/// Why a model could not be read, made, or written.
///
/// The description is one line: the file or directory, the key or the tensor where one applies, what is wrong and how to mend it.
public struct TransformerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The invariant that did not hold.
    public enum Code: String, Hashable, Sendable {
        /// A file is missing, cannot be read, or is no JSON object.
        case unreadable
        /// A value has the wrong kind, or is out of its range.
        case malformed
        /// An architecture, or a part of one, that is not computed here.
        case unsupported
        /// Two values, or the configuration and the weights, contradict each other.
        case contradiction
        /// A parameter of the model is not in the checkpoint.
        case missingTensor
        /// A tensor has another shape than the configuration says.
        case wrongShape
        /// A tensor that the model has no parameter for.
        case unexpectedTensor
        /// A parameter holds a NaN or an infinity.
        case notFinite
        /// What was asked for cannot be done with this model.
        case invalidRequest
        /// More memory would be taken than the machine has.
        case limitExceeded
    }

    /// The broken invariant.
    public let code: Code
    /// The path of the file or directory.
    public let path: String
    /// The key of a configuration, or the name of a tensor, that the error is about.
    public let subject: String?
    /// What is wrong, without path and subject.
    public let message: String

    /// Makes an error.
    public init(_ code: Code, path: String, subject: String? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.subject = subject
        self.message = message
    }

    /// The error on one line.
    public var description: String {
        "\(path): " + (subject.map { "'\($0)' " } ?? "") + message
    }
}

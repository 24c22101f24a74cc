/// Why a checkpoint could not be read, written or converted.
///
/// The description is one line: the file, the tensor and the byte where they apply, what is wrong and how to mend it.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The invariant that did not hold.
    public enum Code: String, Hashable, Sendable {
        /// The file is of no format that is known, or not of the one that was named.
        case unknownFormat
        /// The file is a known format, or uses a part of it, that is not supported.
        case unsupported
        /// The file ends before what it promises, or goes on after it.
        case wrongSize
        /// A header, an index or a table breaks its format.
        case malformed
        /// A tensor's type, shape, offset or extent contradicts itself or the file.
        case badTensor
        /// Two tensors, or two parts of a file, claim one name or the same bytes.
        case conflict
        /// A path in an index leads out of its directory, or is none.
        case unsafePath
        /// Something is larger than is ever read.
        case limitExceeded
        /// A checksum differs.
        case checksumMismatch
        /// What was asked for cannot be done with these tensors.
        case invalidRequest
        /// A tensor that was named is not there.
        case missingTensor
        /// A strict reading was asked for, and something is out of order that would only be a warning otherwise.
        case strict
        /// Whatever read the file in isolation crashed, ran out of time or out of memory.
        case guardFailed
    }

    /// The broken invariant.
    public let code: Code
    /// The path of the file, or of the directory, as it was given.
    public let path: String
    /// The name of the tensor that the error is about.
    public let tensor: String?
    /// The offset in the file in bytes, where the error is tied to one.
    public let byte: Int?
    /// What is wrong, without path and tensor.
    public let message: String

    /// Makes an error.
    public init(_ code: Code, path: String, tensor: String? = nil, byte: Int? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.tensor = tensor
        self.byte = byte
        self.message = message
    }

    /// The error on one line.
    public var description: String {
        var text = path
        if let tensor { text += ": tensor '\(tensor)'" }
        if let byte { text += ": byte \(byte)" }
        return text + ": " + message
    }
}

/// Something out of order that does not prevent reading; `--strict` makes it an error.
public struct CheckpointWarning: Hashable, Sendable, CustomStringConvertible {
    /// The name of the tensor that the warning is about.
    public let tensor: String?
    /// What is out of order, in a few words.
    public let message: String

    /// Makes a warning.
    public init(tensor: String? = nil, _ message: String) {
        self.tensor = tensor
        self.message = message
    }

    /// The warning on one line.
    public var description: String { tensor.map { "tensor '\($0)': \(message)" } ?? message }
}

/// What went wrong with an HDF5 file: one code per broken invariant, the file and the object it is about, and what
/// libhdf5 itself had to say.
public struct HDF5Error: Error, Sendable, Equatable, CustomStringConvertible {
    /// The broken invariant.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The library libhdf5 could not be initialised.
        case libraryUnavailable
        /// The file cannot be opened: missing, not readable, not a regular file.
        case cannotOpen
        /// The file cannot be created.
        case cannotCreate
        /// The file was to be new and exists.
        case fileExists
        /// The file does not carry HDF5's signature.
        case notHDF5
        /// The file or object has a structure that libhdf5 refuses: truncated, corrupted.
        case corrupt
        /// The file was closed before the handle was used.
        case closed
        /// A name or path is empty, holds a NUL or a `.` component, or is the root.
        case invalidName
        /// There is no such object or attribute.
        case notFound
        /// An object of that name exists.
        case alreadyExists
        /// A soft, external or user-defined link is in the way; only hard links are followed.
        case linkRefused
        /// The object is of another kind: a group instead of a dataset or the reverse.
        case wrongKind
        /// The stored type is not the requested one.
        case wrongType
        /// The stored type, dataspace or layout has no counterpart here.
        case unsupportedType
        /// The data lies in another file: external storage or a virtual dataset.
        case externalStorage
        /// A chunk filter that is not available.
        case unsupportedFilter
        /// Rank, extent or number of elements do not fit.
        case shapeMismatch
        /// A row or element range lies outside the dataset.
        case outOfRange
        /// More memory would be needed than the given limit allows.
        case limitExceeded
        /// A string holds a NUL, which HDF5's strings cannot.
        case embeddedNUL
        /// Stored text is not valid UTF-8.
        case invalidUTF8
        /// A parameter is outside its range, or does not fit the others.
        case invalidArgument
        /// libhdf5 could not read.
        case readFailed
        /// libhdf5 could not write or flush: a full disk, a file size limit, a read-only file.
        case writeFailed
    }

    /// The broken invariant.
    public let code: Code
    /// The path of the file as it was given.
    public let file: String
    /// The path of the object inside the file; an attribute is written `object@name`.
    public let object: String?
    /// What is wrong, in one line.
    public let detail: String
    /// The messages of libhdf5's error stack, innermost first, joined in one line.
    public let cause: String?

    init(_ code: Code, file: String, object: String? = nil, _ detail: String, cause: String? = nil) {
        self.code = code
        self.file = file
        self.object = object
        self.detail = detail
        self.cause = cause
    }

    /// One line: file, object, what is wrong, and libhdf5's messages.
    public var description: String {
        var line = file
        if let object { line += ": " + object }
        line += ": " + detail
        if let cause { line += " (libhdf5: " + cause + ")" }
        return line.singleLine
    }
}

extension String {
    /// Control characters escaped, since names and messages may come from a hostile file.
    var singleLine: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if scalar.properties.generalCategory == .control {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

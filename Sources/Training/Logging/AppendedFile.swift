import Files

/// A file of JSON lines that grows at its end.
struct AppendedFile: ~Copyable, Sendable {
    let path: String

    init(path: String, keepingThrough step: Int) throws(FileError) {
        self.path = path
    }

    mutating func append(_ bytes: [UInt8]) throws(FileError) {}
}

import Foundation

/// A directory that is removed with all that is in it when the test ends.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        path = NSTemporaryDirectory() + "kedge-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// The path of a file in it.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    @discardableResult
    package func write(_ name: String, _ bytes: some Collection<UInt8>) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    /// Writes a file and returns its path.
    @discardableResult
    package func write(_ name: String, _ text: String) throws -> String {
        try write(name, Array(text.utf8))
    }

    /// Makes a directory in it and returns its path.
    package func makeDirectory(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
        return file(name)
    }

    /// The names of what is in it, hidden files included, sorted.
    package func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    /// The names of what is in a directory in it, sorted.
    package func contents(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: file(name)).sorted()
    }

    /// Whether there is nothing in a directory in it, hidden files included.
    package func isEmpty(_ name: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: file(name)).isEmpty
    }

    /// Whether nothing of this name is in it.
    package func isMissing(_ name: String) -> Bool {
        !FileManager.default.fileExists(atPath: file(name))
    }

    /// The bytes of a file in it.
    package func read(_ name: String) throws -> [UInt8] { try readBytes(file(name)) }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch {}
    }
}

/// The bytes of a file.
package func readBytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

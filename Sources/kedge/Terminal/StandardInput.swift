import Glibc

/// Standard input, read whole.
enum StandardInput {
    /// All bytes to the end.
    ///
    /// - Throws: ``StandardInputError`` where it is a terminal, cannot be read, or has more than `limit` bytes.
    static func read(limit: Int) throws(StandardInputError) -> [UInt8] {
        guard isatty(STDIN_FILENO) != 1 else {
            throw StandardInputError(message: "is a terminal; give a file, or pipe one in")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw StandardInputError(message: "cannot be read: \(String(cString: strerror(errno)))")
            }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else { throw StandardInputError(message: "is larger than \(limit) bytes") }
        }
    }
}

/// Why standard input gives nothing.
struct StandardInputError: Error, CustomStringConvertible {
    let message: String

    var description: String { "standard input: \(message)" }
}

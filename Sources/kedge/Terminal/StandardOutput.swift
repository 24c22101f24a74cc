import Glibc
import Rewards

/// Standard output as results need it: whole, and quiet when the reader has gone.
enum StandardOutput {
    /// Writes text. A broken pipe ends the program with status 0, any other failure with 1.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    /// Writes bytes. A broken pipe ends the program with status 0, any other failure with 1.
    static func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = UnsafeRawBufferPointer(rebasing: rest)
            let written = Glibc.write(STDOUT_FILENO, chunk.baseAddress, chunk.count)
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written == 0 || errno != EINTR {
                fail()
            }
        }
    }

    /// Whether it is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    private static func fail() -> Never {
        let number = errno
        ChildProcesses.killAll()
        if number == EPIPE { _exit(0) }
        let reason = String(cString: strerror(number))
        StandardError.write("kedge: standard output cannot be written: \(reason)\n")
        _exit(1)
    }
}

/// Standard error: progress and complaints.
enum StandardError {
    /// Writes text; a failure is not reported anywhere.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }

    /// Whether it is a terminal.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

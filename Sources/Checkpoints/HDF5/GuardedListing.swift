import Files
import Glibc

/// Has a child process list an HDF5 file, and takes its table.
struct GuardedListing {
    let executable: String
    let arguments: [String]
    let path: String
    /// How long the child may take; it sets limits on processor time and memory itself.
    var wallSeconds = 60

    /// - Throws: `guardFailed` where the child crashed, ran out of time or memory, or printed too much; `malformed` and others
    ///   as the child found them.
    func list() throws(CheckpointError) -> HDF5Listing {
        var ends: (Int32, Int32) = (-1, -1)
        // Close-on-exec from the start: a process that another thread starts meanwhile must not hold the end open.
        let made = withUnsafeMutableBytes(of: &ends) { raw in
            socketpair(
                AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0,
                raw.baseAddress?.assumingMemoryBound(to: Int32.self))
        }
        guard made == 0 else { throw failed("cannot be read in isolation: no pipe") }
        defer { close(ends.0) }
        let child: pid_t
        do throws(CheckpointError) {
            child = try start(output: ends.1)
        } catch {
            close(ends.1)
            throw error
        }
        close(ends.1)
        let (text, problem) = collect(from: ends.0)
        if problem != nil { kill(child, SIGKILL) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw failed("cannot be read in isolation: its reader is lost") }
        }
        if let problem { throw failed(problem) }
        let signal = status & 0x7F
        if signal == SIGXCPU || signal == SIGKILL {
            throw failed(
                "the HDF5 library took too much time or memory to look at it; it is damaged, or misleads libhdf5")
        }
        guard signal == 0 else {
            throw failed("the HDF5 library crashed while it looked at it (signal \(signal)); it is damaged")
        }
        guard status == 0 else {
            throw failed("the HDF5 library gave up looking at it (status \(status >> 8 & 0xFF)); it may be damaged")
        }
        return try HDF5Listing(decoding: text, path: path)
    }

    private func failed(_ message: String) -> CheckpointError { CheckpointError(.guardFailed, path: path, message) }

    private func start(output: Int32) throws(CheckpointError) -> pid_t {
        // A path is no option, whatever it begins with.
        let target = path.hasPrefix("-") ? "./" + path : path
        var start = ChildStart([executable] + arguments + [target])
        (start.environment, start.output) = (Self.environment(), output)
        do throws(SystemCallError) {
            return try start.start()
        } catch {
            throw failed("cannot be read in isolation: \(executable): \(error)")
        }
    }

    /// This process's, but a crash is told in one line and not in a backtrace, and the child ends with its parent.
    private static func environment() -> [String] {
        var variables: [String] = []
        var next = environ
        while let variable = next.pointee {
            let text = String(cString: variable)
            if !text.hasPrefix("SWIFT_BACKTRACE="), !text.hasPrefix("KEDGE_PARENT=") { variables.append(text) }
            next += 1
        }
        return variables + ["SWIFT_BACKTRACE=enable=no", "KEDGE_PARENT=\(getpid())"]
    }

    /// All that the child prints, or what is wrong with it.
    private func collect(from end: Int32) -> (text: [UInt8], problem: String?) {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let deadline = ContinuousClock.now + .seconds(wallSeconds)
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else {
                return (
                    [], "the HDF5 library did not finish looking at it within \(wallSeconds) s; it may be damaged"
                )
            }
            var wait = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wait, 1, Int32(clamping: milliseconds))
            if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            let count = ready < 0 ? -1 : read(end, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            // A child that dies with unread input resets the connection: that is its end too.
            guard count > 0 else { return (text, nil) }
            guard text.count + count <= HDF5Listing.largestSize else {
                return ([], "the table of its datasets is larger than \(HDF5Listing.largestSize) bytes")
            }
            text += buffer[..<count]
        }
    }
}

import CLinux
import Files
import Glibc

/// A child process in a process group of its own, with pipes to its three standard streams, none of which ever blocks this side.
///
/// When the value goes away the group is killed and the child waited for.
final class ChildProcess {
    /// What to run.
    struct Command {
        /// The program, looked up in PATH, and its arguments.
        let words: [String]
    }

    /// What came of a transfer.
    enum Transfer: Equatable {
        /// So many bytes, 1 or more.
        case moved(Int)
        /// Not now.
        case wouldBlock
        /// The other end is closed.
        case closed
    }

    private let child: pid_t
    /// The child's standard input; -1 once closed.
    private(set) var input: CInt
    /// The child's standard output and standard error; -1 once closed.
    private(set) var output: CInt
    private(set) var errors: CInt
    private var status: Int32?

    /// - Throws: the number of the system's error.
    init(_ command: Command) throws(SystemCallError) {
        var ends: [CInt] = []
        do throws(SystemCallError) {
            for _ in 0..<3 { ends += try Self.pipe() }
            child = try Self.start(command, input: ends[0], output: ends[3], errors: ends[5])
        } catch {
            ends.forEach { _ = close($0) }
            throw error
        }
        for end in [ends[0], ends[3], ends[5]] { _ = close(end) }
        (input, output, errors) = (ends[1], ends[2], ends[4])
        for end in [input, output, errors] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        ChildProcesses.add(child)
    }

    deinit {
        end(patience: .zero)
    }

    /// Both ends of a pipe, closed in children, with numbers above those of the standard streams.
    private static func pipe() throws(SystemCallError) -> [CInt] {
        var ends: [CInt] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError(number: errno) }
        for index in ends.indices where ends[index] <= STDERR_FILENO {
            let copy = fcntl(ends[index], F_DUPFD_CLOEXEC, 3)
            let number = errno
            _ = close(ends[index])
            ends[index] = copy
            guard copy >= 0 else {
                _ = close(ends[1 - index])
                throw SystemCallError(number: number)
            }
        }
        return ends
    }

    private static func start(
        _ command: Command, input: CInt, output: CInt, errors: CInt
    ) throws(SystemCallError) -> pid_t {
        var start = ChildStart(command.words)
        (start.input, start.output, start.errors, start.leadsGroup) = (input, output, errors, true)
        return try start.start()
    }
}

extension ChildProcess {
    /// Writes what the child takes now.
    func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        guard input >= 0 else { return .closed }
        let (count, number) = BrokenPipes.quietly {
            let count = Glibc.write(input, bytes.baseAddress, bytes.count)
            return (count, errno)
        }
        if count > 0 { return .moved(count) }
        return count == 0 || number == EAGAIN || number == EINTR ? .wouldBlock : .closed
    }

    /// Reads what the child has printed.
    func readOutput(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        Self.read(&output, into: buffer)
    }

    /// Reads what the child has complained of.
    func readErrors(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        Self.read(&errors, into: buffer)
    }

    private static func read(_ end: inout CInt, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        guard end >= 0 else { return .closed }
        let count = Glibc.read(end, buffer.baseAddress, buffer.count)
        if count > 0 { return .moved(count) }
        if count < 0, errno == EAGAIN || errno == EINTR { return .wouldBlock }
        _ = close(end)
        end = -1
        return .closed
    }

    /// Waits until the child prints or complains, or takes input where `wantsToWrite`, but no longer than some milliseconds.
    func wait(wantsToWrite: Bool, milliseconds: Int32) {
        // A descriptor of -1 is passed over.
        var ends = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wantsToWrite ? input : -1, events: Int16(POLLOUT), revents: 0),
        ]
        _ = poll(&ends, nfds_t(ends.count), milliseconds)
    }

    /// Whether the child itself has ended; its descendants may live on.
    var hasEnded: Bool {
        guard status == nil else { return true }
        var information = siginfo_t()
        // Zero where nothing has happened; and the child stays a zombie, so that the number of its group is not given away.
        guard waitid(P_PID, id_t(child), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else { return true }
        return information.si_signo != 0
    }

    /// Waits until the child has ended, or patience ends; whether it has.
    @discardableResult
    func awaitEnd(_ patience: Duration) -> Bool {
        let deadline = ContinuousClock.now + patience
        while !hasEnded {
            guard ContinuousClock.now < deadline else { return false }
            usleep(2000)
        }
        return true
    }

    /// Closes the child's input, waits for its end, and kills it and what is left of its group when patience ends.
    ///
    /// - Returns: how it ended.
    @discardableResult
    func end(patience: Duration) -> ChildEnding {
        if let status { return ChildEnding(status: status) }
        if input >= 0 { _ = close(input) }
        input = -1
        awaitEnd(patience)
        kill(-child, SIGKILL)
        ChildProcesses.remove(child)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { break }
        }
        self.status = status
        for end in [output, errors] where end >= 0 { _ = close(end) }
        (output, errors) = (-1, -1)
        return ChildEnding(status: status)
    }
}

/// How a child ended.
enum ChildEnding: Equatable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    init(status: Int32) {
        self = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
    }

    var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}

/// Writing to pipes that may be broken.
private enum BrokenPipes {
    /// Runs a body in which a broken pipe raises no signal, whatever this process does with SIGPIPE.
    static func quietly<Result>(_ body: () -> Result) -> Result {
        var (pipe, before, pending) = (sigset_t(), sigset_t(), sigset_t())
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        sigpending(&pending)
        let wasPending = sigismember(&pending, SIGPIPE) == 1
        pthread_sigmask(SIG_BLOCK, &pipe, &before)
        let result = body()
        if !wasPending {
            var now = timespec()
            while sigtimedwait(&pipe, nil, &now) < 0, errno == EINTR {}
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        return result
    }
}

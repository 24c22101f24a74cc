import Files
import Glibc
import Synchronization

/// Reading HDF5 files from strangers in a child process.
///
/// libhdf5 is C, and damaged files have crashed it. Commands that read an HDF5 file run themselves again as a child, with
/// the same arguments and the same standard streams; where the child dies of a signal the parent says so in one line.
enum GuardedProcess {
    private static let mark = "KEDGE_GUARDED"
    private static let running = Atomic<pid_t>(0)
    private static let deadly: Set<Int32> = [SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGKILL]

    /// Passes a signal on to the child, if there is one.
    static func forward(_ signal: Int32) {
        let child = running.load(ordering: .sequentiallyConsistent)
        if child > 0 { kill(child, signal) }
    }

    /// Returns in the child; the parent waits for it and ends with its status.
    ///
    /// - Parameter removingTemporaries: for commands that write: a child that crashes leaves no half-written output.
    /// - Throws: ``GuardedProcessError`` when the child crashed; it has shown no result then, or only a part.
    static func protect(_ path: String, removingTemporaries: Bool = false) throws {
        guard getenv(mark) == nil else {
            if removingTemporaries { removeTemporariesInCrashes() }
            return
        }
        setenv(mark, "1", 1)
        // A crash is told in one line, not in a backtrace.
        setenv("SWIFT_BACKTRACE", "enable=no", 1)
        defer { unsetenv(mark) }
        var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
        defer { arguments.forEach { free($0) } }
        arguments.append(nil)
        var child = pid_t()
        // Without /proc there is no way to run this very program again; then the file is read right here.
        guard posix_spawn(&child, "/proc/self/exe", nil, nil, arguments, environ) == 0 else { return }
        running.store(child, ordering: .sequentiallyConsistent)
        // A signal that came before the child was known was passed on to nobody.
        if let signal = Interruption.pending { kill(child, signal) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else {
                kill(child, SIGKILL)
                throw GuardedProcessError(path: path, signal: SIGKILL)
            }
        }
        running.store(0, ordering: .relaxed)
        let signal = status & 0x7F
        if signal == 0 { exit(status >> 8 & 0xFF) }
        if deadly.contains(signal) { throw GuardedProcessError(path: path, signal: signal) }
        exit(128 + signal)
    }
}

extension GuardedProcess {
    /// Makes deadly signals remove unfinished outputs before they end the process as ever.
    private static func removeTemporariesInCrashes() {
        for number in deadly where number != SIGKILL {
            var action = sigaction()
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND) | UInt32(SA_NODEFER))
            action.__sigaction_handler.sa_handler = { number in
                OutputFile.removeAllTemporaries()
                raise(number)
            }
            sigaction(number, &action, nil)
        }
    }
}

/// A child that died while it read a file.
struct GuardedProcessError: Error, CustomStringConvertible {
    let path: String
    let signal: Int32

    var description: String {
        signal == SIGKILL
            ? "\(path): reading it was stopped from outside (signal \(signal)); memory may have run out"
            : [SIGSEGV, SIGBUS, SIGABRT].contains(signal)
                ? "\(path): is damaged: the HDF5 library crashed while reading it (signal \(signal))"
                : "\(path): the program crashed over it (signal \(signal)); please report this"
    }
}

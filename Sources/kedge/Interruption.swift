import CLinux
import Dispatch
import Files
import Glibc
import Rewards
import Synchronization

/// What SIGINT, SIGTERM and SIGHUP do: the first asks the running command to stop and tidy up; a second one, or two
/// seconds without success, stop it.
enum Interruption {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    private static let patience = DispatchTimeInterval.seconds(2)
    private static let received = Mutex<Int32?>(nil)
    private static let isPatient = Mutex(false)
    private static let action = Mutex<(@Sendable () -> Void)?>(nil)
    /// Kept alive for as long as the process runs; filled once, before any signal is handled.
    nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

    /// Turns deadly signals into errors that name what could not be written, makes sure that the three standard streams
    /// exist, and begins to watch for the signals that interrupt; to be called before any work starts.
    static func prepare() {
        // A file opened later would get the number of a stream that is closed, and what is printed would end in it.
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
        // A reader that goes away, and a file that meets the size limit of the process.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        clinux_raise_open_files()
        watch()
    }

    /// The first signal that came, if one did.
    static var pending: Int32? { received.withLock { $0 } }

    /// Calls `body` at the first signal, at once if it came already.
    static func onSignal(_ body: @escaping @Sendable () -> Void) {
        action.withLock { $0 = body }
        if pending != nil { body() }
    }

    /// From now on the first signal leaves as much time as the command needs, to finish what may not be lost.
    static func waitForCommand() { isPatient.withLock { $0 = true } }

    /// Begins to watch for signals, and returns when none can be missed any more. A second signal removes temporary files
    /// and ends the process at once, and so does the end of patience: a read that waits for a pipe cannot be asked to
    /// stop.
    private static func watch() {
        let registered = DispatchGroup()
        for number in signals where !(number == SIGHUP && isIgnored(number)) {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                let isFirst = received.withLock { known in
                    defer { known = known ?? number }
                    return known == nil
                }
                GuardedProcess.forward(number)
                guard isFirst else { stop(number) }
                action.withLock { $0 }?()
                if isPatient.withLock({ $0 }) { return }
                DispatchQueue.global().asyncAfter(deadline: .now() + patience) { stop(number) }
            }
            registered.enter()
            source.setRegistrationHandler { registered.leave() }
            source.resume()
            sources.append(source)
        }
        _ = registered.wait(timeout: .now() + patience)
    }

    /// Whether whoever started the process wants it to live on after this signal, as nohup does.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private static func stop(_ signal: Int32) -> Never {
        ChildProcesses.killAll()
        OutputFile.removeAllTemporaries()
        _exit(128 + signal)
    }

    /// Ends the process after a command stopped because it was told to.
    static func exitInterrupted() -> Never {
        OutputFile.removeAllTemporaries()
        let number = pending ?? SIGINT
        StandardError.write("kedge: interrupted; nothing unfinished stands under its final name\n")
        Glibc.exit(128 + number)
    }
}

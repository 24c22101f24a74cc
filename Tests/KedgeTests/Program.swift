import Foundation
import Glibc
import TestFixtures
import Testing

/// What a run of the program came to.
struct Outcome {
    /// The exit status, or 128 and the number of the signal that ended it.
    var status: Int32
    var isSignalled: Bool
    var output: [UInt8]
    var errors: [UInt8]

    var text: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: errors, as: UTF8.self) }
}

/// The program that the tests were built beside.
enum Program {
    static let path: String = {
        if let given = ProcessInfo.processInfo.environment["KEDGE_BINARY"] { return given }
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("kedge").path
    }()

    /// Runs it to its end; a run that takes longer than a minute is killed.
    ///
    /// - Parameters:
    ///   - shell: a command line that ends in running `"$@"`, such as one that sets a limit first.
    ///   - environment: what is different from a terminal's usual environment; nil takes a variable away.
    static func run(
        _ arguments: [String], shell: String? = nil, environment: [String: String?] = [:]
    ) throws -> Outcome {
        try start(arguments, shell: shell, environment: environment).wait()
    }

    /// Starts it.
    ///
    /// - Parameter terminal: what it gets as standard output instead of a file.
    static func start(
        _ arguments: [String], shell: String? = nil, environment: [String: String?] = [:], terminal: Int32? = nil
    ) throws -> RunningProgram {
        let directory = try TemporaryDirectory()
        var words = [path] + arguments
        if let shell { words = ["/bin/sh", "-c", shell, "sh"] + words }
        var variables = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TERM": "xterm", "HOME": directory.path]
        for (name, value) in environment { variables[name] = value }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if let terminal {
            posix_spawn_file_actions_adddup2(&actions, terminal, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, directory.file("output"), O_WRONLY | O_CREAT, 0o600)
        }
        posix_spawn_file_actions_addopen(&actions, 2, directory.file("errors"), O_WRONLY | O_CREAT, 0o600)
        // Whoever started the tests may ignore signals, and children inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

        var child = pid_t()
        let code = withCStrings(words) { arguments in
            withCStrings(variables.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawn(&child, words[0], &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw SystemFailure(code: code) }
        return RunningProgram(child: child, directory: directory)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}

/// A run that goes on.
struct RunningProgram {
    let child: pid_t
    fileprivate let directory: TemporaryDirectory

    func send(_ signal: Int32) {
        kill(child, signal)
    }

    /// Waits for the end; after `limit` seconds that end is forced.
    func wait(limit: Double = 60) throws -> Outcome {
        var status: Int32 = 0
        let deadline = ContinuousClock.now + .seconds(limit)
        while waitpid(child, &status, WNOHANG) == 0 {
            if ContinuousClock.now > deadline { kill(child, SIGKILL) }
            usleep(2000)
        }
        let signal = status & 0x7F
        return Outcome(
            status: signal == 0 ? status >> 8 & 0xFF : 128 + signal, isSignalled: signal != 0,
            output: (try? directory.read("output")) ?? [], errors: try directory.read("errors"))
    }
}

struct SystemFailure: Error {
    var code: Int32
}

/// Runs `kedge tokenize` with the sample's tokenizer.
@discardableResult
func tokenize(
    _ files: [String], output: String, _ options: [String] = [], tokenizer: String = Sample.tokenizer,
    shell: String? = nil
) throws -> Outcome {
    try Program.run(
        ["tokenize"] + files + ["--tokenizer", tokenizer, "--output", output] + options, shell: shell)
}

/// Expects that a run failed as bad input does: exit status 1, nothing on standard output, and one line on standard
/// error that holds each of `parts`.
func expectRefusal(
    _ outcome: Outcome, _ parts: [String], sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(outcome.status == 1 && !outcome.isSignalled, sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
    let text = outcome.errorText
    #expect(text.hasPrefix("kedge: ") && text.hasSuffix("\n"), "\(text)", sourceLocation: sourceLocation)
    #expect(text.count { $0.isNewline } == 1, "\(text)", sourceLocation: sourceLocation)
    for part in parts { #expect(text.contains(part), "\(text)", sourceLocation: sourceLocation) }
}

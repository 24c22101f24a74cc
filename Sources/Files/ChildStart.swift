public import Glibc

/// How a child process is to be started.
///
/// It starts with every signal at its default and none blocked, whatever this process ignores or blocks, and with no open file but
/// its three standard streams and those that were opened without close-on-exec.
public struct ChildStart {
    /// The program, looked up in PATH where it has no slash, and its arguments; at least one.
    public var words: [String]
    /// Variables as `NAME=value`; nil for those of this process.
    public var environment: [String]?
    /// The open file that becomes standard input; nil for /dev/null.
    public var input: CInt?
    /// The open file that becomes standard output; nil for /dev/null.
    public var output: CInt?
    /// The open file that becomes standard error; nil for /dev/null.
    public var errors: CInt?
    /// Whether the child leads a process group of its own.
    public var leadsGroup = false

    /// A child with all three streams at /dev/null and the environment of this process.
    ///
    /// - Parameter words: the program and its arguments.
    public init(_ words: [String]) {
        self.words = words
    }

    /// Starts the child.
    ///
    /// - Returns: the number of the process, which the caller waits for.
    /// - Throws: the number of the system's error.
    public func start() throws(SystemCallError) -> pid_t {
        guard let program = words.first else { throw SystemCallError(number: ENOENT) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (stream, end) in [(STDIN_FILENO, input), (STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
            if let end {
                posix_spawn_file_actions_adddup2(&actions, end, stream)
            } else {
                let mode = stream == STDIN_FILENO ? O_RDONLY : O_WRONLY
                posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", mode, 0)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (leadsGroup ? POSIX_SPAWN_SETPGROUP : 0)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let words = self.words.map { strdup($0) }
        let variables = environment?.map { strdup($0) } ?? []
        defer { (words + variables).forEach { free($0) } }
        var child = pid_t()
        let status =
            environment == nil
            ? posix_spawnp(&child, program, &actions, &attributes, words + [nil], environ)
            : posix_spawnp(&child, program, &actions, &attributes, words + [nil], variables + [nil])
        guard status == 0 else { throw SystemCallError(number: status) }
        return child
    }
}

/// An error of the system, by its number.
public struct SystemCallError: Error, Hashable, CustomStringConvertible {
    /// As in `errno`.
    public let number: Int32

    /// - Parameter number: as in `errno`.
    public init(number: Int32) {
        self.number = number
    }

    /// What the system calls it.
    public var description: String { String(cString: strerror(number)) }
}

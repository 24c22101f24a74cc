import ArgumentParser
import CLinux
import Checkpoints
import Glibc

/// `kedge list-hdf5`: what the program runs as a child of itself to have libhdf5 look at a file.
struct ListHDF5Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list-hdf5",
        abstract: "Print the table of an HDF5 file's datasets, for the process that asked for it.",
        shouldDisplay: false)

    /// What the table of a large checkpoint takes by far: a damaged file that wants more ends here.
    private static let memory = UInt(4 << 30)
    private static let seconds = UInt(30)

    @Argument(help: "An HDF5 file.")
    var file: String

    func run() throws {
        if let parent = getenv("KEDGE_PARENT").flatMap({ pid_t(String(cString: $0)) }) {
            clinux_end_with_parent(parent)
        }
        clinux_limit_process(Self.memory, Self.seconds)
        // It reads the file of a stranger, and nothing else: an interruption ends it at once.
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
        HDF5Table.text(ofFileAt: file).withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 { rest = rest.dropFirst(count) } else if count == 0 || errno != EINTR { _exit(1) }
            }
        }
        _exit(0)
    }
}

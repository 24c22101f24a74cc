import ArgumentParser
import CLinux
import Glibc

/// When progress is shown.
enum ProgressMode: String, ExpressibleByArgument, CaseIterable {
    case always, auto, never
}

/// How results are shown.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON.")
    var json = false

    @Option(help: "Show progress on standard error: always, auto (only on a terminal) or never.")
    var progress = ProgressMode.auto
}

/// How many threads work.
struct ThreadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Threads to work with. (default: all cores)", valueName: "n"))
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads wants a number from 1 to 1024")
        }
    }

    /// The number asked for, or that of the cores that this process may use.
    var count: Int {
        if let threads { return threads }
        let allowed = Int(clinux_allowed_cores())
        return allowed > 0 ? allowed : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
}

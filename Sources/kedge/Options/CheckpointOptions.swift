public import ArgumentParser
public import Checkpoints

/// How a command reads checkpoints.
struct CheckpointReading: ParsableArguments {
    @Flag(help: "Make warnings about the input errors.")
    var strict = false

    /// With HDF5 files looked at by a child process: damaged ones have crashed the library.
    var options: ReadingOptions {
        var options = ReadingOptions()
        options.isStrict = strict
        options.hdf5 = .child(executable: "/proc/self/exe", arguments: ["list-hdf5"])
        return options
    }
}

extension CheckpointFormat: ExpressibleByArgument {}

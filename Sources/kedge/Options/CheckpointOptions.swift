public import ArgumentParser
public import Checkpoints

/// How a command reads checkpoints.
struct CheckpointReading: ParsableArguments {
    @Flag(help: "Make warnings about the input errors.")
    var strict = false

    /// As asked for.
    var options: ReadingOptions {
        var options = Self.guarded
        options.isStrict = strict
        return options
    }

    /// With HDF5 files looked at by a child process: damaged ones have crashed the library.
    static var guarded: ReadingOptions {
        var options = ReadingOptions()
        options.hdf5 = .child(executable: "/proc/self/exe", arguments: ["list-hdf5"])
        return options
    }
}

extension CheckpointFormat: ExpressibleByArgument {}

/// How a command writes checkpoints.
struct CheckpointWriting: ParsableArguments {
    @Flag(help: "Replace the output if it exists.")
    var force = false

    @Flag(help: "Compress the output (HDF5); any HDF5 library reads it.")
    var compress = false

    @Flag(
        name: .customLong("no-sync"),
        help: "Do not wait until the output is on the disk: faster, but a loss of power soon afterwards can damage it.")
    var isUnsynchronized = false

    /// As asked for.
    ///
    /// - Throws: `ValidationError` where the format does not go with them.
    func options(for format: CheckpointFormat) throws -> WritingOptions {
        guard !compress || format == .hdf5 || format == .keras else {
            throw ValidationError("--compress is for HDF5 (.h5, .weights.h5); \(format.name) is not compressed")
        }
        guard format.isWritable else { throw ValidationError("\(format.name) is read only; choose another --to") }
        var options = WritingOptions()
        options.overwrite = force
        options.isSynchronized = !isUnsynchronized
        options.isCompressed = compress
        return options
    }
}

import ArgumentParser
import Checkpoints

/// Which tensors of a checkpoint are looked at, by which process, and how the result is shown.
struct TensorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only tensors whose names fit, such as 'model.layers.0.*'. Repeatable: any of them.", valueName: "glob"))
    var filter: [String] = []

    @Flag(help: "Print one line of comma-separated values a tensor (RFC 4180).")
    var csv = false

    @Option(
        help: ArgumentHelp(
            "Which process of --world-size this is, from 0; each prints its part as JSON; kedge inspect --join puts "
                + "the parts together.",
            valueName: "n"))
    var rank: Int?

    @Option(help: ArgumentHelp("How many processes share the tensors.", valueName: "n"))
    var worldSize: Int?

    /// Which process this is.
    func position() throws -> WorldPosition {
        // Never from the environment: inside a job of many processes each would silently show a part.
        try WorldPosition(rank: rank, worldSize: worldSize, environment: { _ in nil })
    }

    /// The settings as far as these options say.
    func settings(threads: Int) throws -> InspectionSettings {
        var settings = InspectionSettings()
        settings.filters = filter.map { NamePattern($0) }
        settings.threads = threads
        let position = try position()
        settings.rank = position.rank
        settings.worldSize = position.worldSize
        return settings
    }
}

/// What is found out of a checkpoint.
struct InspectionOptions: ParsableArguments {
    @Flag(help: "Read all data: counts of NaN, zeros and the like, moments, norms, quantiles, dead rows.")
    var stats = false

    @Flag(help: "Singular values of matrices: ranks, condition, power law. The reading of large ones takes long.")
    var spectrum = false

    @Flag(help: "SHA-256 of each tensor, and which are the same.")
    var hash = false

    @Flag(help: "Show a table of tensors instead of a tree.")
    var table = false

    @Flag(help: "Put the parts that --rank and --world-size made together; the paths are those of the parts.")
    var join = false

    /// Whether anything is asked that only checkpoints have.
    var isUsed: Bool { stats || spectrum || hash || table }
}

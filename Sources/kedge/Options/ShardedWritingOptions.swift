import ArgumentParser
import Checkpoints
import Glibc

/// How the shards of a model directory are made.
struct ShardedWritingOptions: ParsableArguments {
    @Flag(help: "Go on with what a run before left in OUT.kedge-partial: keep the shards that are whole.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Which process of --world-size this is, from 0. (default: from Slurm or Open MPI)", valueName: "n"))
    var rank: Int?

    @Option(help: ArgumentHelp("How many processes share the shards.", valueName: "n"))
    var worldSize: Int?

    /// The settings as given.
    ///
    /// - Parameter format: of the output. One file is made by one process, whatever Slurm says of others.
    func settings(for format: CheckpointFormat) throws -> ShardedWriting {
        let position = try WorldPosition(rank: rank, worldSize: worldSize) { name in
            format == .huggingFace ? getenv(name).map { String(cString: $0) } : nil
        }
        var settings = ShardedWriting()
        settings.resumes = resume
        settings.rank = position.rank
        settings.worldSize = position.worldSize
        return settings
    }

    /// A size in bytes, `unlimited` being larger than any.
    ///
    /// - Parameter format: of the output; nil: told by its name.
    /// - Throws: `ValidationError` for what is no size, and for an output that is one file whatever its size; as
    ///   ``CheckpointFormat/ofOutput(_:)`` does.
    static func shardSize(_ text: String?, output: String, format: CheckpointFormat?) throws -> Int {
        guard let text else { return CheckpointConversion.defaultShardSize }
        let size = text == "unlimited" ? .max : try ByteCount(text, option: "--max-shard-size").bytes
        guard CheckpointFormat.isSharded(output, as: try format ?? CheckpointFormat.ofOutput(output)) else {
            throw ValidationError(
                "--max-shard-size is for model directories and Keras's .weights.json; the output is one file")
        }
        return size
    }
}

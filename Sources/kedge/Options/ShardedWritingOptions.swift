import ArgumentParser
import Checkpoints

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
    func settings() throws -> ShardedWriting {
        let position = try WorldPosition(rank: rank, worldSize: worldSize)
        var settings = ShardedWriting()
        settings.resumes = resume
        settings.rank = position.rank
        settings.worldSize = position.worldSize
        return settings
    }

    /// A size in bytes, `unlimited` being larger than any.
    static func shardSize(_ text: String) throws -> Int {
        text == "unlimited" ? .max : try ByteCount(text, option: "--max-shard-size").bytes
    }
}

import ArgumentParser
import Checkpoints

/// `kedge merge`
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Weights of several models in one.",
        discussion: """
            Methods: linear (weighted mean), slerp (two models), and on differences from --base: task-arithmetic (weighted \
            sum), ties (the largest, elected signs, mean), dare-linear and dare-ties (dropped at random, the rest rescaled). \
            Parameters are mergekit's. Numbers are computed in float32 (float64 where a model has it) and rounded once. \
            Tensors of integers must be equal. Formats of the models may differ; that of the output is told by its ending, \
            as for kedge convert, and anything else is a model directory with the files of the base or first model.

            Examples:
              kedge merge linear a.safetensors b.safetensors --weight 0.7,0.3 --output c.safetensors
              kedge merge slerp Qwen-math/ Qwen-code/ --t 0.4 --output Qwen-both/
              kedge merge ties A/ B/ C/ --base Base/ --density 0.5 --output Merged/ --dtype bf16
              kedge merge dare-ties A/ B/ --base Base/ --density 0.2 --seed 7 --output Merged/
            """)

    @Argument(
        help: ArgumentHelp(
            "One of: \(MergeMethod.allCases.map(\.name).joined(separator: ", ")).", valueName: "method"))
    var method: MergeMethod

    @Argument(help: ArgumentHelp("Checkpoints: files, indexes of shards or model directories.", valueName: "model"))
    var models: [String]

    @Option(help: ArgumentHelp("What to write.", valueName: "out"))
    var output: String

    @Option(help: ArgumentHelp("What the models were trained from.", valueName: "checkpoint"))
    var base: String?

    @Option(name: .customLong("to"), help: "The format of the output. (default: told by its ending)")
    var target: CheckpointFormat?

    @OptionGroup(title: "Parameters") var parameters: MergeOptions

    @Option(
        help: ArgumentHelp(
            "The most bytes in a shard of a model directory or of Keras weights, or unlimited. (default: 5GB)",
            valueName: "size"))
    var maxShardSize: String?

    @OptionGroup var writing: CheckpointWriting
    @OptionGroup var reading: CheckpointReading
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        _ = try ShardedWritingOptions.shardSize(maxShardSize, output: output, format: target)
        try parameters.validate(method, models: models.count, hasBase: base != nil)
    }

    func run() throws {
        let format = try target ?? CheckpointFormat.ofOutput(output)
        var conversion = CheckpointConversion()
        conversion.writing = try writing.options(for: format)
        conversion.shardSize = try ShardedWritingOptions.shardSize(maxShardSize, output: output, format: format)
        conversion.threads = threads.count
        let options = reading.options
        let opened = try models.map { try Checkpoint.open($0, options: options) }
        let origin = try base.map { try Checkpoint.open($0, options: options) }
        let merge = try CheckpointMerge(try parameters.settings(method), models: opened, base: origin)
        try ConversionResult.show("merge", output, merge.warnings, outputOptions) { progress in
            try merge.run(to: output, format: format, conversion: conversion, progress: progress)
        }
    }
}

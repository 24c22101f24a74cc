import ArgumentParser

/// `kedge verify`
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Is this file whole and well formed.",
        discussion: """
            Of a checkpoint it checks the structure, reads and decodes all data, checks the checksums of zip archives (npz, \
            PyTorch), and on demand compares files and tensors with a manifest and looks for numbers that are not finite. \
            What is wrong is listed, and the exit status is 1. Files of a model directory that the manifest does not have are \
            warnings.

            Of a prefix dataset it reads every array and checks it against its contract (kedge schema prefix-dataset). With a \
            tokenizer it also checks that every id is a token, that rows end in EOS, and the prefix ends. Of a directory of \
            shards it checks every shard, and that it is the one of the index.

            Of a diagnosis it reads every column and checks them against its contract (kedge schema diagnosis).

            Examples:
              kedge verify model.safetensors --finite
              kedge verify Qwen2.5-Math-7B/ --manifest manifest.json
              kedge verify data.h5
              kedge verify data.h5 --strict --tokenizer Qwen2.5-Math-7B
              kedge verify data/ --merge
            """)

    @Argument(
        help: ArgumentHelp(
            "A checkpoint (a file, an index or a model directory), a prefix dataset (a file, or a directory of shards), or a "
                + "diagnosis.",
            valueName: "path"))
    var path: String

    @Flag(help: "Warnings about a checkpoint are errors; datasets and attributes that the contract does not name, too.")
    var strict = false

    @OptionGroup(title: "Checkpoints") var checks: CheckpointChecks

    @Flag(
        help:
            "Write the index of a directory of shards of a prefix dataset, when all processes that made them are done.")
    var merge = false

    @Option(
        help: ArgumentHelp(
            "Check the tokens of a prefix dataset against the tokenizer that it was made with.", valueName: "dir"))
    var tokenizer: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    private var isDataset: Bool { merge || tokenizer != nil }

    func validate() throws {
        if checks.isUsed, isDataset {
            throw ValidationError(
                "--merge and --tokenizer are for prefix datasets; --manifest, --finite and --headers-only for checkpoints"
            )
        }
    }

    func run() throws {
        switch try checks.isUsed ? .checkpoint : InputKind(of: path, isDataset: isDataset) {
        case .dataset:
            try DatasetVerifier(
                path: path, merges: merge, isStrict: strict, tokenizer: tokenizer, output: outputOptions
            ).run()
        case .diagnosis: try DiagnosisVerifier(path: path, output: outputOptions).run()
        case .checkpoint, .traces:
            try CheckpointVerifier(
                path: path, isStrict: strict, options: checks, threads: threads.count, output: outputOptions
            ).run()
        }
    }
}

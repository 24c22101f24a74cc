import ArgumentParser
import JSON
import PrefixDatasets
import Tokenization

/// `kedge verify`
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Is this file whole and well formed.",
        discussion: """
            Reads every array of a prefix dataset and checks it against its contract (kedge schema prefix-dataset). With a \
            tokenizer it also checks that every id is a token, that rows end in EOS, and the prefix ends. Of a directory of \
            shards it checks every shard, and that it is the one of the index.

            Examples:
              kedge verify data.h5
              kedge verify data.h5 --strict --tokenizer Qwen2.5-Math-7B
              kedge verify data/ --merge
            """)

    @Argument(help: ArgumentHelp("A prefix dataset: a file, or a directory of shards.", valueName: "path"))
    var path: String

    @Flag(help: "Write the index of a directory of shards, when all processes that made them are done.")
    var merge = false

    @Flag(help: "Refuse datasets and attributes that the contract does not name.")
    var strict = false

    @Option(
        help: ArgumentHelp("Check the tokens against the tokenizer that the dataset was made with.", valueName: "dir"))
    var tokenizer: String?

    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        try GuardedProcess.protect(path)
        let line = ProgressLine(outputOptions.progress)
        if merge {
            try ShardMerge(directory: path).run { done, total in
                line.show("merge", done: done, of: total, rate: { "\(Numbers.bytes(Int($0)))/s" })
            }
        }
        let files = try DatasetFiles(path)
        var verification = DatasetVerification(files, isStrict: strict)
        verification.tokenizer = try tokenizer.map {
            try DatasetTokenizer.load(for: try PrefixDataset(files.files[0]), explicit: $0)
        }
        let found = try verification.run { done, total in
            line.show("verify", done: done, of: total, rate: { "\(Numbers.grouped(Int($0))) rows/s" })
        }
        line.finish()
        if outputOptions.json {
            let result: JSONNode = .object([
                ("path", .string(path)), ("ok", .bool(true)),
                ("shards", files.index.map { .int(Int64($0.shards.count)) } ?? .null), ("rows", .int(Int64(found.rows))),
                ("tokens", .int(Int64(found.tokens))), ("against_tokenizer", .bool(tokenizer != nil)),
            ])
            StandardOutput.write(try JSONWriter(isPretty: true).string(result) + "\n")
        } else {
            let scope = tokenizer == nil ? "" : ", ids and prefix ends included"
            let shards = files.index.map { "\(Numbers.grouped($0.shards.count)) shards, " } ?? ""
            StandardOutput.write(
                "\(Terminal.printable(path, keepingLineBreaks: false)): sound\(scope): \(shards)"
                    + "\(Numbers.grouped(found.rows)) rows, \(Numbers.grouped(found.tokens)) tokens\n")
        }
    }
}

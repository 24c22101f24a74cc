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
            tokenizer it also checks that every id is a token, that rows end in EOS, and the prefix ends.

            Examples:
              kedge verify data.h5
              kedge verify data.h5 --strict --tokenizer Qwen2.5-Math-7B
            """)

    @Argument(help: ArgumentHelp("A prefix dataset.", valueName: "path"))
    var path: String

    @Flag(help: "Refuse datasets and attributes that the contract does not name.")
    var strict = false

    @Option(
        help: ArgumentHelp("Check the tokens against the tokenizer that the dataset was made with.", valueName: "dir"))
    var tokenizer: String?

    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        try GuardedProcess.protect(path)
        let dataset = try PrefixDataset(path, isStrict: strict)
        let tokenizer = try tokenizer.map { try DatasetTokenizer.load(for: dataset, explicit: $0) }
        let line = ProgressLine(outputOptions.progress)
        let rows = try dataset.verify(against: tokenizer) { done, total in
            line.show("verify", done: done, of: total, rate: { "\(Numbers.grouped(Int($0))) rows/s" })
        }
        line.finish()
        if outputOptions.json {
            let result: JSONNode = .object([
                ("path", .string(path)), ("ok", .bool(true)), ("rows", .int(Int64(rows))),
                ("tokens", .int(Int64(dataset.tokenCount))), ("against_tokenizer", .bool(tokenizer != nil)),
            ])
            StandardOutput.write(try JSONWriter(isPretty: true).string(result) + "\n")
        } else {
            let scope = tokenizer == nil ? "" : ", ids and prefix ends included"
            StandardOutput.write(
                "\(Terminal.printable(path, keepingLineBreaks: false)): sound\(scope): \(Numbers.grouped(rows)) rows, "
                    + "\(Numbers.grouped(dataset.tokenCount)) tokens\n")
        }
    }
}

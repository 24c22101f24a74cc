import JSON
import PrefixDatasets
import Tokenization

/// `kedge verify` of a prefix dataset.
struct DatasetVerifier {
    let path: String
    let merges: Bool
    let isStrict: Bool
    let tokenizer: String?
    let output: OutputOptions

    func run() throws {
        try GuardedProcess.protect(path)
        let line = ProgressLine(output.progress)
        if merges {
            try ShardMerge(directory: path).run { done, total in
                line.show("merge", done: done, of: total, rate: { "\(Numbers.bytes(Int($0)))/s" })
            }
        }
        let files = try DatasetFiles(path)
        var verification = DatasetVerification(files, isStrict: isStrict)
        verification.tokenizer = try tokenizer.map {
            try DatasetTokenizer.load(for: try PrefixDataset(files.files[0]), explicit: $0)
        }
        let found = try verification.run { done, total in
            line.show("verify", done: done, of: total, rate: { "\(Numbers.grouped(Int($0))) rows/s" })
        }
        line.finish()
        if output.json {
            let result: JSONNode = .object([
                ("path", .string(path)), ("ok", .bool(true)),
                ("shards", files.index.map { .int(Int64($0.shards.count)) } ?? .null),
                ("rows", .int(Int64(found.rows))),
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

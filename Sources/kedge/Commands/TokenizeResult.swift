import JSON
import PrefixDatasets

/// What `kedge tokenize` did, to be shown.
struct TokenizeResult {
    let output: String
    let report: DatasetBuilder.Report
    /// What became of the shards, where there are some.
    let shards: DatasetBuilder.ShardReport?
    let seconds: Double

    func json() throws -> String {
        var members: [(key: String, value: JSONNode)] = [
            ("output", .string(output)), ("tokens", .int(Int64(report.tokens))), ("seconds", .double(seconds)),
            ("counts", report.counts.json),
        ]
        if let shards {
            members.append(
                (
                    "shards",
                    [
                        "all": .int(Int64(shards.shards)), "written": .int(Int64(shards.written)),
                        "kept": .int(Int64(shards.kept)), "index_written": .bool(shards.index != nil),
                    ]
                ))
        }
        return try JSONWriter(isPretty: true).string(.object(members)) + "\n"
    }

    func text() -> String {
        let counts = report.counts
        var text =
            "\(Terminal.styled(Terminal.printable(output, keepingLineBreaks: false), .bold)): "
            + "\(Numbers.grouped(counts.kept)) rows of \(Numbers.grouped(counts.keptPrompts)) prompts, "
            + "\(Numbers.grouped(report.tokens)) tokens, in \(Numbers.fixed(seconds, 2)) s\n"
        if let shards {
            text += "  \(shards.written) shards written, \(shards.kept) whole already, of \(shards.shards)\n"
            text +=
                shards.index.map {
                    "  index.json: \(Numbers.grouped($0.rowCount)) rows, \(Numbers.grouped($0.tokenCount)) tokens\n"
                } ?? "  no index yet: when all processes are done, run kedge verify --merge\n"
        }
        return text + CountsTable.text(counts.json)
    }
}

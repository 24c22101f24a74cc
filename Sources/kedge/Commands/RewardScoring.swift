import Files
import Glibc
import JSON
import Rewards

/// A run of `kedge reward`: from where rows come to where results go.
struct RewardScoring {
    var stream: RewardStream
    let process: RewardProcess?
    let progress: ProgressLine
    let output: String?
    let overwrites: Bool

    /// Scores a file, or standard input.
    func run(_ input: String?) throws -> RewardSummary {
        guard input != nil || isatty(STDIN_FILENO) != 1 else {
            throw StandardInputError(message: "is a terminal; give a file, pipe one in, or give --gold and --response")
        }
        var stream = stream
        do {
            var reader = try RecordReader(path: input ?? "/dev/stdin", layout: .lines)
            stream.fillsBatches = reader.size != nil
            return try write { emit in try score(stream, &reader, emit) }
        } catch let error as RewardStreamError where input == nil {
            throw StandardInputError(message: String(error.description.dropFirst(error.path.utf8.count + 2)))
        } catch let error as RecordError where input == nil {
            throw StandardInputError(message: "line \(error.line): \(error.message)")
        }
    }

    /// Scores one pair.
    func run(gold: String?, response: String) throws -> RewardSummary {
        let result = try stream.result(gold: gold, response: response, process: process)
        return try write { emit in
            try emit(result.line)
            return result.summary
        }
    }

    private func score(
        _ stream: RewardStream, _ reader: inout RecordReader, _ emit: ([UInt8]) throws -> Void
    ) throws -> RewardSummary {
        let size = reader.size
        defer { progress.finish() }
        let summary = try stream.run(
            &reader, process: process, isCancelled: { Interruption.pending != nil },
            progress: { bytes, rows in
                progress.show(
                    "reward", done: bytes, of: size ?? 0, rate: { "\(Numbers.bytes(Int($0)))/s" },
                    details: "\(Numbers.grouped(rows)) rows")
            }, emit: emit)
        if Interruption.pending != nil { throw CancellationError() }
        return summary
    }

    private func write(_ body: (([UInt8]) throws -> Void) throws -> RewardSummary) throws -> RewardSummary {
        guard let output else { return try body { StandardOutput.write($0) } }
        var file = try OutputFile(destination: output, overwrite: overwrites)
        let summary = try body { try file.write($0) }
        try file.commit()
        return summary
    }
}

/// What came of all rows, for people.
struct RewardSummaryView {
    private let summary: RewardSummary

    init(_ summary: RewardSummary) {
        self.summary = summary
    }

    /// A line on the rewards, and one for each reason, the most frequent first.
    func text() -> String {
        var text = "\(Numbers.grouped(summary.rows)) rows, "
        text +=
            summary.mean.map { "mean reward \(Numbers.significant($0)) of \(Numbers.grouped(summary.rewarded))\n" }
            ?? "no reward\n"
        var table = Table()
        for (reason, count) in summary.reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            table.add(
                Terminal.printable(reason, keepingLineBreaks: false), Numbers.grouped(count),
                Numbers.percent(Double(count) / Double(max(summary.rows, 1))))
        }
        return text + table.text
    }
}

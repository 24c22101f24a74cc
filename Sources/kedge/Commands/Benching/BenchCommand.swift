import ArgumentParser
import JSON
import PrefixDatasets
import Tokenization

/// `kedge bench`
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "What this machine does.",
        subcommands: [
            BenchBandwidthCommand.self, BenchGemmCommand.self, BenchTrainStepCommand.self, BenchGenerateCommand.self,
            BenchTokenizeCommand.self, BenchParquetCommand.self, BenchDivergenceCommand.self,
        ])
}

/// `kedge bench tokenize`
struct BenchTokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Encoding speed on the traces of a file, held in memory.",
        discussion: """
            Encodes the text of every trace of the file, several times over, and reports the median. Reading and parsing \
            are not part of the time; the encoders' caches are empty at the start of each repetition.

            Example:
              kedge bench tokenize traces.jsonl --tokenizer Qwen2.5-Math-7B --threads 1 --json
            """)

    @Argument(help: ArgumentHelp("Trace files, or directories of them.", valueName: "traces"))
    var traces: [String]

    @Option(help: ArgumentHelp("A model directory with tokenizer.json, or that file.", valueName: "dir"))
    var tokenizer: String

    @Option(help: ArgumentHelp("How often to encode everything.", valueName: "n"))
    var repetitions = 3

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...1000).contains(repetitions) else {
            throw ValidationError("--repetitions wants a number from 1 to 1000")
        }
    }

    func run() async throws {
        let texts = try TraceTexts.read(try TraceFiles.expand(traces))
        let directory = try TokenizerDirectory(tokenizer)
        let tokenizer = try Tokenizer(contentsOf: directory.tokenizerPath)
        var seconds: [Double] = []
        var tokens = 0
        for _ in 0..<repetitions {
            try Task.checkCancellation()
            let started = ContinuousClock.now
            tokens = try await TraceTexts.encode(texts, tokenizer, threads: threads.count)
            seconds.append((ContinuousClock.now - started) / .seconds(1))
        }
        seconds.sort()
        let median = seconds[seconds.count / 2]
        let bytes = texts.reduce(0) { $0 + $1.count }
        let rate = Double(bytes) / median / 1e6
        if outputOptions.json {
            let result: JSONNode = .object([
                ("bytes", .int(Int64(bytes))), ("texts", .int(Int64(texts.count))), ("tokens", .int(Int64(tokens))),
                ("seconds", .double(median)), ("megabytes_per_second", .double(rate)),
                ("threads", .int(Int64(threads.count))), ("repetitions", .int(Int64(repetitions))),
            ])
            StandardOutput.write(try JSONWriter().string(result) + "\n")
        } else {
            StandardOutput.write(
                "\(Numbers.fixed(rate, 1)) MB/s with \(threads.count) threads: \(Numbers.bytes(bytes)) of "
                    + "\(Numbers.grouped(texts.count)) traces, \(Numbers.grouped(tokens)) tokens, "
                    + "in \(Numbers.fixed(median, 3)) s\n")
        }
    }
}

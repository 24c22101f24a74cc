import ArgumentParser
import JSON
import Kernels
import Tensors

/// `kedge bench divergence`
struct BenchDivergenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "divergence",
        abstract: "How fast two policies' logits are compared.",
        discussion: """
            Compares random rows of logits in memory, as kedge diagnose does, several times over; the best is reported, with \
            its share of the speed at which memory is read.

            Example:
              kedge bench divergence --rows 256 --vocabulary 151936 --dtype fp32 --spread 0.05
            """)

    @Option(help: ArgumentHelp("Rows of logits on each side.", valueName: "n"))
    var rows = 64

    @Option(help: ArgumentHelp("Tokens of the vocabulary.", valueName: "n"))
    var vocabulary = 151_936

    @Option(help: ArgumentHelp("The type of the logits: fp16, bf16, fp32 or fp64.", valueName: "type"))
    var dtype = "fp32"

    @Option(help: ArgumentHelp("The standard deviation of the logits' differences.", valueName: "x"))
    var spread = 0.05

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...1 << 20).contains(rows), (1...1 << 24).contains(vocabulary), rows * vocabulary <= 1 << 29 else {
            throw ValidationError("--rows and --vocabulary want at most 2^29 logits together, and 2^24 tokens")
        }
        guard spread.isFinite, (0...1000).contains(spread) else {
            throw ValidationError("--spread wants a number from 0 to 1000")
        }
        _ = try type()
    }

    private func type() throws -> TensorType {
        let types: [TensorType] = [.float16, .bfloat16, .float32, .float64]
        guard let type = TensorType(named: dtype), types.contains(type) else {
            throw ValidationError("--dtype wants fp16, bf16, fp32 or fp64")
        }
        return type
    }

    func run() throws {
        let team = ThreadTeam(count: threads.count)
        let type = try type()
        let seconds = DivergenceSpeed.measure(
            team, rows: rows, vocabulary: vocabulary, type: type, spread: spread)
        let bandwidth = MemoryBandwidth.read(team)
        let rate = Double(2 * rows * vocabulary * (type.bitWidth / 8)) / seconds
        if outputOptions.json {
            let result: JSONNode = [
                "rows_per_second": .double(Double(rows) / seconds), "bytes_per_second": .double(rate),
                "read_bytes_per_second": .double(bandwidth), "share_of_bandwidth": .double(rate / bandwidth),
                "seconds": .double(seconds), "rows": .int(Int64(rows)), "vocabulary": .int(Int64(vocabulary)),
                "type": .string(type.name), "spread": .double(spread), "threads": .int(Int64(threads.count)),
            ]
            StandardOutput.write(try JSONWriter().string(result) + "\n")
        } else {
            StandardOutput.write(
                "\(Numbers.fixed(Double(rows) / seconds, 0)) rows/s, \(Numbers.fixed(rate / 1e9, 2)) GB/s with "
                    + "\(threads.count) threads: \(Numbers.fixed(rate / bandwidth * 100, 0)) % of the "
                    + "\(Numbers.fixed(bandwidth / 1e9, 1)) GB/s at which memory is read\n")
        }
    }
}

import ArgumentParser
import JSON
import Kernels
import Tensors

/// `kedge bench bandwidth`
struct BenchBandwidthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bandwidth",
        abstract: "How fast memory is read.",
        discussion: """
            Reads half a gigabyte of numbers, several times over, and reports the best.

            Example:
              kedge bench bandwidth --threads 2 --json
            """)

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        let rate = MemoryBandwidth.read(ThreadTeam(count: threads.count))
        if outputOptions.json {
            let result: JSONNode = [
                "bytes_per_second": .double(rate), "threads": .int(Int64(threads.count)),
            ]
            StandardOutput.write(try JSONWriter().string(result) + "\n")
        } else {
            StandardOutput.write("\(Numbers.fixed(rate / 1e9, 1)) GB/s with \(threads.count) threads\n")
        }
    }
}

/// `kedge bench gemm`
struct BenchGemmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gemm",
        abstract: "How fast matrices are multiplied.",
        discussion: """
            y = x W' with x [m, k] and W [n, k], as a layer multiplies, several times over; the best is reported, beside \
            what each thread reaches with a product of its own.

            Example:
              kedge bench gemm --m 2048 --n 1408 --k 512 --dtype bf16
            """)

    @Option(help: ArgumentHelp("Rows of x: tokens.", valueName: "n"))
    var m = 2048

    @Option(help: ArgumentHelp("Rows of W: outputs.", valueName: "n"))
    var n = 1408

    @Option(help: ArgumentHelp("Columns of both: inputs.", valueName: "n"))
    var k = 512

    @Option(help: ArgumentHelp("The type of W: fp32 or bf16.", valueName: "type"))
    var dtype = "fp32"

    @Flag(help: "Let x be rounded to bfloat16, where the processor multiplies that.")
    var allowRounding = false

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        for size in [m, n, k] where !(1...65536).contains(size) {
            throw ValidationError("--m, --n and --k want numbers from 1 to 65536")
        }
        guard m * k + n * k + m * n <= 1 << 30 else {
            throw ValidationError("--m, --n and --k want three matrices of 2^30 numbers together at most")
        }
        _ = try type()
    }

    private func type() throws -> ElementType {
        guard let type = TensorType(named: dtype)?.elementType, type == .float32 || type == .bfloat16 else {
            throw ValidationError("--dtype wants fp32 or bf16")
        }
        return type
    }

    func run() throws {
        let team = ThreadTeam(count: threads.count)
        let peak = ProductSpeed.peak(team)
        let rate = ProductSpeed.forward(
            team, rows: m, outputs: n, inputs: k, type: try type(), allowsRounding: allowRounding)
        if outputOptions.json {
            let result: JSONNode = [
                "flops_per_second": .double(rate), "peak_flops_per_second": .double(peak),
                "threads": .int(Int64(threads.count)),
            ]
            StandardOutput.write(try JSONWriter().string(result) + "\n")
        } else {
            StandardOutput.write(
                "\(Numbers.fixed(rate / 1e9, 1)) GFLOP/s with \(threads.count) threads; sgemm alone reaches "
                    + "\(Numbers.fixed(peak / 1e9, 1))\n")
        }
    }
}

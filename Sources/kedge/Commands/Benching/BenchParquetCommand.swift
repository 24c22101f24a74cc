import ArgumentParser
import JSON
import Parquet

/// `kedge bench parquet`
struct BenchParquetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parquet",
        abstract: "Reading speed of columns of a Parquet file, on one thread.",
        discussion: """
            Reads, decompresses and decodes the columns into batches, several times over, and reports the median. The rate \
            is of the decoded values in memory.

            Example:
              kedge bench parquet traces.parquet --columns generations --json
            """)

    @Argument(help: ArgumentHelp("A Parquet file.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("Columns to read, with commas between them. (default: all)", valueName: "names"))
    var columns: String?

    @Option(help: ArgumentHelp("How often to read everything.", valueName: "n"))
    var repetitions = 5

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...1000).contains(repetitions) else {
            throw ValidationError("--repetitions wants a number from 1 to 1000")
        }
    }

    func run() throws {
        var seconds: [Double] = []
        var bytes = 0
        var rows = 0
        for _ in 0..<repetitions {
            let started = ContinuousClock.now
            (bytes, rows) = (0, 0)
            let names = columns.map { $0.split(separator: ",").map(String.init) }
            var reader = try ParquetReader(try ParquetFile(path: file), columns: names)
            while let batch = try reader.nextBatch(maxBytes: 1 << 20) {
                try Task.checkCancellation()
                rows += batch.count
                bytes += batch.byteCount
            }
            seconds.append((ContinuousClock.now - started) / .seconds(1))
        }
        seconds.sort()
        let median = seconds[seconds.count / 2]
        let rate = median > 0 ? Double(bytes) / median / 1e6 : 0
        if outputOptions.json {
            let result: JSONNode = [
                "bytes": .int(Int64(bytes)), "rows": .int(Int64(rows)), "seconds": .double(median),
                "megabytes_per_second": .double(rate), "repetitions": .int(Int64(repetitions)),
            ]
            StandardOutput.write(try JSONWriter().string(result) + "\n")
        } else {
            StandardOutput.write(
                "\(Numbers.fixed(rate, 1)) MB/s: \(Numbers.grouped(rows)) rows, \(Numbers.bytes(bytes)) in memory, "
                    + "in \(Numbers.fixed(median, 4)) s\n")
        }
    }
}

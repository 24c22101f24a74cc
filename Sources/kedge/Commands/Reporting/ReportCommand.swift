import ArgumentParser
import Divergences
import Files
import JSON
import PrefixDatasets
import Reports

/// `kedge report`
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "A page with the pictures of a diagnosis, a training run, a checkpoint, a comparison or a dataset.",
        discussion: """
            One file of HTML that holds all it needs: it opens from disk, in any browser, without a network. The input is told \
            by its content: a diagnosis (kedge diagnose), the directory of a training run (kedge train), a prefix dataset (one \
            file, or a directory of shards), or a file with what kedge inspect --json or kedge diff --json printed.

            Examples:
              kedge report diagnosis.h5 --output report.html
              kedge inspect model/ --stats --json > model.json && kedge report model.json
              kedge report data.h5
              kedge report runs/first --output first.html
            """)

    @Argument(help: "A diagnosis, a training run, a prefix dataset, or JSON of kedge inspect or kedge diff.")
    var path: String

    @Option(help: ArgumentHelp("The page to write. (default: the input's name with .html)", valueName: "path"))
    var output: String?

    @Flag(help: "Replace the page if it exists.")
    var force = false

    @OptionGroup(title: "Diagnoses") var summary: SummaryOptions

    func validate() throws {
        guard !FileSystem.isSameFile(path, output ?? ReportOutput.name(for: path)) else {
            throw ValidationError("--output names the input; give the page a name of its own")
        }
    }

    func run() throws {
        let output = self.output ?? ReportOutput.name(for: path)
        // What stands in the way is said before any work is done.
        _ = try OutputFile(destination: output, overwrite: force)
        let isDirectory = FileSystem.isDirectory(path)
        if isDirectory, TrainingRunFiles.isRun(path) { return try write(runPage(), to: output) }
        if isDirectory, !["index.json", "plan.json"].contains(where: { FileSystem.exists("\(path)/\($0)") }) {
            throw ReportError(
                .unknownKind, path: path,
                "is a directory without a training run's metrics.jsonl and without shards of a dataset; of a checkpoint, write "
                    + "what kedge inspect --stats --json prints into a file and give that")
        }
        if try isDirectory || ReportInput.isHDF5(path) { try GuardedProcess.protect(path, removingTemporaries: true) }
        try write(try isDirectory ? datasetPage() : page(of: ReportInput(path)), to: output)
    }

    private func runPage() throws -> ReportPage {
        if summary.isUsed { throw ValidationError("--epsilon and the like are for diagnoses, and \(path) is none") }
        return TrainingReport.page(of: try TrainingRunFiles(path))
    }

    private func write(_ page: ReportPage, to output: String) throws {
        try page.write(to: output, overwrite: force)
        StandardOutput.write(Terminal.printable("\(output): \(page.title)", keepingLineBreaks: false) + "\n")
    }

    private func page(of input: ReportInput) throws -> ReportPage {
        if case .diagnosis = input {
        } else if summary.isUsed {
            throw ValidationError("--epsilon and the like are for diagnoses, and \(path) is none")
        }
        switch input {
        case .diagnosis:
            let file = try DiagnosisFile(path)
            return try DiagnosisReport.page(
                of: file, summary: try DiagnosisSummary(file, settings: summary.settings).json)
        case .prefixDataset: return try datasetPage()
        case .inspection(let node): return InspectionReport.page(of: node)
        case .comparison(let node): return ComparisonReport.page(of: node)
        case .datasetStatistics(let node): return DatasetReport.page(of: node)
        }
    }

    private func datasetPage() throws -> ReportPage {
        DatasetReport.page(of: DatasetView(try DatasetSummary(DatasetFiles(path))).node)
    }
}

/// Where a page goes.
enum ReportOutput {
    /// The input's name with .html instead of its ending, in the same directory.
    static func name(for input: String) -> String {
        var path = input
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return path + ".html" }
        return String(path[..<path.index(path.endIndex, offsetBy: name.distance(from: name.endIndex, to: dot))])
            + ".html"
    }
}

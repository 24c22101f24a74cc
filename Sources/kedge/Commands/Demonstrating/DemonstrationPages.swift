import ArgumentParser
import Demonstration
import Divergences
import Files
import JSON
import Reports

/// The diagnosis of a demonstration, and its pages.
struct DemonstrationPages {
    private let plan: DemonstrationPlan
    private let paths: DemonstrationPaths
    private let threads: Int

    init(_ plan: DemonstrationPlan, _ paths: DemonstrationPaths, threads: Int) {
        self.plan = plan
        self.paths = paths
        self.threads = threads
    }

    /// Writes them, the page that tells everything last.
    func write(_ result: DemonstrationResult) throws {
        let summary = try diagnose()
        let text = try JSONWriter(isPretty: true).string(result.json) + "\n"
        try OutputFile.write(Array(text.utf8), to: paths.results, overwrite: false)
        let runs = try Dictionary(
            uniqueKeysWithValues: plan.runs.map { ($0.name, try TrainingRunFiles(paths.run($0.name))) })
        try DemonstrationReport.page(of: result, root: paths.root, runs: runs, diagnosis: summary)
            .write(to: paths.report, overwrite: false)
    }

    /// As `kedge diagnose`: the run that learnt from both, against the model that it began with.
    private func diagnose() throws -> JSONNode {
        guard let run = plan.comparison.last else { return .null }
        var options = try ModelDiagnosisOptions.parse(["--limit", plan.isQuick ? "8" : "200"])
        options.skipPrompts = true
        let file = try OutputFile(destination: paths.diagnosis, overwrite: false, creating: false)
        try ModelDiagnosis(
            reference: paths.start(of: run, in: plan), policy: paths.end(of: run), dataset: paths.dataset("held-out"),
            options: options, measuring: try MeasuringOptions.parse([]), threads: threads
        ).run(creating: file.temporaryPath, progress: ProgressLine(.never))
        try file.commit()
        let diagnosis = try DiagnosisFile(paths.diagnosis)
        let summary = try DiagnosisSummary(diagnosis).json
        try DiagnosisReport.page(of: diagnosis, summary: summary).write(to: paths.diagnosisReport, overwrite: false)
        return summary
    }
}

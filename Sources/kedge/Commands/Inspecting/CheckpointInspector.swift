import Checkpoints
import JSON

/// Inspects a checkpoint, and shows what was found.
struct CheckpointInspector {
    let path: String
    let inspection: InspectionOptions
    let tensors: TensorOptions
    let reading: CheckpointReading
    let threads: Int
    let output: OutputOptions

    func run() throws {
        var settings = try tensors.settings(threads: threads)
        settings.measuresStatistics = inspection.stats
        settings.measuresSpectra = inspection.spectrum
        settings.hashes = inspection.hash
        let checkpoint = try Checkpoint.open(path, options: reading.options)
        let line = InspectionProgress(output.progress)
        let found = try CheckpointInspection(of: checkpoint, settings: settings) { line.show($0, $1, $2) }
        line.finish()
        if output.json || settings.worldSize > 1 {
            StandardOutput.write(try JSONWriter(isPretty: true).string(found.json) + "\n")
        } else if tensors.csv {
            StandardOutput.write(CheckpointTable(found).csv())
        } else {
            StandardOutput.write(CheckpointView(found, isTable: inspection.table).text())
        }
    }
}

/// The line that shows how far an inspection or a comparison has come: one for reading, one for spectra.
final class InspectionProgress: Sendable {
    private let reading: ProgressLine
    private let spectra: ProgressLine

    init(_ mode: ProgressMode) {
        reading = ProgressLine(mode)
        spectra = ProgressLine(mode)
    }

    func show(_ stage: InspectionStage, _ done: Int, _ total: Int) {
        switch stage {
        case .reading:
            reading.show("read", done: done, of: total, rate: { "\(Numbers.bytes(Int($0)))/s" })
        case .spectra:
            spectra.show("spectra", done: done, of: total, rate: { "\(Numbers.fixed($0, 1)) matrices/s" })
        }
    }

    func finish() {
        reading.finish()
        spectra.finish()
    }
}

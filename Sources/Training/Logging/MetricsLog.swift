public import Files
import JSON

/// A run's metrics.jsonl: one object for each update, with `step` first and the metrics in the order given.
///
/// Each line is on its way to the disk when ``append(step:_:)`` returns. A number that is not finite is written as null.
public struct MetricsLog: ~Copyable, Sendable {
    /// The file.
    public let path: String

    private var file: AppendedFile

    /// Opens the file of a run, and makes it where there is none.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - step: the last update that stays; lines of later ones are cut off, and so is a last line that is not whole. 0 for a
    ///     new run.
    /// - Throws: `FileError` when it cannot be written, or holds something but metrics.
    public init(path: String, keepingThrough step: Int) throws(FileError) {
        self.path = path
        file = try AppendedFile(path: path, keepingThrough: step)
    }

    /// Writes the metrics of an update.
    ///
    /// - Parameters:
    ///   - step: the number of the update, from 1.
    ///   - metrics: names and values; of a name that is given twice the last value counts.
    /// - Throws: `FileError`, say because the disk is full; nothing of the line is left then.
    public mutating func append(step: Int, _ metrics: [(name: String, value: Double)]) throws(FileError) {
        var line = "{\"step\":\(step)"
        var bytes = Array(line.utf8)
        line = ""
        for (index, metric) in metrics.enumerated()
        where !metrics[(index + 1)...].contains(where: { $0.name == metric.name }) && metric.name != "step" {
            bytes.append(UInt8(ascii: ","))
            JSONWriter.writeString(metric.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: (metric.value.isFinite ? metric.value.description : "null").utf8)
        }
        bytes.append(contentsOf: "}\n".utf8)
        try file.append(bytes)
    }
}

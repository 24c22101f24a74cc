import JSON

/// A run's metrics.jsonl: one object for each update, with `step` first and the metrics in the order given.
///
/// A line has been given to the system when ``append(step:_:)`` returns. A number that is not finite is written as null. The
/// file's schema is `training-metrics`.
public struct MetricsLog: ~Copyable, Sendable {
    private var lines: StepLines

    /// Opens the file of a run, and makes it where there is none.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - step: the last update that stays; lines of later ones are cut off, and so is a last line that is not whole. 0 for a
    ///     new run.
    /// - Throws: ``LogError`` when it cannot be written, or holds something but metrics.
    public init(path: String, keepingThrough step: Int) throws(LogError) {
        lines = try StepLines(path: path, keepingThrough: step)
    }

    /// Writes the metrics of an update. O(metrics²) in their number.
    ///
    /// - Parameters:
    ///   - step: the number of the update, from 1.
    ///   - metrics: names and values; of a name that is given twice the last value counts.
    /// - Throws: ``LogError``, say because the disk is full; nothing of the line is left then.
    public mutating func append(step: Int, _ metrics: [(name: String, value: Double)]) throws(LogError) {
        try lines.append(MetricsLog.line(step: step, metrics))
    }

    static func line(step: Int, _ metrics: [(name: String, value: Double)]) -> [UInt8] {
        var bytes = Array("{\"step\":\(step)".utf8)
        for (index, metric) in metrics.enumerated()
        where metric.name != "step" && !metrics[(index + 1)...].contains(where: { $0.name == metric.name }) {
            bytes.append(UInt8(ascii: ","))
            JSONWriter.writeString(metric.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: (metric.value.isFinite ? metric.value.description : "null").utf8)
        }
        bytes.append(contentsOf: "}\n".utf8)
        return bytes
    }
}

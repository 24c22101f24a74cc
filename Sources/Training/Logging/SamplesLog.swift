import JSON

/// A run's samples.jsonl: rollouts to look at, a line each.
public struct SamplesLog: ~Copyable, Sendable {
    private var lines: StepLines

    /// Opens the file of a run, and makes it where there is none.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - step: the last update whose rollouts stay; 0 for a new run.
    /// - Throws: ``LogError`` when it cannot be written, or holds something but samples.
    public init(path: String, keepingThrough step: Int) throws(LogError) {
        lines = try StepLines(path: path, keepingThrough: step)
    }

    /// Writes rollouts.
    ///
    /// - Throws: ``LogError``, say because the disk is full; nothing of them is left then.
    public mutating func append(_ samples: [RolloutSample]) throws(LogError) {
        var bytes: [UInt8] = []
        for sample in samples {
            // Numbers that JSON cannot write are null in the node already.
            try? JSONWriter().write(sample.node, to: &bytes)
            bytes.append(0x0A)
        }
        guard !bytes.isEmpty else { return }
        try lines.append(bytes)
    }
}

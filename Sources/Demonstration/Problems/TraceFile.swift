import Files
import JSON

/// Writes problems and traces as JSON lines.
public enum TraceFile {
    /// Writes the first problems of a sequence to a file, which appears when it is whole.
    ///
    /// - Throws: `FileError`, also for a file that is there and may not be replaced.
    /// - Complexity: linear in `count`; a row at a time is in memory.
    public static func write(
        _ settings: ProblemSettings, count: Int, to path: String, overwrite: Bool
    ) throws {
        var file = try OutputFile(destination: path, overwrite: overwrite)
        var problems = ProblemSequence(settings)
        let writer = JSONWriter()
        for _ in 0..<count {
            try Task.checkCancellation()
            guard let element = problems.next() else { break }
            try file.write(Array((try writer.string(problems.row(element)) + "\n").utf8))
        }
        try file.commit()
    }
}

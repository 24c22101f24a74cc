import Files
import JSON

/// What a training run has written down, as far as a page shows it.
public struct TrainingRunFiles {
    /// The run's directory.
    public let path: String

    let configuration: JSONNode?
    let metrics: TrainingMetrics
    let rollouts: RolloutGroups

    private static let longestLine = 64 << 20

    /// Whether a directory is that of a run: it has a metrics.jsonl.
    public static func isRun(_ path: String) -> Bool {
        FileSystem.regularFileSize(at: "\(path)/metrics.jsonl") != nil
    }

    /// Reads configuration.json, metrics.jsonl and samples.jsonl of a run; the first and the last may be missing. A last line
    /// that is not whole, of a run that is under way, is left out.
    ///
    /// - Throws: ``ReportError`` with the line where a file is not what its name says; `RecordError` where it cannot be read.
    public init(_ path: String) throws {
        self.path = path
        let configurationPath = "\(path)/configuration.json"
        configuration =
            FileSystem.regularFileSize(at: configurationPath) == nil
            ? nil : JSONNode(try JSONDocument.contents(ofFileAt: configurationPath, limit: 8 << 20).root)
        var metrics = TrainingMetrics()
        let metricsPath = "\(path)/metrics.jsonl"
        try Self.forEachLine(of: metricsPath) { node, line in
            if let problem = metrics.add(node) { throw Self.broken(metricsPath, line, problem) }
        }
        guard !metrics.steps.isEmpty else {
            throw ReportError(.unknownKind, path: metricsPath, "holds no update yet; there is nothing to draw")
        }
        self.metrics = metrics
        rollouts = try Self.rollouts("\(path)/samples.jsonl", RolloutGroups.Limits())
    }

    /// Reads twice: which groups there are, and then those that are shown.
    private static func rollouts(_ path: String, _ limits: RolloutGroups.Limits) throws -> RolloutGroups {
        guard FileSystem.regularFileSize(at: path) != nil else { return RolloutGroups([], total: 0, limits: limits) }
        var keys: [RolloutGroups.Key] = []
        var seen: Set<RolloutGroups.Key> = []
        try forEachLine(of: path) { node, line in
            guard let rollout = RolloutGroups.rollout(node) else {
                throw broken(path, line, "is no rollout with a step and a group")
            }
            if seen.insert(rollout.key).inserted { keys.append(rollout.key) }
        }
        let chosen = RolloutGroups.chosen(keys, limits)
        var rollouts: [RolloutGroups.Rollout] = []
        var counts: [RolloutGroups.Key: Int] = [:]
        try forEachLine(of: path) { node, _ in
            guard let rollout = RolloutGroups.rollout(node), chosen.contains(rollout.key) else { return }
            counts[rollout.key, default: 0] += 1
            if counts[rollout.key, default: 0] <= limits.rollouts { rollouts.append(rollout) }
        }
        return RolloutGroups(rollouts, total: keys.count, limits: limits)
    }

    private static func forEachLine(of path: String, _ body: (JSONNode, Int) throws -> Void) throws {
        var reader = try RecordReader(path: path, layout: .lines, recordLimit: longestLine)
        var parser = try JSONParser()
        var failure: ReportError?
        while let batch = try reader.nextBatch() {
            for record in batch.records {
                // Only the last line may be broken off.
                if let failure { throw failure }
                let document: JSONDocument
                do throws(JSONError) {
                    document = try batch.withBytes(of: record) { (bytes) throws(JSONError) in try parser.parse(bytes) }
                } catch {
                    failure = broken(path, record.line, "is no JSON: \(error.message)")
                    continue
                }
                try body(JSONNode(document.root), record.line)
            }
        }
    }

    private static func broken(_ path: String, _ line: Int, _ message: String) -> ReportError {
        ReportError(.contractBroken, path: path, "line \(line) \(message)")
    }
}

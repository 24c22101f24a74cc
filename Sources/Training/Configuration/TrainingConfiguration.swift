public import Files
public import JSON

/// The settings of a training run: those of the whole run, and those of its phases.
///
/// A file has one flat set of keys, with TRL's names wherever TRL has one. A run has one phase, unless `phases` lists
/// several; keys of a phase override those above them. `kedge schema training-configuration` prints every key with its
/// range, its default and where the default is from.
public struct TrainingConfiguration: Sendable, Equatable {
    /// The model that is trained, and how.
    public var model: ModelSettings
    /// Where the run is written, and how often.
    public var run: RunSettings
    /// The phases in the order in which they are trained; at least one.
    public var phases: [TrainingPhase]

    /// Makes a configuration from its parts.
    public init(model: ModelSettings, run: RunSettings, phases: [TrainingPhase]) {
        self.model = model
        self.run = run
        self.phases = phases
    }

    /// The configuration as JSON, in a fixed order: all phases are listed, each with every setting that means something to its
    /// objective. ``init(yaml:path:overrides:)`` reads its text back as an equal configuration.
    public var node: JSONNode {
        var members: [(key: String, value: JSONNode)] = []
        members += ModelSettings.settings.filter { model.uses($0.name) }.map { ($0.name, $0.read(model)) }
        members += RunSettings.settings.map { ($0.name, $0.read(run)) }
        members.append(("phases", .array(phases.map(\.node))))
        return .object(members)
    }

    /// The SHA-256 of ``node``'s text without blanks, in hexadecimal: equal configurations have equal digests.
    ///
    /// - Throws: `DigestError` where libcrypto fails.
    public func digest() throws(DigestError) -> String {
        // What was read from text is finite; a number that is not makes a digest of its own all the same.
        try SHA256.digest(of: Array(((try? JSONWriter().string(node)) ?? "\(self)").utf8))
    }
}

import Files

extension TrainingConfiguration {
    /// Reads a configuration in YAML, of which JSON is a part.
    ///
    /// - Parameters:
    ///   - yaml: the text in UTF-8, at most 1 MiB.
    ///   - path: its file, for messages.
    ///   - overrides: settings that win over those of the text, the last of a key first.
    /// - Throws: ``ConfigurationError`` for the first rule that is broken.
    public init(
        yaml: [UInt8], path: String? = nil, overrides: [ConfigurationOverride] = []
    ) throws(ConfigurationError) {
        var source = try SourcedConfiguration(yaml: yaml, path: path)
        for override in overrides { try source.override(override) }
        self = try ConfigurationReader(source).configuration()
    }

    /// Reads a configuration's file, see ``init(yaml:path:overrides:)``.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(path: String, overrides: [ConfigurationOverride] = []) throws(ConfigurationError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileSystem.readFile(at: path, limit: YAMLDocument.largestText)
        } catch {
            throw ConfigurationError(.unreadable, path: path, error.message)
        }
        try self.init(yaml: bytes, path: path, overrides: overrides)
    }
}

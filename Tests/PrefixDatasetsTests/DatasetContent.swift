import HDF5
import PrefixDatasets
import Tensors
import TestFixtures
import Tokenization

/// Everything that a prefix dataset holds, in memory, to be changed and written again.
struct DatasetContent: Equatable {
    var numbers: [String: [Int32]] = [:]
    var offsets: [Int64] = []
    var strings: [String: [String]] = [:]
    var ratios: [Double] = []
    var texts: [String: String] = [:]
    var version = 1

    static let columns = ["prompt_lengths", "expert_lengths", "prompt_index", "trace_index"]
    static let stringColumns = ["ids", "answers", "problems", "sources"]
    static let textNames = ["format", "tokenizer_sha256", "settings", "provenance", "counts"]

    init(reading path: String) throws {
        let file = try HDF5File(reading: path)
        for name in Self.columns + ["tokens", "prefix_ends"] {
            numbers[name] = try file.openDataset(name).read(Int32.self)
        }
        offsets = try file.openDataset("offsets").read(Int64.self)
        for name in Self.stringColumns { strings[name] = try file.openDataset(name).readStrings() }
        for name in Self.textNames { texts[name] = try file.stringAttribute(name) }
        ratios = try file.doubleArrayAttribute("prefix_ratios")
        version = try file.integerAttribute("version")
    }

    /// Writes it without the datasets and attributes in `omitted`; `adding` writes what stands in their place.
    func write(
        _ path: String, omitting omitted: Set<String> = [],
        adding: (borrowing HDF5File) throws -> Void = { _ in }
    ) throws {
        let file = try HDF5File(creating: path, replacing: true)
        for (name, values) in numbers where !omitted.contains(name) {
            let shape = name == "prefix_ends" ? [values.count / max(1, ratios.count), ratios.count] : [values.count]
            try file.createDataset(name, of: .int32, shape: shape).write(values)
        }
        if !omitted.contains("offsets") {
            try file.createDataset("offsets", of: .int64, shape: [offsets.count]).write(offsets)
        }
        for (name, values) in strings where !omitted.contains(name) {
            try file.createStringDataset(name, shape: [values.count]).writeStrings(values)
        }
        for (name, text) in texts where !omitted.contains(name) { try file.setAttribute(name, to: text) }
        if !omitted.contains("prefix_ratios") { try file.setAttribute("prefix_ratios", to: ratios) }
        if !omitted.contains("version") { try file.setAttribute("version", to: version) }
        try adding(file)
        try file.close()
    }

    /// The content without what says where the rows come from.
    var withoutProvenance: DatasetContent {
        var copy = self
        copy.texts["provenance"] = nil
        return copy
    }
}

/// Builds a dataset with the sample's tokenizer.
@discardableResult
func build(
    _ files: [String], output: String, threads: Int = 2, settings: DatasetSettings = DatasetSettings(),
    tokenizer: String = Sample.tokenizer
) async throws -> DatasetBuilder.Report {
    let directory = try TokenizerDirectory(tokenizer)
    let builder = try DatasetBuilder(
        tokenizer: try Tokenizer(contentsOf: directory.tokenizerPath), directory: directory, settings: settings,
        threads: threads)
    return try await builder.build(files, output: output, overwrite: false)
}

/// Builders with the sample's tokenizer.
enum SampleBuilder {
    static func builder(_ settings: DatasetSettings = DatasetSettings()) throws -> DatasetBuilder {
        let directory = try TokenizerDirectory(Sample.tokenizer)
        return try DatasetBuilder(
            tokenizer: try Tokenizer(contentsOf: directory.tokenizerPath), directory: directory, settings: settings,
            threads: 2)
    }
}

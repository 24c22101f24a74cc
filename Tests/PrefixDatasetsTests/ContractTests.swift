import Contracts
import HDF5
import Tensors
import TestFixtures
import Testing
import Tokenization

@testable import PrefixDatasets

/// One way to break the contract, and what must be said about it.
struct Breach: Sendable, CustomTestStringConvertible {
    var message: String
    var omitted: Set<String> = []
    var isStrict = false
    var change: @Sendable (inout DatasetContent) -> Void = { _ in }
    var adding: @Sendable (borrowing HDF5File) throws -> Void = { _ in }

    var testDescription: String { message }

    static let datasets: [Breach] =
        ["tokens", "offsets", "prompt_lengths", "prefix_ends", "trace_index", "ids", "sources"].map { name in
            Breach(message: "has no dataset '\(name)'", omitted: [name])
        } + [
            Breach(message: "'tokens' is of type int64, not int32", omitted: ["tokens"]) { file in
                try file.createDataset("tokens", of: .int64, shape: [10]).write([Int64](repeating: 0, count: 10))
            },
            Breach(message: "'offsets' is of type int32, not int64", omitted: ["offsets"]) { file in
                _ = try file.createDataset("offsets", of: .int32, shape: [36])
            },
            Breach(message: "'prefix_ends' is of type float32, not int32", omitted: ["prefix_ends"]) { file in
                _ = try file.createDataset("prefix_ends", of: .float32, shape: [35, 4])
            },
            Breach(message: "'ids' is of type int32, not string", omitted: ["ids"]) { file in
                _ = try file.createDataset("ids", of: .int32, shape: [35])
            },
            Breach(message: "'tokens' is of type variable-length string, not int32", omitted: ["tokens"]) { file in
                _ = try file.createStringDataset("tokens", shape: [3])
            },
            Breach(message: "'prefix_ends' has 1 dimensions, not 2", omitted: ["prefix_ends"]) { file in
                _ = try file.createDataset("prefix_ends", of: .int32, shape: [140])
            },
            Breach(message: "'prefix_ends' has a size of 3 where R is 4", omitted: ["prefix_ends"]) { file in
                _ = try file.createDataset("prefix_ends", of: .int32, shape: [35, 3])
            },
            Breach(message: "'offsets' is empty where N+1 is asked for", change: { $0.offsets = [] }),
            Breach(
                message: "'trace_index' has a size of 34 where N is 35",
                change: { $0.numbers["trace_index"]?.removeLast() }),
            Breach(message: "'answers' has a size of 36 where N is 35", change: { $0.strings["answers"]?.append("x") }),
            Breach(message: "holds an unknown 'extra'", isStrict: true) { file in
                _ = try file.createDataset("extra", of: .int32, shape: [1])
            },
            Breach(message: "holds an unknown 'group'", isStrict: true) { file in try file.createGroup("group") },
        ]

    static let attributes: [Breach] =
        ["prefix_ratios", "tokenizer_sha256", "settings", "provenance", "counts", "version"].map { name in
            Breach(message: "has no attribute '\(name)'", omitted: [name])
        } + [
            Breach(message: "its attribute 'format' does not say kedge.prefix-dataset", omitted: ["format"]),
            Breach(
                message: "its attribute 'format' does not say kedge.prefix-dataset",
                change: { $0.texts["format"] = "kedge.diagnosis" }),
            Breach(message: "is a prefix dataset of version 2; this build reads version 1", change: { $0.version = 2 }),
            Breach(message: "'prefix_ratios' is of type int64, not float64", omitted: ["prefix_ratios"]) { file in
                try file.setAttribute("prefix_ratios", to: [0, 1, 1, 1])
            },
            Breach(message: "attribute 'settings' is not JSON", change: { $0.texts["settings"] = "{\"snap\":" }),
            Breach(message: "attribute 'counts' is not JSON", change: { $0.texts["counts"] = "" }),
            Breach(message: "attribute 'provenance' /: is an array", change: { $0.texts["provenance"] = "[]" }),
            Breach(
                message: "attribute 'settings' /: lacks the member 'snap'",
                change: { $0.replace("\"snap\":\"paragraph\",", with: "", in: "settings") }),
            Breach(
                message: "attribute 'settings' /snap: is \"near\", expected",
                change: { $0.replace("\"snap\":\"paragraph\"", with: "\"snap\":\"near\"", in: "settings") }),
            Breach(
                message: "attribute 'settings' /max_expert: is 0.0, at least 1.0 expected",
                change: { $0.replace("\"max_expert\":8192", with: "\"max_expert\":0", in: "settings") }),
            Breach(
                message: "attribute 'counts' /extra: is not allowed here",
                change: { $0.replace("{\"rows\"", with: "{\"extra\":1,\"rows\"", in: "counts") }),
            Breach(
                message: "attribute 'counts' /rows: is a string, expected integer",
                change: { $0.replace("\"rows\":16", with: "\"rows\":\"16\"", in: "counts") }),
            Breach(
                message: "attribute 'provenance' /inputs: has 0 items, at least 1 expected",
                change: {
                    $0.texts["provenance"] = #"{"kedge_version": "1", "tokenizer": "t", "inputs": []}"#
                }),
            Breach(message: "has an unknown attribute 'extra'", isStrict: true) { file in
                try file.setAttribute("extra", to: 1)
            },
        ]

    init(
        message: String, omitted: Set<String> = [], isStrict: Bool = false,
        change: @escaping @Sendable (inout DatasetContent) -> Void
    ) {
        self.message = message
        self.omitted = omitted
        self.isStrict = isStrict
        self.change = change
    }

    init(
        message: String, omitted: Set<String> = [], isStrict: Bool = false,
        adding: @escaping @Sendable (borrowing HDF5File) throws -> Void = { _ in }
    ) {
        self.message = message
        self.omitted = omitted
        self.isStrict = isStrict
        self.adding = adding
    }
}

extension DatasetContent {
    mutating func replace(_ part: String, with other: String, in name: String) {
        texts[name] = texts[name]?.replacing(part, with: other)
    }
}

@Suite struct ContractTests {
    @Test func whatIsWrittenKeepsTheContract() async throws {
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        let dataset = try PrefixDataset(directory.file("a.h5"), isStrict: true)
        #expect(dataset.rowCount == 35)
        // The test's own writer adds nothing to it and takes nothing away.
        let content = try DatasetContent(reading: directory.file("a.h5"))
        try content.write(directory.file("b.h5"))
        let copy = try PrefixDataset(directory.file("b.h5"), isStrict: true)
        try copy.verify(against: Tokenizer(contentsOf: Sample.tokenizerFile))
        #expect(try DatasetContent(reading: directory.file("b.h5")) == content)
    }

    @Test(arguments: Breach.datasets + Breach.attributes)
    func breachesAreFound(_ breach: Breach) async throws {
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        var content = try DatasetContent(reading: directory.file("a.h5"))
        let whole = content
        breach.change(&content)
        let path = directory.file("b.h5")
        try content.write(path, omitting: breach.omitted, adding: breach.adding)
        do {
            _ = try PrefixDataset(path, isStrict: breach.isStrict)
            Issue.record("\(breach.message): was not found")
        } catch let error as DatasetError {
            #expect("\(error)".hasPrefix(path + ": "))
            #expect("\(error)".contains(breach.message), "\(error)")
        }
        if breach.isStrict {
            _ = try PrefixDataset(path)
        } else {
            #expect(content != whole || !breach.omitted.isEmpty)
        }
    }

    @Test func attributesOfAnotherKindAreErrors() async throws {
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        let content = try DatasetContent(reading: directory.file("a.h5"))
        for name in ["format", "version", "settings", "tokenizer_sha256"] {
            let path = directory.file("b.h5")
            try content.write(path, omitting: [name]) { file in
                try file.setAttribute(name, to: 0.5)
            }
            #expect(throws: HDF5Error.self) { try _ = PrefixDataset(path) }
        }
    }

    @Test(arguments: [
        #"{"version": 1, "attributes": {}, "datasets": {}}"#,
        #"{"$id": "x", "version": 1, "attributes": {"a": {}}, "datasets": {}}"#,
        #"{"$id": "x", "version": 1, "attributes": {"a": {"type": "int31"}}, "datasets": {}}"#,
        #"{"$id": "x", "version": 1, "attributes": {}, "datasets": {"a": {"type": "int32", "shape": "N"}}}"#,
    ])
    func contractsThatAreNotSound(_ json: String) {
        #expect(throws: ContractError.self) { try _ = HDF5Contract(json: Array(json.utf8)) }
    }
}

import HDF5
import JSON
import TestFixtures
import Testing

@testable import Reports

@Suite struct ReportInputTests {
    private static let inspection: JSONNode = [
        "format": "kedge.checkpoint-inspection", "version": 1,
        "checkpoint": [
            "path": "models/<b>", "format": "safetensors", "files": [["path": "a", "bytes": 1000]], "tensors": 2,
            "parameters": 30,
            "bytes": 1200, "metadata": ["format": "pt"], "warnings": [["tensor": nil, "message": "odd <i>"]],
            "companions": .array([]),
        ],
        "rank": 0, "world_size": 1, "filters": .array([]),
        "tensors": .array([tensor(0), tensor(1)]),
        "roles": [
            ["role": "attention", "tensors": 1, "parameters": 10, "bytes": 400],
            ["role": "norm", "tensors": 1, "parameters": 20, "bytes": 800],
        ],
    ]

    private static func tensor(_ layer: Int64) -> JSONNode {
        [
            "index": .int(layer), "name": .string("model.layers.\(layer).q_proj.weight"), "dtype": "bfloat16",
            "shape": [2, 5],
            "parameters": 10, "bytes": 20, "role": "attention", "layer": .int(layer),
            "statistics": [
                "count": 10, "nan": 0, "positive_infinity": 0, "negative_infinity": 0, "zero": 1, "subnormal": 0,
                "min": -1, "max": 2,
                "absmax": 2, "mean": 0.25, "std": .double(0.5 + Double(layer)), "kurtosis": 3, "l1": 4, "l2": 5,
                "exact": true,
                "quantiles": .array([]), "histogram": ["lower": -1, "upper": 2, "counts": [1, 5, 4]],
                "binades": .array([]),
            ],
        ]
    }

    private static let comparison: JSONNode = [
        "format": "kedge.checkpoint-diff", "version": 1, "a": ["path": "x/base", "format": "hf"],
        "b": ["path": "x/tuned", "format": "hf"], "rank": 0, "world_size": 1, "filters": .array([]), "tolerance": 0.0,
        "tensors": [
            ["index": 0, "name": "a", "status": "identical", "dtype": "float32", "shape": [3]],
            [
                "index": 1, "name": "b", "status": "changed", "dtype": "float32", "shape": [3],
                "difference": [
                    "elements": 3, "identical": false, "changed": 2, "changed_share": 0.5, "not_finite": 0,
                    "relative_l2": 0.1, "l2": 1,
                    "l2_a": 1, "l2_b": 1, "max_abs": 0.5, "cosine": 0.9, "ulps": nil,
                ],
            ],
        ],
        "same": false, "counts": ["identical": 1, "changed": 1], "adapter_rank": 8,
    ]

    private static let lengths: JSONNode = [
        "mean": 3.5, "min": 1, "quantiles": ["0.5": 3], "max": 6, "total": 7,
        "histogram": [["from": 0, "to": 5, "count": 1], ["from": 5, "to": 10, "count": 1]],
    ]

    private static let dataset: JSONNode = [
        "path": "data.h5", "shards": nil, "rows": 2, "tokens": 7, "prompts": 1, "prefix_ratios": [0.5],
        "prompt_lengths": lengths,
        "expert_lengths": lengths, "prefix_lengths": .array([lengths]), "counts": ["read": 3, "dropped": ["empty": 1]],
        "settings": ["seed": 1], "provenance": ["kedge_version": "0"], "tokenizer_sha256": "00",
    ]

    private func input(_ node: JSONNode) throws -> ReportInput { try input(Array(JSONWriter().string(node).utf8)) }

    private func input(_ bytes: [UInt8]) throws -> ReportInput {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/input"
        try directory.write("input", bytes)
        return try ReportInput(path)
    }

    private func kind(_ input: ReportInput) -> String {
        switch input {
        case .diagnosis: "diagnosis"
        case .prefixDataset: "prefix dataset"
        case .inspection: "inspection"
        case .comparison: "comparison"
        case .datasetStatistics: "dataset statistics"
        }
    }

    @Test func kindsAreToldByContent() throws {
        #expect(kind(try input(Self.inspection)) == "inspection")
        #expect(kind(try input(Self.comparison)) == "comparison")
        #expect(kind(try input(Self.dataset)) == "dataset statistics")
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d.json"
        try DiagnosisSample(texts: [], sequences: []).write(to: path)
        #expect(kind(try ReportInput(path)) == "diagnosis")
    }

    @Test(arguments: [
        ("", "neither HDF5 nor JSON"), ("# Title", "neither HDF5 nor JSON"), ("[1, 2]", "does not say what it is"),
        ("{\"format\": \"pt\"}", "says that its format is pt"), ("{\"format\": 3}", "does not say what it is"),
    ])
    func otherThingsAreRefused(text: String, reason: String) throws {
        let error = try #require(throws: ReportError.self) { _ = try input(Array(text.utf8)) }
        #expect(error.code == .unknownKind)
        #expect(error.message.contains(reason))
        #expect(error.message.contains("a report is made of"))
    }

    @Test func otherHDF5FilesAreRefused() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/other.h5"
        let file = try HDF5File(creating: path)
        try file.setAttribute("format", to: "else")
        try file.close()
        let error = try #require(throws: ReportError.self) { _ = try ReportInput(path) }
        #expect(error.message.contains("neither a diagnosis nor a prefix dataset"))
    }

    @Test func brokenContractsAreRefused() throws {
        guard case .object(var members) = Self.inspection else { return }
        members[1].value = 2
        members.append(("extra", nil))
        let error = try #require(throws: ReportError.self) { _ = try input(.object(members)) }
        #expect(error.code == .contractBroken)
        #expect(error.message.contains("/version"))
    }

    @Test func inspectionsBecomePages() throws {
        let data = try PageText.data(of: InspectionReport.page(of: Self.inspection).html())
        #expect(data["title"] == "<b>")
        #expect(PageText.blocks("notices", in: data).first?["items"] == ["odd <i>"])
        let line = try #require(PageText.blocks("lines", in: data).first)
        #expect(line["series"]?.items.first?["values"] == [0.5, 1.5])
        let table = try #require(PageText.blocks("table", in: data).first)
        #expect(table["rows"]?.items.count == 2)
        #expect(table["rows"]?.items.first?.items[4] == [1, 5, 4])
        #expect(PageText.blocks("bars", in: data).count == 1)
    }

    @Test func comparisonsBecomePages() throws {
        let data = try PageText.data(of: ComparisonReport.page(of: Self.comparison).html())
        #expect(data["title"] == "base and tuned")
        let rows = try #require(PageText.blocks("table", in: data).first?["rows"]?.items)
        #expect(rows.map { $0.items[0] } == ["b", "a"])
        #expect(rows[0].items[4] == 0.1)
    }

    @Test func datasetsBecomePages() throws {
        let data = try PageText.data(of: DatasetReport.page(of: Self.dataset).html())
        let charts = PageText.blocks("histogram", in: data)
        #expect(
            charts.compactMap { $0["title"]?.text }
                == ["Length of the prompt", "Length of the expert trace", "Length of the prefix 0.5"])
        #expect(charts[0]["series"]?.items[0]["counts"] == [1, 1])
        let counts = try #require(PageText.blocks("table", in: data).last?["rows"]?.items)
        #expect(counts.map { $0.items[0] } == ["read", "dropped: empty"])
    }

    @Test func wrongKindsInsideDoNotEndTheProgram() throws {
        for node: JSONNode in [
            .null, [:], ["tensors": [1, nil, "x"], "checkpoint": 3], ["prompt_lengths": ["histogram": [1]]],
        ] {
            _ = try InspectionReport.page(of: node).html()
            _ = try ComparisonReport.page(of: node).html()
            _ = try DatasetReport.page(of: node).html()
        }
    }

    @Test func pagesAreNotReplacedUnasked() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/page.html"
        let page = DatasetReport.page(of: Self.dataset)
        try page.write(to: path, overwrite: false)
        #expect(throws: (any Error).self) { try page.write(to: path, overwrite: false) }
        try page.write(to: path, overwrite: true)
    }
}

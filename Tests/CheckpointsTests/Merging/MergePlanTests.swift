import Checkpoints
import JSON
import Tensors
import TestFixtures
import Testing

/// What is merged with what, and what is refused.
@Suite struct MergePlanTests {
    struct Entry {
        var name: String
        var type: TensorType
        var shape: [Int]
        var bytes: [UInt8]
    }

    static func floats(_ name: String, _ values: [Float], shape: [Int]? = nil) -> Entry {
        Entry(
            name: name, type: .float32, shape: shape ?? [values.count],
            bytes: values.flatMap { value in withUnsafeBytes(of: value.bitPattern) { Array($0) } })
    }

    static func brains(_ name: String, _ values: [Float]) -> Entry {
        Entry(
            name: name, type: .bfloat16, shape: [values.count],
            bytes: values.flatMap { value in withUnsafeBytes(of: BFloat16(value).bitPattern) { Array($0) } })
    }

    static func integers(_ name: String, _ values: [UInt8]) -> Entry {
        Entry(name: name, type: .uint8, shape: [values.count], bytes: values)
    }

    static func write(_ entries: [Entry], to path: String) throws -> Checkpoint {
        let tensors = entries.map { TensorDescription(name: $0.name, type: $0.type, shape: $0.shape) }
        let sink = try CheckpointFormat.safetensors.makeSink(path, tensors: tensors, options: WritingOptions())
        for (index, entry) in entries.enumerated() {
            try entry.bytes.withUnsafeBytes { try sink.write($0, tensor: index, at: 0, turn: index) }
        }
        try sink.commit()
        return try Checkpoint.open(path)
    }

    private func run(
        _ settings: MergeSettings, _ models: [[Entry]], base: [Entry]? = nil
    ) throws -> (ConversionReport, Checkpoint, CheckpointMerge, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        let opened = try models.enumerated().map { try Self.write($0.element, to: directory.file("m\($0.offset)")) }
        let base = try base.map { try Self.write($0, to: directory.file("base")) }
        let merge = try CheckpointMerge(settings, models: opened, base: base)
        let path = directory.file("out.safetensors")
        var conversion = CheckpointConversion()
        conversion.threads = 2
        let report = try merge.run(to: path, format: .safetensors, conversion: conversion)
        return (report, try Checkpoint.open(path), merge, directory)
    }

    private func bytes(_ checkpoint: Checkpoint, _ name: String) throws -> [UInt8] {
        let tensor = try #require(checkpoint.tensor(named: name))
        var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
        try bytes.withUnsafeMutableBytes { try checkpoint.reader(of: tensor).read(at: 0, into: $0) }
        return bytes
    }

    /// The mean of 1 and 1 + 2^-7 lies between two bfloat16 numbers: it is rounded once, to the even one.
    @Test func typesAreThoseOfTheFirst() throws {
        let second: Float = 1 + 0x1p-7
        let models = [[Self.brains("x", [1, 2])], [Self.floats("x", [second, 4])]]
        let (report, out, merge, _) = try run(MergeSettings(.linear), models)
        #expect(out.tensors[0].type == .bfloat16)
        #expect(merge.mergedCount == 1 && merge.byteCount == 4)
        #expect(report.overflowed == 0 && report.underflowed == 0)
        #expect(try bytes(out, "x") == Self.brains("x", [1, 3]).bytes)
        var settings = MergeSettings(.linear)
        settings.type = .float32
        let (_, wide, _, _) = try run(settings, models)
        #expect(try bytes(wide, "x") == Self.floats("x", [1 + 0x1p-8, 3]).bytes)
    }

    @Test func overflowIsCounted() throws {
        var settings = MergeSettings(.linear)
        settings.type = .float16
        let (report, _, _, _) = try run(settings, [[Self.floats("x", [70_000, 1, 1e-20])]])
        #expect(report.overflowed == 1 && report.underflowed == 1)
    }

    @Test func integersMustBeEqual() throws {
        let model = [Self.integers("i", [1, 2]), Self.floats("x", [1])]
        let (report, out, merge, _) = try run(MergeSettings(.linear), [model, model])
        #expect(merge.mergedCount == 1 && report.tensorCount == 2)
        #expect(try bytes(out, "i") == [1, 2])
        let error = #expect(throws: CheckpointError.self) {
            try run(MergeSettings(.linear), [model, [Self.integers("i", [1, 3]), Self.floats("x", [1])]])
        }
        #expect(error?.tensor == "i" && error?.code == .invalidRequest)
        #expect(throws: CheckpointError.self) {
            try run(MergeSettings(.linear), [model, [Self.floats("i", [1, 2]), Self.floats("x", [1])]])
        }
    }

    @Test(arguments: [[1e308, 1e308], [3e38, 3e38], [.infinity, 1], [.nan, 1], [1e39]])
    func weightsOutOfRange(weights: [Double]) throws {
        var settings = MergeSettings(.linear)
        settings.weights = weights
        let model = [Self.floats("x", [1])]
        let error = #expect(throws: CheckpointError.self) { try run(settings, [model, model]) }
        #expect(error?.code == .invalidRequest)
    }

    @Test func missingTensors() throws {
        let models = [[Self.floats("x", [1])], [Self.floats("x", [3]), Self.floats("y", [5])]]
        let error = #expect(throws: CheckpointError.self) { try run(MergeSettings(.linear), models) }
        #expect(error?.code == .missingTensor && error?.tensor == "y")
        var settings = MergeSettings(.linear)
        settings.allowsMissing = true
        let (_, out, merge, _) = try run(settings, models)
        #expect(merge.mergedCount == 1)
        #expect(try bytes(out, "x") == Self.floats("x", [2]).bytes)
        #expect(try bytes(out, "y") == Self.floats("y", [5]).bytes)
        #expect(merge.warnings.map(\.tensor) == ["y"])
    }

    @Test func shapesMustBeEqual() throws {
        let error = #expect(throws: CheckpointError.self) {
            try run(
                MergeSettings(.linear),
                [[Self.floats("x", [1, 2], shape: [2, 1])], [Self.floats("x", [1, 2, 3], shape: [3, 1])]])
        }
        #expect(error?.message.contains("vocabularies") == true)
        #expect(throws: CheckpointError.self) {
            try run(
                MergeSettings(.linear),
                [[Self.floats("x", [1, 2], shape: [2, 1])], [Self.floats("x", [1, 2], shape: [1, 2])]])
        }
    }

    @Test func rulesReplaceParameters() throws {
        var settings = MergeSettings(.linear)
        settings.isNormalized = false
        var rule = MergeRule(NamePattern("a.*"))
        rule.weights = [1, 0]
        settings.rules = [rule]
        let models = [
            [Self.floats("a.x", [1]), Self.floats("b.x", [1])], [Self.floats("a.x", [3]), Self.floats("b.x", [3])],
        ]
        let (_, out, _, _) = try run(settings, models)
        #expect(try bytes(out, "a.x") == Self.floats("", [1]).bytes)
        #expect(try bytes(out, "b.x") == Self.floats("", [4]).bytes)
    }

    @Test func metadataSaysHow() throws {
        var settings = MergeSettings(.dareTies)
        settings.densities = [0.5]
        settings.seed = .max
        let (_, out, _, _) = try run(settings, [[Self.floats("x", [1])]], base: [Self.floats("x", [0])])
        let text = try #require(out.metadata.first { $0.key == "kedge.merge" }?.value)
        let node = JSONNode(try JSONDocument.parsing(text).root)
        #expect(node["method"] == "dare-ties")
        #expect(node["seed"] == .unsigned(.max))
        #expect(node["base"]?["name"] == "base")
        #expect(!text.contains("/"))
    }

    @Test func emptyTensors() throws {
        for method in MergeMethod.allCases {
            var settings = MergeSettings(method)
            if method.usesDensity { settings.densities = [0.5] }
            let model = [Self.floats("x", [], shape: [0, 3]), Self.floats("s", [1], shape: [])]
            let (_, _, merge, _) = try run(
                settings, method == .slerp ? [model, model] : [model], base: method.needsBase ? model : nil)
            #expect(merge.mergedCount == 2)
        }
    }

    static let unusable: [(MergeMethod, Int, Bool, @Sendable (inout MergeSettings) -> Void)] = [
        (.slerp, 3, false, { _ in }), (.slerp, 1, false, { _ in }), (.linear, 2, true, { _ in }),
        (.ties, 2, false, { _ in }), (.linear, 0, false, { _ in }), (.linear, 2, false, { $0.weights = [1, 2, 3] }),
        (.linear, 2, false, { $0.weights = [.nan] }), (.linear, 2, false, { $0.weights = [1, -1] }),
        (.linear, 2, false, { $0.densities = [0.5] }), (.ties, 1, true, { $0.densities = [0] }),
        (.ties, 1, true, { $0.densities = [1.5] }), (.ties, 1, true, { $0.densities = [.nan] }),
        (.ties, 1, true, { $0.rescaling = .density }), (.slerp, 2, false, { $0.interpolation = 1.1 }),
        (.ties, 1, true, { $0.lambda = .infinity }), (.linear, 1, false, { $0.type = .int8 }),
    ]

    @Test(arguments: unusable.indices)
    func unusableSettings(_ index: Int) throws {
        let (method, count, hasBase, change) = Self.unusable[index]
        var settings = MergeSettings(method)
        change(&settings)
        let directory = try TemporaryDirectory()
        let model = try Self.write([Self.floats("x", [1])], to: directory.file("m"))
        let models = [Checkpoint](repeating: model, count: count)
        let error = #expect(throws: CheckpointError.self) {
            try CheckpointMerge(settings, models: models, base: hasBase ? model : nil)
        }
        #expect(error?.code == .invalidRequest)
    }
}

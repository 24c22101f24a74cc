import Checkpoints
import Tensors
import TestFixtures
import Testing

@Suite struct ConversionPlanTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("a.safetensors")
        try CheckpointFixture.write(
            [
                CheckpointFixture.float("a.weight", 2), CheckpointFixture.float("a.norm", 2),
                TensorDescription(name: "ids", type: .int64, shape: [2]),
                TensorDescription(name: "mask", type: .bool, shape: [2]),
                TensorDescription(name: "s", type: .float8E8M0, shape: [2]),
                TensorDescription(name: "w", type: .float8E4M3, shape: [2]),
                TensorDescription(name: "w_scale_inv", type: .float32, shape: [1]),
            ], to: path)
    }

    private func plan(_ change: (inout ConversionSettings) throws -> Void) throws -> ConversionPlan {
        var settings = ConversionSettings()
        try change(&settings)
        return try ConversionPlan(try Checkpoint.open(path), settings: settings)
    }

    private func types(_ plan: ConversionPlan) -> [String: TensorType] {
        Dictionary(uniqueKeysWithValues: plan.tensors.map { ($0.description.name, $0.description.type) })
    }

    @Test func whatIsNotReadIsNotPlanned() throws {
        let tensor = try #require(
            StoredTensor(
                unread: CheckpointFixture.float("q", 2), storedTypeName: "Q4_K", byteCount: 8, reason: "it is packed"))
        let checkpoint = try Checkpoint(path: "x", format: .gguf, files: [], tensors: [tensor])
        let error = #expect(throws: CheckpointError.self) {
            _ = try ConversionPlan(checkpoint, settings: ConversionSettings())
        }
        #expect(error?.code == .unsupported && error?.tensor == "q")
        #expect(error?.message.contains("it is packed") ?? false)
    }

    @Test func typesAreForFloatingPoint() throws {
        let plan = try plan { $0.type = .bfloat16 }
        #expect(
            types(plan) == [
                "a.weight": .bfloat16, "a.norm": .bfloat16, "ids": .int64, "mask": .bool, "s": .float8E8M0,
                "w": .bfloat16, "w_scale_inv": .bfloat16,
            ])
        let warnings = plan.warnings.map(\.description).joined(separator: "\n")
        #expect(warnings.contains("float8_e8m0fnu") && warnings.contains("'w'") && warnings.contains("w_scale_inv"))
    }

    @Test func theLastRuleCounts() throws {
        let plan = try plan {
            $0.type = .float16
            $0.typeRules = ["a.*=bf16", "*norm=f32", "w*=keep", "nothing=f32"].compactMap { TypeRule(parsing: $0) }
        }
        #expect(types(plan)["a.weight"] == .bfloat16 && types(plan)["a.norm"] == .float32)
        #expect(types(plan)["w"] == .float8E4M3 && types(plan)["w_scale_inv"] == .float32)
        #expect(plan.warnings.contains { $0.message.contains("'nothing'") })
    }

    @Test(arguments: ["a", "=f32", "a=int8", "a=", "a=f31"])
    func badTypeRules(text: String) {
        #expect(TypeRule(parsing: text) == nil)
    }

    @Test func collisionsNameBoth() throws {
        let error = #expect(throws: CheckpointError.self) {
            _ = try plan { $0.renames = [try RenameRule("^a\\.(weight|norm)$", "x")] }
        }
        #expect(error?.code == .conflict)
        for part in ["'a.weight'", "'a.norm'", "'x'"] { #expect("\(error.map { "\($0)" } ?? "")".contains(part)) }
        #expect(throws: CheckpointError.self) { _ = try plan { $0.renames = [try RenameRule("^ids$", "")] } }
    }

    @Test func selection() throws {
        let plan = try plan {
            $0.included = [NamePattern("a.*"), NamePattern("ids")]
            $0.excluded = [NamePattern("*norm")]
        }
        #expect(plan.tensors.map(\.description.name) == ["ids", "a.weight"])
        #expect(plan.excludedCount == 5)
        #expect(throws: CheckpointError.self) { _ = try self.plan { $0.included = [NamePattern("b")] } }
    }

    @Test func tensorsAtOnePlaceAreDuplicates() throws {
        // As PyTorch's shared storages are read: two names, one place.
        let file = try Checkpoint.open(path)
        let original = try #require(file.tensor(named: "a.weight"))
        let description = TensorDescription(name: "tied", type: original.type, shape: original.shape)
        let tied = try #require(StoredTensor(description, storage: original.storage))
        let checkpoint = try Checkpoint(
            path: path, format: .pytorch, files: file.files, tensors: [tied] + file.tensors)
        #expect(try ConversionPlan(checkpoint, settings: ConversionSettings()).tensors.count == 8)
        var settings = ConversionSettings()
        settings.deduplicates = true
        let plan = try ConversionPlan(checkpoint, settings: settings)
        #expect(plan.tensors.count == 7)
        #expect(plan.duplicates.map { [$0.name, $0.keeper] } == [["tied", "a.weight"]])
        // Of two types they are two.
        settings.typeRules = [TypeRule(NamePattern("tied"), .bfloat16)]
        #expect(try ConversionPlan(checkpoint, settings: settings).tensors.count == 8)
    }
}

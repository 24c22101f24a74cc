import Checkpoints
import Tensors
import TestFixtures
import Testing

@Suite struct TensorParallelTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        _ = try directory.makeDirectory("m")
        try directory.write("m/config.json", CheckpointFixture.config)
    }

    private func write(_ tensors: [TensorDescription]) throws -> Checkpoint {
        try CheckpointFixture.write(tensors, to: directory.file("m/model.safetensors"))
        return try Checkpoint.open(directory.file("m"))
    }

    private func rank(_ rank: Int, of ranks: Int) throws -> Checkpoint {
        try Checkpoint.open(directory.file("tp/model-rank-0000\(rank)-of-0000\(ranks).safetensors"))
    }

    private func join() throws -> Checkpoint {
        var conversion = CheckpointConversion()
        conversion.writing.overwrite = true
        _ = try conversion.join(
            ranksIn: directory.file("tp"), reading: ReadingOptions(), to: directory.file("joined.safetensors"),
            format: .safetensors)
        return try Checkpoint.open(directory.file("joined.safetensors"))
    }

    @Test(arguments: [(1, 1), (2, 1), (4, 1), (4, 16)]) func thereAndBack(ranks: Int, multiple: Int) throws {
        let checkpoint = try write(CheckpointFixture.model)
        var sharding = TensorParallelSharding(ranks: ranks)
        sharding.vocabularyMultiple = multiple
        _ = try sharding.run(checkpoint, to: directory.file("tp"))
        #expect(try CheckpointFixture.contents(of: join()) == CheckpointFixture.contents(of: checkpoint))
        #expect(!directory.isMissing("tp/config.json") && !directory.isMissing("tp/layout.json"))
        let error = #expect(throws: CheckpointError.self) { _ = try Checkpoint.open(directory.file("tp")) }
        #expect(error?.message.contains("--join") ?? false)
    }

    @Test func whatRanksHold() throws {
        let checkpoint = try write(CheckpointFixture.model)
        _ = try TensorParallelSharding(ranks: 4).run(checkpoint, to: directory.file("tp"))
        func bytes(_ name: String, _ rank: Int) throws -> [UInt8] {
            try CheckpointFixture.data(of: name, in: try self.rank(rank, of: 4))
        }
        func whole(_ name: String) throws -> [UInt8] { try CheckpointFixture.data(of: name, in: checkpoint) }
        let layer = "model.layers.1."
        // Columns: a quarter of the rows, the bias with them.
        #expect(
            try bytes(layer + "self_attn.q_proj.weight", 2)
                == Array(whole(layer + "self_attn.q_proj.weight")[256..<384]))
        #expect(try bytes(layer + "self_attn.q_proj.bias", 2) == Array(whole(layer + "self_attn.q_proj.bias")[32..<48]))
        // Two heads of keys for four ranks: two ranks have the same.
        let keys = layer + "self_attn.k_proj.weight"
        #expect(try bytes(keys, 0) == bytes(keys, 1) && bytes(keys, 1) == Array(whole(keys)[..<128]))
        #expect(try bytes(keys, 2) == bytes(keys, 3) && bytes(keys, 3) == Array(whole(keys)[128...]))
        // Rows: a quarter of each row; the bias whole.
        let down = try whole(layer + "mlp.down_proj.weight")
        #expect(try bytes(layer + "mlp.down_proj.weight", 3) == (0..<8).flatMap { down[$0 * 96 + 72..<$0 * 96 + 96] })
        #expect(try bytes(layer + "self_attn.o_proj.bias", 3) == whole(layer + "self_attn.o_proj.bias"))
        #expect(try bytes("model.norm.weight", 3) == whole("model.norm.weight"))
        // 13 rows become 16 by repeating the last.
        let table = try whole("lm_head.weight")
        #expect(
            try bytes("lm_head.weight", 3) == Array(table[384...]) + Array(table[384...]) + Array(table[384...])
                + Array(table[384...]))
    }

    @Test func fusedWeights() throws {
        let fused = [
            CheckpointFixture.float("l.self_attn.qkv_proj.weight", 32, 4),
            CheckpointFixture.float("l.mlp.gate_up_proj.weight", 24, 4),
        ]
        for ranks in [2, 4] {
            let checkpoint = try write(fused)
            var sharding = TensorParallelSharding(ranks: ranks)
            sharding.writing.overwrite = true
            _ = try sharding.run(checkpoint, to: directory.file("tp"))
            let part = try CheckpointFixture.data(of: "l.mlp.gate_up_proj.weight", in: try rank(1, of: ranks))
            let whole = try CheckpointFixture.data(of: "l.mlp.gate_up_proj.weight", in: checkpoint)
            let rows = 12 / ranks
            #expect(part == Array(whole[rows * 16..<rows * 32]) + Array(whole[(12 + rows) * 16..<(12 + 2 * rows) * 16]))
            // 16 rows of queries, 8 of keys, 8 of values.
            let heads = try CheckpointFixture.data(of: "l.self_attn.qkv_proj.weight", in: try rank(1, of: ranks))
            #expect(heads.count == (16 / ranks + 2 * 4) * 16)
            let joined = try CheckpointFixture.contents(of: join())
            #expect(joined == (try CheckpointFixture.contents(of: checkpoint)))
        }
    }

    @Test(arguments: [
        (3, "q_proj"), (8, "4 heads of queries"),
    ]) func whatIsNotDividedEvenly(ranks: Int, part: String) throws {
        let checkpoint = try write(CheckpointFixture.model)
        let error = #expect(throws: CheckpointError.self) {
            _ = try TensorParallelSharding(ranks: ranks).run(checkpoint, to: directory.file("tp"))
        }
        #expect(error?.code == .invalidRequest && "\(error.map { "\($0)" } ?? "")".contains(part))
        #expect(directory.isMissing("tp") && directory.isMissing("tp.kedge-partial"))
    }

    @Test func aPlanOfTransformers() throws {
        let plan = try directory.write(
            "plan.json", "{\"layers.*.self_attn.q_proj\": \"colwise\", \"layers.*.mlp.down_proj\": \"rowwise\"}")
        var sharding = TensorParallelSharding(ranks: 2)
        sharding.plan = try TensorParallelPlan(contentsOf: plan)
        let checkpoint = try write(CheckpointFixture.model)
        _ = try sharding.run(checkpoint, to: directory.file("tp"))
        let part = try rank(0, of: 2)
        #expect(part.tensor(named: "model.layers.0.self_attn.q_proj.weight")?.shape == [8, 8])
        #expect(part.tensor(named: "model.layers.0.mlp.down_proj.weight")?.shape == [8, 12])
        #expect(part.tensor(named: "model.layers.0.mlp.up_proj.weight")?.shape == [24, 8])
        #expect(try CheckpointFixture.contents(of: join()) == CheckpointFixture.contents(of: checkpoint))
        for text in ["{}", "[]", "{\"a\": \"sideways\"}", "{\"a\": 1}", "{"] {
            let path = try directory.write("bad.json", text)
            #expect(throws: CheckpointError.self) { try TensorParallelPlan(contentsOf: path) }
        }
    }

    @Test func ranksThatDisagree() throws {
        _ = try TensorParallelSharding(ranks: 4).run(try write(CheckpointFixture.model), to: directory.file("tp"))
        let path = "tp/model-rank-00002-of-00004.safetensors"
        let norm = try #require(try rank(2, of: 4).tensor(named: "model.norm.weight"))
        guard case .bytes(_, let offset) = norm.storage else { return }
        var bytes = try directory.read(path)
        bytes[offset + 5] ^= 1
        try directory.write(path, bytes)
        let error = #expect(throws: CheckpointError.self) { _ = try join() }
        let text = error.map { "\($0)" } ?? ""
        for part in ["model.norm.weight", "rank 0", "rank 2"] { #expect(text.contains(part), "\(text)") }
        #expect(directory.isMissing("joined.safetensors"))
    }

    @Test func ranksInOthersPlaces() throws {
        let checkpoint = try write(CheckpointFixture.model)
        _ = try TensorParallelSharding(ranks: 2).run(checkpoint, to: directory.file("tp"))
        let names = (0..<2).map { "tp/model-rank-0000\($0)-of-00002.safetensors" }
        let files = try names.map { try directory.read($0) }
        for (first, second) in [(1, 0), (0, 0), (1, 1)] {
            try directory.write(names[0], files[first])
            try directory.write(names[1], files[second])
            let error = #expect(throws: CheckpointError.self) { _ = try join() }
            #expect(error?.code == .conflict && error?.path.contains("model-rank-0000") ?? false)
        }
        try directory.write(names[0], files[0])
        try directory.write(names[1], files[1])
        #expect(try CheckpointFixture.contents(of: join()) == CheckpointFixture.contents(of: checkpoint))
    }

    @Test func oneKindOfDirectoryReplacesTheOther() throws {
        let checkpoint = try write(CheckpointFixture.model)
        var sharding = TensorParallelSharding(ranks: 2)
        sharding.writing.overwrite = true
        var conversion = CheckpointConversion()
        conversion.writing.overwrite = true
        conversion.shardSize = 1_500
        for _ in 0..<2 {
            _ = try conversion.run(checkpoint, to: directory.file("tp"), format: .huggingFace)
            #expect(try !directory.contents("tp").contains { $0.contains("rank") || $0 == "layout.json" })
            #expect(try Checkpoint.open(directory.file("tp")).tensors.count == CheckpointFixture.model.count)
            _ = try sharding.run(checkpoint, to: directory.file("tp"))
            #expect(
                try directory.contents("tp") == [
                    "config.json", "layout.json", "model-rank-00000-of-00002.safetensors",
                    "model-rank-00001-of-00002.safetensors",
                ])
        }
    }

    @Test(arguments: [
        ("\"version\":", "\"version\": 2, \"v\":", "version"), ("kedge.checkpoint-layout", "other", "format"),
        ("model-rank-00000", "../x", "../x"),
        ("model-rank-00000", "model-rank-00001", "twice"), ("\"copies\":1", "\"copies\":0", "division"),
        ("\"copies\":1", "\"copies\":9007199254740992", "division"), ("\"extent\":16", "\"extent\":17", "division"),
        ("\"extent\":16", "\"extent\":-1", "sound"), ("\"dimension\":0", "\"dimension\":7", "division"),
        ("\"padding\":1", "\"padding\":9007199254740991", "division"), ("\"float32\"", "\"float31\"", "sound"),
        ("model.norm.weight", "model.other", "model.other"), ("\"shape\":[16,8]", "\"shape\":[16,9]", "by the layout"),
        ("\"name\"", "\"nome\"", "name"),
    ])
    func hostileLayouts(from: String, to: String, part: String) throws {
        _ = try TensorParallelSharding(ranks: 2).run(try write(CheckpointFixture.model), to: directory.file("tp"))
        var text = String(decoding: try directory.read("tp/layout.json"), as: UTF8.self)
        guard let range = text.firstRange(of: from) else {
            Issue.record("\(from) is not in the layout")
            return
        }
        text.replaceSubrange(range, with: to)
        try directory.write("tp/layout.json", text)
        let error = #expect(throws: CheckpointError.self) { _ = try join() }
        #expect(error.map { "\($0)".contains(part) } ?? false, "\(error.map { "\($0)" } ?? "")")
        #expect(directory.isMissing("joined.safetensors"))
    }
}

import Checkpoints
import HDF5
import Tensors
import TestFixtures
import Testing

@Suite struct KerasTests {
    private static func check(_ checkpoint: Checkpoint, size: Int) throws {
        #expect(checkpoint.format == .keras)
        #expect(
            checkpoint.tensors.map(\.name) == [
                "layers/dense/vars/0", "layers/dense/vars/1", "layers/dense_1/vars/0", "layers/dense_1/vars/1",
            ])
        #expect(checkpoint.tensors.map(\.type) == [.bfloat16, .bfloat16, .float32, .float32])
        let first = try checkpoint.numbers(of: "layers/dense/vars/0", as: UInt16.self)
        #expect(first == (0..<3 * size).map { BFloat16(Float($0)).bitPattern })
        let second = try checkpoint.numbers(of: "layers/dense_1/vars/0", as: Float.self)
        #expect(second == (0..<2 * size).map { Float($0) })
    }

    @Test func weightsOfKerasAreRead() throws {
        try Self.check(try Checkpoint.open(try hdf5Golden("keras/model.weights.h5")), size: 4)
        try Self.check(try Checkpoint.open(try hdf5Golden("keras/sharded.weights.json")), size: 40)
        try Self.check(try Checkpoint.open(try hdf5Golden("keras/sharded.weights.json"), options: .guarded), size: 40)
    }

    @Test func namesOfKerasStayPaths() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.weights.h5")
        let tensors = [
            TensorDescription(name: "layers/dense/vars/0", type: .bfloat16, shape: [3]),
            TensorDescription(name: "model.norm.weight", type: .float32, shape: [2, 2]),
        ]
        try writePattern(
            tensors, to: try CheckpointFormat.keras.makeSink(path, tensors: tensors, options: WritingOptions()))
        let file = try HDF5File(reading: path)
        let dataset = try file.openDataset("layers/dense/vars/0")
        #expect(try dataset.storedType() == .opaque(byteCount: 2))
        #expect(try dataset.stringAttribute("dtype") == "bfloat16")
        #expect(try file.openGroup("layers/dense/vars").stringAttribute("name") == "dense")
        let other = try file.openDataset("model.norm.weight/vars/0")
        #expect(try other.stringAttribute("name") == "model.norm.weight")
        #expect(try other.shape() == [2, 2])
    }

    @Test(arguments: [false, true]) func shardsAreWrittenAndRead(_ isCompressed: Bool) throws {
        let directory = try TemporaryDirectory()
        let index = directory.file("m.weights.json")
        let tensors = (0..<7).map {
            TensorDescription(name: "layers/l\($0 / 2)/vars/\($0 % 2)", type: .float32, shape: [100, 100])
        }
        var options = WritingOptions()
        options.isCompressed = isCompressed
        let sink = try KerasShards.makeSink(index, tensors: tensors, largestShard: 120_000, options: options)
        try writePattern(tensors, to: sink)
        #expect(
            try directory.names() == [
                "m.weights.json", "m_00000.weights.h5", "m_00001.weights.h5", "m_00002.weights.h5",
            ])
        let checkpoint = try Checkpoint.open(index)
        #expect(checkpoint.tensors.count == 7)
        for tensor in tensors {
            #expect(try checkpoint.bytes(of: tensor.name) == patternBytes(of: tensor))
        }
        let error = #expect(throws: CheckpointError.self) {
            try KerasShards.makeSink(
                directory.file("n.weights.json"), tensors: tensors, largestShard: 39_999, options: options)
        }
        #expect(error?.code == .invalidRequest)
    }

    @Test(arguments: ["../a.h5", "/etc/passwd", "a/../../b.h5", ""])
    func anIndexLeadsNowhereElse(_ name: String) throws {
        let directory = try TemporaryDirectory()
        let index = try directory.write("m.weights.json", #"{"weight_map": {"/a/vars": ["\#(name)"]}}"#)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(index) }
        #expect(error?.code == .unsafePath)
    }

    @Test func aGroupThatIsMissingIsNamed() throws {
        let directory = try TemporaryDirectory()
        try directory.write("m.weights.h5", try readBytes(try hdf5Golden("keras/model.weights.h5")))
        let index = try directory.write(
            "m.weights.json", #"{"weight_map": {"/layers/dense/vars": "m.weights.h5", "/x/vars": "m.weights.h5"}}"#)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(index) }
        #expect(error?.code == .missingTensor)
    }
}

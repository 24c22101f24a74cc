import Tensors
import TestFixtures
import Testing

@testable import Checkpoints

@Suite struct PyTorchTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(_ bytes: [UInt8]) throws -> Checkpoint {
        try Checkpoint.open(try directory.write("a.pt", bytes))
    }

    private func code(_ bytes: [UInt8]) -> CheckpointError.Code? {
        do {
            _ = try open(bytes)
            return nil
        } catch {
            return (error as? CheckpointError)?.code
        }
    }

    @Test func readsWhatPyTorchWrote() throws {
        let checkpoint = try Checkpoint.open(checkpointGolden("torch/state.pt"))
        #expect(checkpoint.format == .pytorch)
        #expect(
            checkpoint.tensors.map(\.name) == [
                "a.weight", "transposed", "view", "expanded", "tied", "parameter", "fp8", "u16", "complex", "scalar",
                "empty",
            ])
        #expect(try numbers(Float.self, of: "a.weight", in: checkpoint) == [0, 1, 2, 3, 4, 5])
        #expect(try numbers(Float.self, of: "tied", in: checkpoint) == [0, 1, 2, 3, 4, 5])
        #expect(checkpoint.tensor(named: "transposed")?.shape == [4, 3])
        #expect(
            try numbers(Int32.self, of: "transposed", in: checkpoint) == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
        #expect(try numbers(Int32.self, of: "view", in: checkpoint) == [5, 6, 9, 10])
        #expect(try numbers(Float.self, of: "expanded", in: checkpoint) == [5, 5, 5, 5])
        #expect(checkpoint.tensor(named: "parameter")?.type == .bfloat16)
        #expect(
            try numbers(UInt16.self, of: "parameter", in: checkpoint).map { Float(BFloat16(bitPattern: $0)) } == [
                0, 1, 2, 3, 4, 5,
            ])
        #expect(checkpoint.tensor(named: "fp8")?.type == .float8E4M3)
        #expect(try bytes(of: "fp8", in: checkpoint) == [0x00, 0x38, 0x40, 0x44, 0x48, 0x4A])
        #expect(try numbers(UInt16.self, of: "u16", in: checkpoint) == [0, 1, 2])
        #expect(try numbers(Float.self, of: "complex", in: checkpoint) == [0, 0, 1, 0])
        #expect(try numbers(Int64.self, of: "scalar", in: checkpoint) == [7])
        #expect(checkpoint.tensor(named: "empty")?.shape == [0, 3])
        #expect(checkpoint.warnings.isEmpty)
    }

    @Test func nestedDictionariesGetPaths() throws {
        let checkpoint = try Checkpoint.open(checkpointGolden("torch/nested.pt"))
        let names = checkpoint.tensors.map(\.name)
        #expect(names.prefix(2) == ["model.weight", "model.bias"])
        #expect(names.contains("optimizer.state.0.exp_avg"))
        #expect(checkpoint.metadata.contains { $0.key == "step" && $0.value == "3" })
        #expect(checkpoint.metadata.contains { $0.key == "name" && $0.value == "run" })
        #expect(checkpoint.warnings.allSatisfy { $0.message.contains("no tensors") })
    }

    @Test(arguments: ["legacy", "sparse", "quantised"]) func refusesByName(_ name: String) throws {
        do {
            _ = try Checkpoint.open(checkpointGolden("torch/\(name).pt"))
            Issue.record("was opened")
        } catch let error as CheckpointError {
            #expect(error.code == .unsupported)
            #expect(error.message.contains(name == "legacy" ? "before version 1.6" : name))
        }
    }

    @Test func refusesWhatIsNoArchive() throws {
        let tar = [UInt8](repeating: 0x61, count: 257) + Array("ustar".utf8) + [UInt8](repeating: 0, count: 250)
        #expect(code(tar) == .unsupported)
        #expect(code(PickleBuilder.dictionary { $0.tensor() }.bytes) == .unsupported)
        let text = try directory.write("a.txt", "hello")
        #expect(throws: CheckpointError.self) { try Checkpoint.open(text, as: .pytorch) }
    }

    @Test func refusesTorchScript() {
        let pickle = PickleBuilder.dictionary { $0.tensor() }
        #expect(code(pickle.archive()) == nil)
        #expect(code(pickle.archive(extra: [("x/constants.pkl", [])])) == .unsupported)
        #expect(code(pickle.archive(extra: [("y/data.pkl", [])])) == .malformed)
        #expect(code(pickle.archive(byteOrder: "middle")) == .malformed)
    }

    @Test func bothByteOrders() throws {
        for order in ["little", "big"] {
            let checkpoint = try open(PickleBuilder.dictionary { $0.tensor() }.archive(byteOrder: order))
            #expect(try numbers(Float.self, of: "a", in: checkpoint) == [0, 1, 2, 3])
        }
    }

    @Test func tensorsStayInTheirStorage() {
        func outcome(
            key: String = "0", count: Int = 4, offset: Int = 0, shape: [Int] = [4], strides: [Int] = [1],
            storage: String = "FloatStorage", function: String = "_rebuild_tensor_v2"
        ) -> CheckpointError.Code? {
            code(
                PickleBuilder.dictionary {
                    $0.tensor(
                        key: key, count: count, offset: offset, shape: shape, strides: strides, storage: storage,
                        function: function)
                }.archive())
        }
        #expect(outcome() == nil)
        #expect(outcome(offset: 3, shape: [1]) == nil)
        #expect(outcome(offset: 1) == .badTensor)
        #expect(outcome(offset: -1) == .badTensor)
        #expect(outcome(offset: .max) == .badTensor)
        #expect(outcome(count: 5) == .wrongSize)
        #expect(outcome(count: 3) == .badTensor)
        #expect(outcome(count: .max) == .badTensor)
        #expect(outcome(shape: [5]) == .badTensor)
        #expect(outcome(shape: [-1]) == .badTensor)
        #expect(outcome(shape: [2, 2]) == .badTensor)
        #expect(outcome(strides: [-1]) == .badTensor)
        #expect(outcome(strides: [2]) == .badTensor)
        #expect(outcome(shape: [2], strides: [.max]) == .badTensor)
        #expect(outcome(shape: [.max, .max], strides: [0, 0]) == .badTensor)
        #expect(outcome(shape: [0, .max], strides: [1, .max]) == nil)
        #expect(outcome(key: "../0") == .malformed)
        #expect(outcome(key: "1") == .malformed)
        #expect(outcome(storage: "QInt8Storage") == .unsupported)
        #expect(outcome(storage: "Elsewhere") == .unsupported)
        #expect(outcome(function: "_rebuild_sparse_tensor") == .unsupported)
        #expect(
            outcome(function: "_rebuild_tensor_v3") == .unsupported
                || outcome(function: "_rebuild_tensor_v3") == .badTensor)
    }

    /// A billion elements of a storage of four are no reason for more memory than the file's.
    @Test func expandedTensorsCostNothing() throws {
        let checkpoint = try open(
            PickleBuilder.dictionary { $0.tensor(shape: [1 << 30, 4], strides: [0, 1]) }.archive())
        let reader = try checkpoint.reader(of: checkpoint.tensors[0])
        var part = [Float](repeating: -1, count: 8)
        try part.withUnsafeMutableBytes { try reader.read(at: 1 << 33, into: $0) }
        #expect(part == [0, 1, 2, 3, 0, 1, 2, 3])
    }

    @Test func wasteIsReported() throws {
        let checkpoint = try open(
            PickleBuilder.dictionary { $0.tensor(shape: [1]) }.archive(extra: [("x/data/1", [1, 2, 3])]))
        #expect(checkpoint.warnings.contains { $0.message.contains("by 12 bytes") })
        #expect(checkpoint.warnings.contains { $0.message.contains("belong to no tensor") })
    }

    @Test func shardsByAnIndex() throws {
        let pickle = PickleBuilder.dictionary { $0.tensor() }
        try directory.write("pytorch_model-00001-of-00001.bin", pickle.archive())
        let index = try directory.write(
            "pytorch_model.bin.index.json", #"{"weight_map": {"a": "pytorch_model-00001-of-00001.bin"}}"#)
        let checkpoint = try Checkpoint.open(index)
        #expect(try numbers(Float.self, of: "a", in: checkpoint) == [0, 1, 2, 3])
        try directory.write(
            "pytorch_model.bin.index.json", #"{"weight_map": {"a": "../pytorch_model-00001-of-00001.bin"}}"#)
        #expect(throws: CheckpointError.self) { try Checkpoint.open(index) }
    }

    @Test func damagedFilesAreReadOrRefused() throws {
        for name in ["state.pt", "nested.pt"] {
            try readsOrRefuses(try readBytes(checkpointGolden("torch/" + name)), named: name, seed: 5, rounds: 1_000)
        }
    }
}

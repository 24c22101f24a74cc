import Files
import JSON
import Objectives
import TestFixtures
import Testing

@testable import Training

@Suite struct FileIdentityTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func identity(_ name: String, _ bytes: [UInt8]) throws -> FileIdentity {
        try FileIdentity(try directory.write(name, bytes))
    }

    @Test(arguments: [0, 1, 1000, 4 << 20])
    func everyByteOfASmallFileCounts(size: Int) throws {
        var bytes = [UInt8](repeating: 7, count: size)
        let before = try identity("a", bytes)
        #expect(try before == identity("a", bytes))
        #expect(try before != identity("a", bytes + [7]))
        for place in Set([0, size / 3, size - 1]) where size > 0 {
            bytes[place] ^= 1
            #expect(try before != identity("a", bytes))
            bytes[place] ^= 1
        }
    }

    @Test func endsAndBlocksOfALargeFileCount() throws {
        var bytes = [UInt8](repeating: 7, count: 5 << 20 + 1)
        let before = try identity("a", bytes)
        #expect(before.size == bytes.count)
        for place in [0, bytes.count - 1, (bytes.count - 16 << 10) / 255 * 100 + 100] {
            bytes[place] ^= 1
            #expect(try before != identity("a", bytes), "byte \(place)")
            bytes[place] ^= 1
        }
        bytes.removeLast()
        #expect(try before != identity("a", bytes))
    }

    @Test func ofAModel() throws {
        for name in ["config.json", "model.safetensors", "model.safetensors.index.json", "tokenizer.json", "README.md"]
        {
            _ = try directory.write(name, name)
        }
        let names = try FileIdentity.ofModel(directory.path).map { FileSystem.name(of: $0.path) }
        #expect(names == ["config.json", "model.safetensors", "model.safetensors.index.json"])
        let alone = try FileIdentity.ofModel(directory.file("model.safetensors")).map { FileSystem.name(of: $0.path) }
        #expect(alone == ["model.safetensors", "config.json"])
    }

    @Test func aMovedFileIsTheSame() throws {
        let (a, b, c) = (try identity("a", [1]), try identity("b", [1]), try identity("c", [2]))
        try FileIdentity.requireSame([a, c], [b, c], checkpoint: "checkpoint-1")
        for (old, new, path) in [([a], [a, c], c.path), ([a, c], [a], c.path), ([a], [c], c.path)] {
            let error = #expect(throws: TrainingError.self) {
                try FileIdentity.requireSame(old, new, checkpoint: "checkpoint-1")
            }
            #expect(error?.subject == path)
        }
        let changed = try identity("a", [3])
        #expect(throws: TrainingError.self) { try FileIdentity.requireSame([a], [changed], checkpoint: "checkpoint-1") }
    }

    @Test func checkpointsRemember() throws {
        var state = TrainerState()
        state.configuration = ["seed": 0]
        state.files = [try identity("a", [1]), try identity("b", [])]
        _ = try directory.makeDirectory("checkpoint-0")
        _ = try directory.write("checkpoint-0/trainer_state.json", "\(try text(state))")
        #expect(try TrainerState(checkpoint: directory.file("checkpoint-0")) == state)
        state.files = nil
        _ = try directory.write("checkpoint-0/trainer_state.json", "\(try text(state))")
        #expect(try TrainerState(checkpoint: directory.file("checkpoint-0")) == state)
        let broken = try text(state).replacing("\"configuration\"", with: "\"files\":[{\"path\":1}],\"configuration\"")
        _ = try directory.write("checkpoint-0/trainer_state.json", broken)
        #expect(throws: TrainingError.self) { _ = try TrainerState(checkpoint: directory.file("checkpoint-0")) }
    }

    private func text(_ state: TrainerState) throws -> String { try JSONWriter().string(try state.node()) }
}

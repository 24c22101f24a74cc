import Tensors
import TestFixtures
import Testing

@testable import Checkpoints

@Suite struct NumPyTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func array(_ header: String, data: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
        let text = Array(header.utf8)
        return NumPyHeader.magic + [version, 0] + little(text.count, version == 1 ? 2 : 4) + text + data
    }

    @Test(arguments: ["plain", "fortran", "big"]) func readsArraysOfNumPy(_ name: String) throws {
        let checkpoint = try Checkpoint.open(checkpointGolden("numpy/\(name).npy"))
        #expect(checkpoint.format == .npy)
        #expect(
            checkpoint.tensors.map(\.description) == [TensorDescription(name: name, type: .float32, shape: [2, 3])])
        #expect(try numbers(Float.self, of: name, in: checkpoint) == [0, 1, 2, 3, 4, 5])
        #expect(checkpoint.warnings.isEmpty)
    }

    @Test func bfloat16OfMlDtypesIsGuessed() throws {
        let checkpoint = try Checkpoint.open(checkpointGolden("numpy/ml_bfloat16.npy"))
        #expect(checkpoint.tensors[0].type == .bfloat16)
        #expect(
            try numbers(UInt16.self, of: "ml_bfloat16", in: checkpoint).map { Float(BFloat16(bitPattern: $0)) } == [
                0, 1, 2, 3, 4, 5,
            ])
        #expect(checkpoint.warnings.count == 1)
    }

    @Test func readsArchivesOfNumPy() throws {
        let checkpoint = try Checkpoint.open(checkpointGolden("numpy/arrays.npz"))
        #expect(checkpoint.format == .npz)
        #expect(checkpoint.tensors.map(\.name) == ["a/b", "../up", "é", "flag", "half", "scalar", "empty"])
        #expect(checkpoint.tensors.map(\.type) == [.float32, .int64, .complex64, .bool, .float16, .uint16, .float64])
        #expect(try numbers(Float.self, of: "a/b", in: checkpoint) == [0, 1, 2, 3, 4, 5])
        #expect(try numbers(Int64.self, of: "../up", in: checkpoint) == [0, 1, 2])
        #expect(try numbers(Float.self, of: "é", in: checkpoint) == [0, 0, 1, 0, 2, 0, 3, 0])
        #expect(try bytes(of: "flag", in: checkpoint) == [1, 0])
        #expect(try numbers(UInt16.self, of: "scalar", in: checkpoint) == [7])
        #expect(checkpoint.tensor(named: "scalar")?.shape == [])
        #expect(checkpoint.tensor(named: "empty")?.shape == [0, 3])
        #expect(checkpoint.warnings.compactMap(\.tensor) == ["words", "objects", "when", "pairs"])
        #expect(try ZipArchive.checkCRC(path: checkpointGolden("numpy/arrays.npz")) == [])
    }

    @Test func readsCompressedArchives() throws {
        let checkpoint = try Checkpoint.open(checkpointGolden("numpy/compressed.npz"))
        #expect(try numbers(Float.self, of: "a", in: checkpoint) == [0, 1, 2, 3, 4, 5])
        #expect(try bytes(of: "zeros", in: checkpoint) == [UInt8](repeating: 0, count: 4096))
        #expect(try ZipArchive.checkCRC(path: checkpointGolden("numpy/compressed.npz")) == [])
    }

    /// Every type that has whole bytes comes back as it went, bit by bit.
    @Test func writtenIsRead() throws {
        var tensors = TensorType.allCases.filter { $0.byteWidth != nil }
            .map { TensorDescription(name: "t/\($0.name)", type: $0, shape: [3, 5]) }
        tensors += [
            TensorDescription(name: "../é", type: .float32, shape: []),
            TensorDescription(name: "", type: .uint8, shape: [0, 4]),
        ]
        for format in [CheckpointFormat.npz, .pytorch] {
            let path = directory.file("a.\(format.name)")
            let sink = try format.makeSink(path, tensors: tensors, options: WritingOptions())
            for (index, tensor) in tensors.enumerated().reversed() {
                let data = SafetensorsTests.bytes(of: tensor)
                // In two pieces, the second one first.
                let half = data.count / 2
                for range in [half..<data.count, 0..<half] where !range.isEmpty {
                    try Array(data[range]).withUnsafeBytes {
                        try sink.write($0, tensor: index, at: range.lowerBound, turn: 0)
                    }
                }
            }
            try sink.commit()
            let checkpoint = try Checkpoint.open(path)
            #expect(checkpoint.format == format)
            #expect(checkpoint.tensors.map(\.description) == tensors)
            #expect(checkpoint.warnings.isEmpty)
            for tensor in tensors {
                #expect(try bytes(of: tensor.name, in: checkpoint) == SafetensorsTests.bytes(of: tensor))
            }
            for tensor in checkpoint.tensors {
                guard case .bytes(_, let offset) = tensor.storage else { continue }
                #expect(offset % 64 == 0)
            }
            #expect(try ZipArchive.checkCRC(path: path) == [])
        }
    }

    @Test(arguments: [TensorType.float32, .bfloat16, .float8E5M2, .float8E4M3]) func singleArrays(_ type: TensorType)
        throws
    {
        let tensor = TensorDescription(name: "x", type: type, shape: [4])
        let path = directory.file("x.npy")
        let sink = try CheckpointFormat.npy.makeSink(path, tensors: [tensor], options: WritingOptions())
        try SafetensorsTests.bytes(of: tensor).withUnsafeBytes { try sink.write($0, tensor: 0, at: 0, turn: 0) }
        try sink.commit()
        let checkpoint = try Checkpoint.open(path)
        #expect(checkpoint.tensors.map(\.description) == [tensor])
        #expect(checkpoint.warnings.isEmpty)
        #expect(try bytes(of: "x", in: checkpoint) == SafetensorsTests.bytes(of: tensor))
    }

    @Test func refusesWhatCannotBeWritten() throws {
        let small = [TensorDescription(name: "x", type: .float4E2M1, shape: [2])]
        for format in [CheckpointFormat.npy, .npz, .pytorch] {
            #expect(throws: CheckpointError.self) {
                try format.makeSink(directory.file("x"), tensors: small, options: WritingOptions())
            }
        }
        #expect(throws: CheckpointError.self) {
            try CheckpointFormat.npy.makeSink(directory.file("x"), tensors: [], options: WritingOptions())
        }
        let sink = try CheckpointFormat.npz.makeSink(
            directory.file("x"), tensors: [TensorDescription(name: "x", type: .int8, shape: [2])],
            options: WritingOptions())
        #expect(throws: CheckpointError.self) { try sink.commit() }
    }

    @Test(arguments: [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", CheckpointError.Code?.none),
        ("{\"descr\": '<f4', 'fortran_order': True, 'shape': (2L,)}", nil),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", .wrongSize),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,)}", .badTensor),
        ("{'descr': '<f4', 'fortran_order': True, 'shape': (4294967296, 4294967296)}", .badTensor),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", .malformed),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", .unsupported),
        ("{'descr': '<f16', 'fortran_order': False, 'shape': (2,)}", .unsupported),
        ("{'descr': '|V2', 'fortran_order': False, 'shape': (2,)}", .unsupported),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", .unsupported),
        ("__import__('os').system('false')", .malformed), ("", .malformed), ("{", .malformed),
        (String(repeating: "[", count: 5_000), .malformed),
    ]) func headers(_ header: String, _ code: CheckpointError.Code?) throws {
        for version in 1...3 {
            let path = try directory.write(
                "a.npy", array(header, data: [UInt8](repeating: 0, count: 8), version: UInt8(version)))
            do {
                _ = try Checkpoint.open(path)
                #expect(code == nil, "\(header)")
            } catch {
                #expect((error as? CheckpointError)?.code == code, "\(header): \(error)")
            }
        }
    }

    @Test func damagedFilesAreReadOrRefused() throws {
        for name in ["plain.npy", "fortran.npy", "arrays.npz", "compressed.npz"] {
            try readsOrRefuses(try readBytes(checkpointGolden("numpy/" + name)), named: name, seed: 11, rounds: 400)
        }
    }
}

import Checkpoints
import Tensors
import TestFixtures
import Testing

@Suite struct ComparisonTests {
    private static func compare(
        _ first: [WrittenTensor], _ second: [WrittenTensor], _ change: (inout InspectionSettings) -> Void = { _ in }
    ) throws -> CheckpointComparison {
        let directory = try TemporaryDirectory()
        var settings = InspectionSettings()
        change(&settings)
        return try CheckpointComparison(
            of: try WrittenTensor.write(first, to: directory.file("a.safetensors")),
            and: try WrittenTensor.write(second, to: directory.file("b.safetensors")), settings: settings)
    }

    private func item(_ name: String, of found: CheckpointComparison) throws -> CheckpointComparison.Item {
        try #require(found.items.first { $0.name == name })
    }

    @Test func whatBecameOfTensors() throws {
        let noise = WrittenTensor.noise(6)
        let found = try Self.compare(
            [
                WrittenTensor("same", [6], noise), WrittenTensor("old", [6], noise.reversed()),
                WrittenTensor("shape", [6], noise), WrittenTensor("type", bfloat16: [2], [1, -2]),
                WrittenTensor("zero", [1], [0]), WrittenTensor("gone", [1], [1]),
                WrittenTensor("complex", .complex64, [1], [0, 0, 0, 0, 0, 0, 0, 1]),
            ],
            [
                WrittenTensor("same", [6], noise), WrittenTensor("new", [6], noise.reversed()),
                WrittenTensor("shape", [2, 3], noise), WrittenTensor("type", [2], [1, -2]),
                WrittenTensor("zero", [1], [-0.0]), WrittenTensor("more", [1], [2]),
                WrittenTensor("complex", [1], [1]),
            ])
        #expect(try item("same", of: found).status == .identical)
        #expect(try item("old", of: found).newName == "new")
        #expect(try item("old", of: found).status == .identical)
        #expect(try item("shape", of: found).status == .reshaped)
        #expect(try item("type", of: found).status == .equal && item("type", of: found).changesType)
        #expect(try item("zero", of: found).status == .equal)
        #expect(try item("gone", of: found).status == .removed)
        #expect(try item("more", of: found).status == .added)
        #expect(try item("complex", of: found).status == .changed && item("complex", of: found).difference == nil)
        #expect(!found.isSame && found.items.count == 8)
        #expect(try violations(of: found.json, against: "checkpoint-diff").isEmpty)
    }

    @Test func aFilterThatFitsNothing() throws {
        let (first, second) = ([WrittenTensor("a", [1], [1])], [WrittenTensor("b", [1], [2])])
        let error = #expect(throws: CheckpointError.self) {
            try Self.compare(first, second) { $0.filters = [NamePattern("x*")] }
        }
        #expect(error?.code == .invalidRequest && error?.message.contains("'x*'") ?? false)
        // What only one of them has is enough.
        let found = try Self.compare(first, second) { $0.filters = [NamePattern("b")] }
        #expect(found.items.map(\.status) == [.added])
    }

    @Test func howFarApart() throws {
        let found = try Self.compare(
            [WrittenTensor("a", [5], [3, 4, 0, .nan, .nan])], [WrittenTensor("a", [5], [3, 4.5, 0, .nan, 1])])
        let difference = try #require(found.items[0].difference)
        #expect(difference.changedCount == 2 && difference.nonFiniteCount == 2 && difference.maximum == 0.5)
        #expect(difference.differenceNorm == 0.5 && difference.relativeNorm == 0.1)
        #expect((try #require(difference.cosine) - 27 / (5 * 29.25.squareRoot())).magnitude < 1e-12)
        // 4 to 4.5 is an eighth of the numbers between 4 and 8.
        #expect(difference.distances?.map(\.count) == [2, 1])
        #expect(difference.distances?.last?.lower == 1 << 20)
    }

    @Test func aToleranceIsOfTheWholeTensor() throws {
        let (first, second) = ([WrittenTensor("a", [2], [3, 4])], [WrittenTensor("a", [2], [3, 4.5])])
        #expect(try Self.compare(first, second) { $0.tolerance = 0.11 }.isSame)
        #expect(try !Self.compare(first, second) { $0.tolerance = 0.09 }.isSame)
    }

    @Test func longIntegersThatADoubleCannotTellApart() throws {
        func tensor(_ low: UInt8) -> WrittenTensor { WrittenTensor("a", .int64, [1], [low, 0, 0, 0, 0, 0, 0, 0x40]) }
        let found = try Self.compare([tensor(1)], [tensor(2)])
        #expect(found.items[0].status == .changed && found.items[0].difference?.changedCount == 1)
    }

    @Test(arguments: [TensorType.float32, .bfloat16])
    func updatesOfLowRank(_ type: TensorType) throws {
        let side = 64
        // What was tuned had the type already: only the result is rounded.
        let base = WrittenTensor.noise(side * side).map { type == .bfloat16 ? Float(BFloat16($0)) : $0 }
        let (u, v) = (WrittenTensor.noise(side * 2, seed: 3), WrittenTensor.noise(side * 2, seed: 4))
        let tuned = base.indices.map { index in
            let (row, column) = (index / side, index % side)
            return base[index] + 0.5 * (u[row] * v[column] + u[side + row] * v[side + column])
        }
        func tensor(_ numbers: [Float]) -> WrittenTensor {
            type == .float32
                ? WrittenTensor("a", [side, side], numbers) : WrittenTensor("a", bfloat16: [side, side], numbers)
        }
        let found = try Self.compare([tensor(base)], [tensor(tuned)]) { $0.measuresSpectra = true }
        let update = try #require(found.items[0].update)
        #expect(update.adapterRank == 2 && update.rankAboveNoise == 2 && found.adapterRank == 2)
        let other = try Self.compare(
            [tensor(base)], [tensor(WrittenTensor.noise(side * side, seed: 9))]
        ) { $0.measuresSpectra = true }
        #expect(other.items[0].update?.adapterRank == nil && other.adapterRank == nil)
    }
}

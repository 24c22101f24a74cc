import JSON
import Schemas
import Tensors
import TestFixtures
import Testing

@testable import Checkpoints

@Suite struct InspectionTests {
    private static func inspect(
        _ tensors: [WrittenTensor], _ change: (inout InspectionSettings) -> Void = { _ in }
    ) throws -> CheckpointInspection {
        let directory = try TemporaryDirectory()
        let checkpoint = try WrittenTensor.write(tensors, to: directory.file("a.safetensors"))
        var settings = InspectionSettings()
        settings.measuresStatistics = true
        change(&settings)
        return try CheckpointInspection(of: checkpoint, settings: settings)
    }

    private static func statistics(_ tensor: WrittenTensor) throws -> TensorStatistics {
        try #require(try inspect([tensor]).items[0].statistics)
    }

    @Test func kindsOfNumbersAreCounted() throws {
        let numbers: [Float] = [1, -2, .nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, 3, 2]
        let found = try Self.statistics(WrittenTensor("a", [10], numbers))
        #expect(found.counts.elements == 10 && found.counts.nan == 1 && found.counts.zero == 2)
        #expect(found.counts.positiveInfinity == 1 && found.counts.negativeInfinity == 1)
        #expect(found.counts.subnormal == 1 && found.counts.finite == 7)
        let moments = try #require(found.moments)
        #expect(moments.minimum == -2 && moments.maximum == 3 && moments.absoluteMaximum == 3)
        #expect(moments.l1 == 8 && (moments.l2 * moments.l2 - 18).magnitude < 1e-12)
        #expect(!found.isExact && found.rows == nil)
    }

    @Test func aFilterThatFitsNothing() throws {
        let error = #expect(throws: CheckpointError.self) {
            try Self.inspect([WrittenTensor("a", [1], [1])]) { $0.filters = [NamePattern("x*")] }
        }
        #expect(error?.code == .invalidRequest && error?.message.contains("'x*'") ?? false)
        #expect(try Self.inspect([]) { $0.filters = [NamePattern("x*")] }.items.isEmpty)
    }

    @Test func quantilesOfShortTypesAreExact() throws {
        let found = try Self.statistics(WrittenTensor("a", bfloat16: [5], [4, 1, 3, 2, 5]))
        #expect(found.isExact)
        #expect(found.quantiles.first { $0.share == 0.5 }?.value == 3)
        #expect(found.quantiles.first { $0.share == 0.25 }?.value == 2)
        let almost = try #require(found.quantiles.first { $0.share == 0.95 })
        #expect((almost.value - 4.8).magnitude < 1e-12)
        #expect(found.moments?.mean == 3)
        #expect((try #require(found.moments?.kurtosis) - 1.7).magnitude < 1e-12)
        #expect(found.histogram?.counts.reduce(0, +) == 5)
        #expect(found.binades.map(\.exponent) == [0, 1, 2] && found.binades.map(\.positive) == [1, 2, 2])
    }

    @Test func rowsThatAreDeadOrConstant() throws {
        let rows: [Float] = [1, 2, 3] + [0, -0.0, 0] + [0, 0, 0] + [5, 5, 5] + [5, 5, 6]
        let found = try Self.statistics(WrittenTensor("a", [5, 3], rows))
        #expect(found.rows == TensorStatistics.Rows(count: 5, zero: 1, constant: 2))
        // A row of one element says nothing.
        #expect(try Self.statistics(WrittenTensor("a", [3, 1], [0, 0, 0])).rows == nil)
    }

    /// Rows that lie in two segments and many blocks are found, on any number of threads.
    @Test func segmentsAreJoined() throws {
        // Row 41 has the border of two segments in it, after 2^22 elements.
        var numbers = WrittenTensor.noise(45 * 100_000)
        for index in 4_100_000..<4_200_000 { numbers[index] = 2 }
        let tensor = WrittenTensor("a", [45, 100_000], numbers)
        let found = try Self.inspect([tensor]) { $0.threads = 1 }
        #expect(found.items[0].statistics?.rows == TensorStatistics.Rows(count: 45, zero: 0, constant: 1))
        let others = try Self.inspect([tensor]) { settings in
            settings.threads = 5
            settings.hashes = true
        }
        #expect(others.items[0].statistics == found.items[0].statistics)
        #expect(others.items[0].digest?.count == 64)
    }

    @Test func numbersWithRoomToSpare() throws {
        let rounded = WrittenTensor.noise(100).map { Float(BFloat16($0)) }
        #expect(try Self.statistics(WrittenTensor("a", [100], rounded)).narrowerType == .bfloat16)
        let halves = WrittenTensor.noise(100).map { Float(Float16($0 * 1e-4)) }
        #expect(try Self.statistics(WrittenTensor("a", [100], halves)).narrowerType == .float16)
        #expect(try Self.statistics(WrittenTensor("a", [100], WrittenTensor.noise(100))).narrowerType == nil)
        #expect(try Self.statistics(WrittenTensor("a", [4], [0, 0, 0, 0])).narrowerType == nil)
    }

    @Test func duplicatesHaveTypeAndShapeInCommon() throws {
        let tensors = [
            WrittenTensor("a", .uint8, [4], [1, 2, 3, 4]), WrittenTensor("b", .int8, [4], [1, 2, 3, 4]),
            WrittenTensor("c", .uint8, [4], [1, 2, 3, 4]), WrittenTensor("d", .uint8, [2, 2], [1, 2, 3, 4]),
            WrittenTensor("e", .uint8, [0], []), WrittenTensor("f", .uint8, [0], []),
        ]
        let found = try Self.inspect(tensors) { $0.hashes = true }
        #expect(found.duplicates == [["a", "c"]])
        #expect(found.items[0].digest == "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a")
    }

    @Test func spectrumOfALowRank() throws {
        let (rows, columns) = (20, 30)
        let (u, v) = (WrittenTensor.noise(rows), WrittenTensor.noise(columns, seed: 7))
        let matrix = (0..<rows).flatMap { row in (0..<columns).map { u[row] * v[$0] } }
        let found = try Self.inspect([
            WrittenTensor("a", [rows, columns], matrix), WrittenTensor("b", [columns], v),
            WrittenTensor("n", [2, 2], [1, .nan, 0, 1]),
        ]) { $0.measuresSpectra = true }
        guard case .measured(let spectrum)? = found.items.first(where: { $0.tensor.name == "a" })?.spectrum else {
            Issue.record("no spectrum")
            return
        }
        #expect(spectrum.singularValues.count == 20 && spectrum.conditionNumber == nil)
        #expect((spectrum.stableRank - 1).magnitude < 1e-6 && spectrum.effectiveRank < 1.01)
        #expect(spectrum.rank(ofEnergy: 0.99) == 1)
        #expect(found.items.first { $0.tensor.name == "b" }?.spectrum == nil)
        guard case .skipped? = found.items.first(where: { $0.tensor.name == "n" })?.spectrum else {
            Issue.record("a spectrum of NaN")
            return
        }
    }

    @Test func partsAreJoined() throws {
        let directory = try TemporaryDirectory()
        let checkpoint = try WrittenTensor.write(
            (1..<9).map { WrittenTensor("layers.\($0).weight", [$0, 4], WrittenTensor.noise($0 * 4)) },
            to: directory.file("a.safetensors"))
        var settings = InspectionSettings()
        settings.measuresStatistics = true
        settings.hashes = true
        let whole = try CheckpointInspection(of: checkpoint, settings: settings).json
        settings.worldSize = 3
        var parts: [String] = []
        for rank in [2, 0, 1] {
            settings.rank = rank
            let part = try CheckpointInspection(of: checkpoint, settings: settings).json
            parts.append(try directory.write("\(rank).json", try JSONWriter().string(part)))
        }
        #expect(try InspectionParts.joined(parts) == whole)
        #expect(throws: CheckpointError.self) { try InspectionParts.joined(Array(parts.dropLast())) }
        #expect(throws: CheckpointError.self) { try InspectionParts.joined([parts[0], parts[0], parts[1]]) }
    }

    @Test func whatIsWrittenKeepsItsContract() throws {
        let found = try Self.inspect([
            WrittenTensor("a", [12, 12], WrittenTensor.noise(144)), WrittenTensor("b", [1], [.nan]),
        ]) { settings in
            settings.hashes = true
            settings.measuresSpectra = true
        }
        #expect(try violations(of: found.json, against: "checkpoint-inspection").isEmpty)
    }
}

/// What of a contract a value breaks.
func violations(of node: JSONNode, against name: String) throws -> [JSONSchema.Violation] {
    let contract = JSONNode(try JSONDocument.parsing(try #require(Schemas.json(named: name))).root)
    guard case .object(let members) = contract else { return [] }
    // The version is the contract's own, and no keyword.
    return try JSONSchema(.object(members.filter { $0.key != "version" })).violations(in: node)
}

import Tensors
import Testing

@testable import Kernels

@Suite struct DivergencePropertyTests {
    private static let types: [TensorType] = [.float16, .bfloat16, .float32, .float64]

    private static func measure(
        _ x: LogitRows, _ y: LogitRows, targets: [Int32], width: Int = 8, temperature: Double = 1, level: LayerLevel?
    ) throws -> DivergenceRows.Result {
        try DivergenceRows.measure(
            ThreadTeam(count: 2), reference: x, policy: y, targets: targets,
            settings: DivergenceRows.Settings(
                vocabularySize: min(x.columns, y.columns), temperature: temperature, topWidth: width), level: level)
    }

    @Test(arguments: LayerLevel.available, types)
    func equalRowsAreExactlyZeroApart(_ level: LayerLevel, _ type: TensorType) throws {
        let (x, y) = DivergenceSamples.pairs(35, columns: 3001, seed: 11)
        let targets = [Int32](repeating: 17, count: 35)
        for rows in [x, y] {
            for temperature in [1, 0.3, 1.7] {
                let logits = DivergenceSamples.rows(rows, type: type)
                let found = try Self.measure(logits, logits, targets: targets, temperature: temperature, level: level)
                for row in found.rows {
                    #expect(row.divergences.allSatisfy { $0 == 0 })
                    // Of a token that is impossible on both sides there is no ratio.
                    #expect(row == row.exchanged || row.logRatio.isNaN)
                    #expect(row.topAgrees && row.topOverlap == 8 && row.topMassP == row.topMassQ)
                }
                #expect(found.topP == found.topQ)
            }
        }
    }

    @Test(arguments: LayerLevel.available) func exchangingTheSides(_ level: LayerLevel) throws {
        let (x, y) = DivergenceSamples.pairs(35, columns: 1500, seed: 12)
        let targets = x.indices.map { Int32($0 * 31) }
        let (a, b) = (DivergenceSamples.rows(x), DivergenceSamples.rows(y))
        let forth = try Self.measure(a, b, targets: targets, level: level)
        let back = try Self.measure(b, a, targets: targets, level: level)
        for (row, other) in zip(forth.rows, back.rows) {
            // Lists belong to p.
            var expected = other.exchanged
            (expected.topKL, expected.topMassP, expected.topMassQ) = (row.topKL, row.topMassP, row.topMassQ)
            #expect(row.firstDifference(from: expected, relative: 1e-10) == nil)
        }
        #expect(forth.topP == back.topQ && forth.topQ == back.topP)
    }

    @Test(arguments: LayerLevel.available) func nothingIsNegativeAndBoundsHold(_ level: LayerLevel) throws {
        for seed in 0..<10 as Range<UInt64> {
            let columns = [2, 5, 64, 17, 40, 130, 9, 33, 12, 100][Int(seed)]
            var random = RandomNumbers(seed: seed)
            let x = (0..<1000).map { _ in (0..<columns).map { _ in Double(random.next() * 10) } }
            let y = x.enumerated().map { index, row in
                let spread = Float(1) / Float(1 << (index % 24))
                return row.map { $0 + Double(random.next() * spread * 8) }
            }
            let found = try Self.measure(
                DivergenceSamples.rows(x), DivergenceSamples.rows(y), targets: [Int32](repeating: 0, count: 1000),
                width: min(columns, 4), level: level)
            for row in found.rows {
                #expect(row.divergences.allSatisfy { $0 >= 0 })
                #expect(row.jensenShannon <= 0.6931471805599454 && row.totalVariation <= 1 && row.hellinger <= 1)
                #expect(row.topKL <= row.klPQ * (1 + 1e-9) && row.varentropyP >= 0)
                // Le Cam's and Pinsker's inequalities.
                let square = row.hellinger * row.hellinger
                #expect(square <= row.totalVariation * (1 + 1e-9))
                #expect(row.totalVariation <= row.hellinger * Double(2).squareRoot() * (1 + 1e-9))
                #expect(2 * row.totalVariation * row.totalVariation <= row.klPQ * (1 + 1e-9))
                #expect(row.klPQ <= row.chiSquarePQ * (1 + 1e-9))
            }
        }
    }

    @Test(arguments: LayerLevel.available)
    func narrowTypesAreTheirWidenedNumbers(_ level: LayerLevel) throws {
        let (x, y) = DivergenceSamples.pairs(14, columns: 2050, seed: 13)
        let targets = [Int32](repeating: 5, count: 14)
        for type in [TensorType.float16, .bfloat16] {
            func widened(_ rows: [[Double]]) -> [[Double]] {
                rows.map { row in
                    row.map { number in
                        if type == .float16 { return Double(Float16(number)) }
                        let bits = Float(number).bitPattern
                        return Double(Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000))
                    }
                }
            }
            let narrow = try Self.measure(
                DivergenceSamples.rows(x, type: type), DivergenceSamples.rows(y, type: type), targets: targets,
                level: level)
            let wide = try Self.measure(
                DivergenceSamples.rows(widened(x)), DivergenceSamples.rows(widened(y)), targets: targets, level: level)
            #expect(narrow == wide)
        }
    }

    @Test(arguments: LayerLevel.available) func tiesAreInTheOrderOfIds(_ level: LayerLevel) throws {
        let columns = 4000
        // Seven values only: lists end inside long ties, over several blocks.
        let first: [Double] = (0..<columns).map { Double($0 * 5 % 7) }
        let second: [Double] = (0..<columns).map { $0 < 3000 ? 0 : Double($0 % 2) }
        let x: [[Double]] = [first, second]
        for width in [1, 2, 9, 600] {
            let found = try Self.measure(
                DivergenceSamples.rows(x), DivergenceSamples.rows(x.reversed()), targets: [8, 3001], width: width,
                level: level)
            for (index, row) in x.enumerated() {
                let order: [Int] = row.indices.sorted { (row[$1], $0) < (row[$0], $1) }
                let ranked: [Int32] = order[..<width].map { Int32($0) }
                let p = Array(found.topP.ids[index * width..<(index + 1) * width])
                let q = Array(found.topQ.ids[(1 - index) * width..<(2 - index) * width])
                #expect(p == ranked)
                #expect(q == ranked)
            }
            func rank(_ row: [Double], _ target: Int) -> Int32 {
                1 + row.reduce(into: Int32(0)) { $0 += $1 > row[target] ? 1 : 0 }
            }
            #expect(found.rows[0].rankP == rank(first, 8))
            #expect(found.rows[0].rankQ == rank(second, 8))
            #expect(found.rows[1].rankP == 1)
            #expect(found.rows[1].rankQ == rank(first, 3001))
        }
    }

    @Test func shortListsEndWithoutTokens() throws {
        let x = DivergenceSamples.rows([[1, -.infinity, 2]])
        let y = DivergenceSamples.rows([[-.infinity, -.infinity, 0]])
        for level in [nil] + LayerLevel.available.map(Optional.init) {
            let found = try Self.measure(x, y, targets: [0], width: 4, level: level)
            #expect(found.topP.ids == [2, 0, -1, -1] && found.topQ.ids == [2, -1, -1, -1])
            #expect(found.topP.logProbs[2...].allSatisfy { $0 == -.infinity } && found.topQ.logProbs[0] == 0)
            #expect(found.rows[0].klPQ == .infinity && found.rows[0].topKL == .infinity)
            #expect(found.rows[0].logQ == -.infinity && found.rows[0].rankQ == 2 && found.rows[0].topOverlap == 1)
        }
    }

    @Test func matricesAreRows() throws {
        let matrix = Matrix.random(3, 50, seed: 5)
        let buffer = LogitBuffer(type: .float32, rows: 4, columns: 50)
        buffer.withBytes(rows: 4) { bytes in
            for row in 0..<3 {
                matrix.array(row: row).withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: bytes[(row + 1) * 200..<(row + 2) * 200])
                        .copyMemory(from: $0)
                }
            }
        }
        let found = try Self.measure(
            LogitRows(matrix), LogitRows(buffer, rows: 1..<4), targets: [0, 1, 2], level: .best)
        #expect(found.rows.allSatisfy { $0.divergences.allSatisfy { $0 == 0 } && $0.entropyP > 0 })
    }
}

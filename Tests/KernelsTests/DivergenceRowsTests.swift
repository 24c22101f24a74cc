import Foundation
import Tensors
import Testing

@testable import Kernels

@Suite struct DivergenceRowsTests {
    /// The plain definitions, and every level.
    private static let kernels: [LayerLevel?] = [nil] + LayerLevel.available

    private struct Golden {
        let name: String
        let settings: DivergenceRows.Settings
        let target: Int32
        let rows: [[Double]]
        let statistics: [Double]
    }

    /// What scripts/make-divergence-goldens.py wrote.
    private static func goldens() throws -> [Golden] {
        let path = try #require(Bundle.module.path(forResource: "divergences", ofType: "txt", inDirectory: "Goldens"))
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        return try stride(from: 0, to: lines.count, by: 4).map { first in
            let head = lines[first].split(separator: " ").map(String.init)
            let numbers = try (1...3).map { line in
                try lines[first + line].split(separator: " ").map { try #require(Double(String($0))) }
            }
            let temperature = try #require(Double(head[1]))
            // What the file rounded to nine digits is a number of binary32.
            let rows = numbers[0...1].map { row in row.map { Double(Float($0)) } }
            return Golden(
                name: head[0],
                settings: DivergenceRows.Settings(
                    vocabularySize: rows[0].count, temperature: temperature, topWidth: try #require(Int(head[2]))),
                target: try #require(Int32(head[3])), rows: rows, statistics: numbers[2])
        }
    }

    private static func measure(
        _ x: [[Double]], _ y: [[Double]], types: (TensorType, TensorType) = (.float32, .float32), targets: [Int32],
        settings: DivergenceRows.Settings, level: LayerLevel?, threads: Int = 1
    ) throws -> DivergenceRows.Result {
        try DivergenceRows.measure(
            ThreadTeam(count: threads), reference: DivergenceSamples.rows(x, type: types.0),
            policy: DivergenceSamples.rows(y, type: types.1), targets: targets, settings: settings, level: level)
    }

    @Test(arguments: kernels) func statisticsAreThoseOfExactArithmetic(_ level: LayerLevel?) throws {
        let goldens = try Self.goldens()
        #expect(goldens.count == 20)
        for golden in goldens {
            for types in [(TensorType.float32, TensorType.float32), (.float64, .float64), (.float32, .float64)] {
                let found = try Self.measure(
                    [golden.rows[0]], [golden.rows[1]], types: types, targets: [golden.target],
                    settings: golden.settings, level: level)
                for (statistic, expected) in zip(found.rows[0].named, golden.statistics) {
                    let (number, name) = (statistic.number, statistic.name)
                    if number == expected || (number.isNaN && expected.isNaN) { continue }
                    let size = name.hasPrefix("logNormaliser") ? max(expected.magnitude, 1) : expected.magnitude
                    #expect(
                        (number - expected).magnitude <= 1e-10 * size + 1e-200,
                        "\(golden.name), \(name): \(number), expected \(expected)")
                }
            }
        }
    }

    @Test(arguments: LayerLevel.available, [1, 3, 31, 32, 33, 700, 1024, 1030, 5003])
    func levelsAgreeWithTheDefinition(_ level: LayerLevel, _ columns: Int) throws {
        let (x, y) = DivergenceSamples.pairs(35, columns: columns, seed: UInt64(columns))
        let targets = x.indices.map { Int32($0 % 4 == 3 ? -1 : $0 * 37 % columns) }
        for (temperature, types) in [
            (1.0, (TensorType.float32, TensorType.float32)), (0.6, (.float64, .float32)), (2.5, (.bfloat16, .float16)),
        ] {
            // A mask must not leave a row without a token.
            if columns < 3 { continue }
            let settings = DivergenceRows.Settings(
                vocabularySize: columns, temperature: temperature, topWidth: min(columns, 12))
            let expected = try Self.measure(x, y, types: types, targets: targets, settings: settings, level: nil)
            let found = try Self.measure(x, y, types: types, targets: targets, settings: settings, level: level)
            #expect(found.topP.ids == expected.topP.ids)
            #expect(found.topQ.ids == expected.topQ.ids)
            for (row, (a, b)) in zip(found.rows, expected.rows).enumerated() {
                let difference = a.firstDifference(from: b, relative: 2e-10)
                #expect(difference == nil, "row \(row)")
            }
            let worst = zip(found.topP.logProbs, expected.topP.logProbs).map { ($0 - $1).magnitude }
            #expect(worst.allSatisfy { $0.isNaN || $0 < 1e-5 })
        }
    }

    @Test(arguments: LayerLevel.available) func threadsChangeNothing(_ level: LayerLevel) throws {
        let (x, y) = DivergenceSamples.pairs(23, columns: 2100, seed: 4)
        let targets = x.indices.map { Int32($0) }
        let settings = DivergenceRows.Settings(vocabularySize: 2100)
        func measured(_ threads: Int) throws -> DivergenceRows.Result {
            var found = try Self.measure(x, y, targets: targets, settings: settings, level: level, threads: threads)
            // NaN, which equals nothing, is the ratio of a token that is impossible on both sides.
            for row in found.rows.indices where found.rows[row].logRatio.isNaN { found.rows[row].logRatio = 1e9 }
            return found
        }
        let first = try measured(1)
        for threads in [2, 3, 5] { #expect(try measured(threads) == first) }
    }

    @Test(arguments: kernels) func paddingIsNotLookedAt(_ level: LayerLevel?) throws {
        let (x, y) = DivergenceSamples.pairs(10, columns: 1025, seed: 8)
        let targets = x.indices.map { Int32($0 * 9) }
        let settings = DivergenceRows.Settings(vocabularySize: 1025, topWidth: 5)
        let expected = try Self.measure(x, y, targets: targets, settings: settings, level: level)
        let wideX = x.map { $0 + [.nan, .infinity, 1e9] }
        let wideY = y.map { $0 + [50] }
        #expect(
            try Self.measure(wideX, wideY, targets: targets, settings: settings, level: level) == expected)
    }

    @Test(arguments: kernels) func theFirstBadRowIsNamed(_ level: LayerLevel?) throws {
        let columns = 2500
        let good = DivergenceSamples.pairs(6, columns: columns, seed: 2)
        let settings = DivergenceRows.Settings(vocabularySize: columns)
        func error(_ change: (inout [[Double]], inout [[Double]]) -> Void, threads: Int = 1) -> LogitRowError? {
            var (x, y) = good
            change(&x, &y)
            do {
                _ = try Self.measure(
                    x, y, targets: [Int32](repeating: -1, count: 6), settings: settings, level: level, threads: threads)
                return nil
            } catch {
                return error as? LogitRowError
            }
        }
        #expect(error { _, _ in } == nil)
        for threads in [1, 2, 4] {
            let first = error(
                { x, y in
                    x[5][0] = .nan
                    y[3][2400] = .nan
                    y[3][1300] = .infinity
                    x[3][1301] = .nan
                }, threads: threads)
            #expect(first == LogitRowError(row: 3, column: 1300, isPolicy: true, kind: .positiveInfinity))
        }
        for column in [0, 1023, 1024, 2499] {
            #expect(
                error { x, _ in x[1][column] = .nan }
                    == LogitRowError(row: 1, column: column, isPolicy: false, kind: .nan))
            #expect(
                error { x, y in
                    x[1][column] = .infinity
                    y[1][column] = .nan
                } == LogitRowError(row: 1, column: column, isPolicy: false, kind: .positiveInfinity))
        }
        #expect(
            error { _, y in y[2] = [Double](repeating: -.infinity, count: columns) }
                == LogitRowError(row: 2, column: 0, isPolicy: true, kind: .noProbability))
        #expect(
            error { x, _ in x[2] = [Double](repeating: -.infinity, count: columns) }?.description
                == "row 2 of the reference: every logit is -infinity, no token has a probability")
    }

    @Test(arguments: kernels) func rowsWithoutRows(_ level: LayerLevel?) throws {
        let nothing = LogitRows(LogitBuffer(type: .bfloat16, rows: 0, columns: 7), rows: 0..<0)
        let found = try DivergenceRows.measure(
            ThreadTeam(count: 2), reference: nothing, policy: nothing, targets: [],
            settings: DivergenceRows.Settings(vocabularySize: 7), level: level)
        #expect(found.rows.isEmpty && found.topP.ids.isEmpty)
    }
}

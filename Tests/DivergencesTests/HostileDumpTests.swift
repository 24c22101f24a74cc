import TestFixtures
import Testing

@testable import Divergences

@Suite struct HostileDumpTests {
    private static func npy(_ directory: TemporaryDirectory, _ name: String, _ values: [Float], _ shape: [Int]) throws
        -> String
    {
        try directory.write(name, DumpFixtures.npy(values, shape: shape))
    }

    @Test(arguments: [
        (Float.nan, Optional(4), "NaN"), (Float.infinity, Optional(4), "+infinity"),
        (-Float.infinity, nil, "-infinity"),
    ])
    func whatIsNoLogitNamesItsPlace(_ bad: Float, _ column: Int?, _ word: String) throws {
        let directory = try TemporaryDirectory()
        var values = [Float](repeating: 1, count: 60)
        let good = try Self.npy(directory, "good.npy", values, [2, 6, 5])
        // Row 8: batch 1, position 2.
        if column == nil { for index in 40..<45 { values[index] = bad } } else { values[44] = bad }
        let broken = try Self.npy(directory, "broken.npy", values, [2, 6, 5])
        for (p, q) in [(good, broken), (broken, good)] {
            for bytes in [1, 40, 1 << 20] {
                let error = #expect(throws: DivergenceError.self) {
                    try DumpFixtures.compare(p, q) { $0.blockBytes = bytes }
                }
                #expect(error?.code == .notADistribution)
                #expect(error?.row == 8)
                #expect(error?.column == column)
                #expect(error?.path == broken)
                #expect(error?.detail.contains("batch 1, position 2") == true)
                #expect(error?.detail.contains(word) == true)
            }
        }
        // Padding is not looked at.
        let mask = try directory.write(
            "mask.npy", DumpFixtures.npy(integers: (0..<12).map { $0 == 8 ? 0 : 1 }, shape: [2, 6]))
        let found = try DumpFixtures.compare(good, broken, files: [TokenColumnFile(.mask, path: mask)])
        #expect(found.findings.tokens == 11)
    }

    @Test func shapesMustAgree() throws {
        let directory = try TemporaryDirectory()
        let values = [Float](repeating: 0, count: 24)
        let p = try Self.npy(directory, "p.npy", values, [6, 4])
        for (shape, name) in [([4, 6], "a"), ([3, 8], "b"), ([2, 3, 4], "c"), ([24], "d"), ([1, 2, 3, 4], "e")] {
            let q = try Self.npy(directory, "\(name).npy", values, shape)
            #expect(throws: DivergenceError.self) { try DumpFixtures.compare(p, q) }
        }
        let same = try Self.npy(directory, "same.npy", values, [1, 6, 4])
        #expect(try DumpFixtures.compare(p, same)[.klPQ] == [Double](repeating: 0, count: 6))
        for shape in [[0, 4], [6, 0], [0, 0, 4]] {
            let q = try Self.npy(directory, "empty.npy", [], shape)
            #expect(throws: DivergenceError.self) { try LogitDump(q) }
        }
    }

    @Test func truncatedFilesAreRefused() throws {
        let directory = try TemporaryDirectory()
        for name in [
            "p.npy", "p.npz", "p-stored.npz", "q.safetensors", "q.h5", "p.kld", "p-list.json", "q-outputs.jsonl",
        ] {
            let bytes = try readBytes(DumpFixtures.golden(name))
            // The last byte of lines is a line break, which nobody needs.
            for count in [0, 1, 8, 19, 21, bytes.count / 2, bytes.count - 2] {
                let path = try directory.write("cut-" + name, Array(bytes.prefix(count)))
                let error = #expect(throws: (any Error).self, "\(name), \(count) bytes") {
                    try DumpFixtures.compare(path, path)
                }
                #expect(
                    error.map { "\($0)".contains("cut-") && !"\($0)".contains("\n") } == true,
                    "\(error.map { "\($0)" } ?? "")")
            }
        }
    }

    @Test func llamaHeadersAreNotBelieved() throws {
        let directory = try TemporaryDirectory()
        func file(_ numbers: [Int32], _ rest: Int) throws -> String {
            try directory.write(
                "h.kld",
                Array("_logits_".utf8) + numbers.flatMap(DumpFixtures.bytes) + [UInt8](repeating: 0, count: rest))
        }
        let most = Int32.max
        for numbers: [Int32] in [
            [most, most, most], [4, most, 1], [most, 4, most], [-1, 4, 1], [4, 0, 1], [4, 4, 0], [4, -4, 1], [2, 4, 1],
            [3, 1 << 24, most], [1 << 20, 1 << 24, 1 << 20],
        ] {
            let error = #expect(throws: DivergenceError.self) { try LogitDump(try file(numbers, 64)) }
            #expect(error?.code == .malformed)
        }
        // Three tokens, no padding of 4 columns, one row of 16 bytes: whole; and one byte more.
        #expect(try LogitDump(try file([3, 4, 1], 28)).rowCount == 1)
        #expect(throws: DivergenceError.self) { try LogitDump(try file([3, 4, 1], 29)) }
        let bad = try directory.write(
            "nan.kld",
            Array("_logits_".utf8) + [3, 4, 1, 0, 0, 0].flatMap { DumpFixtures.bytes(Int32($0)) }
                + DumpFixtures.bytes(Float.nan.bitPattern) + [UInt8](repeating: 0, count: 12))
        let error = #expect(throws: DivergenceError.self) { try DumpFixtures.compare(bad, bad) }
        #expect(error?.code == .notADistribution)
        #expect(error?.row == 0)
    }

    @Test func damagedFilesNeverTrap() throws {
        let directory = try TemporaryDirectory()
        var generator = SplitMix(seed: 6)
        for name in ["p.npy", "p.npz", "q.safetensors", "p.kld", "p-list.json"] {
            let bytes = try readBytes(DumpFixtures.golden(name))
            for _ in 0..<40 {
                let path = try directory.write("damaged-" + name, flipped(bytes, count: 2, using: &generator))
                _ = try? DumpFixtures.compare(path, DumpFixtures.golden(name))
            }
        }
    }

    @Test func settingsAreChecked() throws {
        let path = DumpFixtures.golden("p.npy")
        for temperature in [0, -1, Double.nan, .infinity, 0x1p-1070] {
            #expect(throws: DivergenceError.self) {
                try DumpFixtures.compare(path, path) { $0.temperature = temperature }
            }
        }
        #expect(throws: DivergenceError.self) { try DumpFixtures.compare(path, path) { $0.vocabularySize = 0 } }
        let lists = DumpFixtures.golden("p-list.json")
        #expect(throws: DivergenceError.self) { try DumpFixtures.compare(lists, lists) { $0.temperature = 2 } }
        #expect(throws: (any Error).self) { try PolicyDump.open(DumpFixtures.golden("")) }
        #expect(throws: DivergenceError.self) { try PolicyDump.open(lists, tensor: "logits") }
    }
}

import PrefixDatasets
import TestFixtures
import Testing

@Suite struct RowBlockTests {
    @Test func blocksAreTheRows() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.h5")
        try await build([Sample.traces], output: path)
        let dataset = try PrefixDataset(path)
        let problems = try DatasetContent(reading: path).strings["problems"]
        for (maxRows, maxTokens) in [(1, 1 << 20), (7, 1 << 20), (1000, 700), (1000, 0), (1000, 1 << 20)] {
            var start = 0
            while start < dataset.rowCount {
                let block = try dataset.rows(from: start, maxRows: maxRows, maxTokens: maxTokens)
                #expect(!block.isEmpty && block.count <= maxRows)
                #expect(block.count == 1 || block.reduce(0) { $0 + $1.tokens.count } <= maxTokens)
                for row in block {
                    let single = try dataset.row(start)
                    #expect(row.number == start)
                    #expect(Array(row.prompt + row.expert) == single.tokens && row.promptLength == single.promptLength)
                    #expect(row.prefixEnds.map(Int.init) == single.prefixEnds)
                    #expect(Int(row.promptIndex) == single.promptIndex && Int(row.traceIndex) == single.traceIndex)
                    #expect(row.id == single.id && row.answer == single.answer && row.source == single.source)
                    #expect(row.problem == problems?[start])
                    start += 1
                }
            }
        }
        let whole = try dataset.rows(from: 0)
        let bare = try dataset.rows(from: 0, readsStrings: false)
        #expect(bare.count == whole.count && bare.count == 35)
        for (row, expected) in zip(bare, whole) {
            #expect(row.tokens == expected.tokens && row.prefixEnds == expected.prefixEnds)
            #expect(row.number == expected.number && row.promptLength == expected.promptLength)
            #expect(row.id.isEmpty && row.answer.isEmpty && row.problem.isEmpty && row.source.isEmpty)
        }
        for row in [-1, 35, .max] {
            #expect(throws: DatasetError.noSuchRow(path: path, row: row, count: 35)) { try dataset.rows(from: row) }
        }
    }

    @Test(arguments: 0..<6)
    func contradictionsAreErrors(_ number: Int) async throws {
        let changes: [(inout DatasetContent) -> Void] = [
            { $0.offsets[5] += 1 }, { $0.offsets[5] = -1 }, { $0.offsets[5] = .max },
            { $0.numbers["prompt_lengths"]?[3] = -1 }, { $0.numbers["expert_lengths"]?[3] = .max },
            { $0.numbers["prefix_ends"]?[7] = 100_000 },
        ]
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        var content = try DatasetContent(reading: directory.file("a.h5"))
        changes[number](&content)
        try content.write(directory.file("b.h5"))
        let dataset = try PrefixDataset(directory.file("b.h5"))
        do {
            _ = try dataset.rows(from: 0)
            Issue.record("change \(number) was not noticed")
        } catch DatasetError.contractBroken(let path, let violations) {
            #expect(path == directory.file("b.h5") && violations.count == 1)
        }
    }

    /// Strings that are too large for a block together come in smaller blocks.
    @Test func largeStringsMakeSmallBlocks() async throws {
        let directory = try TemporaryDirectory()
        try await build([Sample.traces], output: directory.file("a.h5"))
        var content = try DatasetContent(reading: directory.file("a.h5"))
        let long = String(repeating: "x", count: 5 << 20)
        content.strings["problems"] = (0..<35).map { long + "\($0)" }
        try content.write(directory.file("b.h5"))
        let dataset = try PrefixDataset(directory.file("b.h5"))
        var start = 0
        while start < dataset.rowCount {
            let block = try dataset.rows(from: start)
            #expect((1..<8).contains(block.count))
            for row in block {
                #expect(row.problem.hasSuffix("x\(start)"))
                start += 1
            }
        }
    }
}

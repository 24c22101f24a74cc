import Testing

@testable import Tokenization

@Suite struct MergeTests {
    typealias Entry = (left: Int32, right: Int32, merge: MergeTable.Merge)

    private static let doubling: [Entry] = [
        (0, 0, MergeTable.Merge(rank: 0, id: 1)), (1, 1, MergeTable.Merge(rank: 1, id: 2)),
    ]

    /// Lowest rank first, the leftmost of equal ones, one step at a time.
    private func mergedByDefinition(_ symbols: [Int32], _ table: MergeTable) -> [Int32] {
        var symbols = symbols
        while true {
            var best: (index: Int, merge: MergeTable.Merge)?
            for index in symbols.indices.dropLast() {
                let merge = table.merge(symbols[index], symbols[index + 1])
                if merge.rank < best?.merge.rank ?? .max { best = (index, merge) }
            }
            guard let best else { return symbols }
            symbols.replaceSubrange(best.index...(best.index + 1), with: [best.merge.id])
        }
    }

    /// Merges among a few symbols, with ranks out of order and several merges for one token.
    private func entries(_ generator: inout SplitMix64, alphabet: Int, count: Int) -> [Entry] {
        var ranks = (0..<UInt32(count)).map { $0 }
        ranks.shuffle(using: &generator)
        var entries: [Entry] = []
        var limit = alphabet
        for rank in ranks {
            let left = Int32(generator.below(limit))
            let right = Int32(generator.below(limit))
            let isNew = generator.below(5) > 0
            let id = isNew ? Int32(limit) : Int32(generator.below(limit))
            if isNew { limit += 1 }
            entries.append((left, right, MergeTable.Merge(rank: rank, id: id)))
        }
        return entries
    }

    @Test func wordsOfAllLengths() throws {
        var generator = SplitMix64(seed: 7)
        var scratch = MergeScratch()
        let limit = MergeScratch.linearLimit
        var shortened = 0
        for round in 0..<caseCount(3_000) {
            let alphabet = 1 + generator.below(4)
            let table = MergeTable(entries(&generator, alphabet: alphabet, count: generator.below(60)))
            let lengths = [
                1, 2, 3, generator.below(limit), limit - 1, limit, limit + 1, limit + 2, generator.below(200),
            ]
            for length in lengths {
                let word = (0..<length).map { _ in Int32(generator.below(alphabet)) }
                scratch.removeAll()
                scratch.append(contentsOf: word)
                scratch.merge(by: table)
                let expected = mergedByDefinition(word, table)
                try #require(scratch.symbols == expected, "round \(round), word \(word)")
                if expected.count < length { shortened += 1 }
            }
        }
        #expect(shortened > 1_000)
    }

    @Test func oneLetterRepeated() {
        let table = MergeTable(Self.doubling)
        for length in 0...90 {
            var scratch = MergeScratch()
            scratch.append(contentsOf: repeatElement(0, count: length))
            scratch.merge(by: table)
            let expected =
                [Int32](repeating: 2, count: length / 4) + (length % 4 >= 2 ? [1] : []) + (length % 2 == 1 ? [0] : [])
            #expect(scratch.symbols == expected)
        }
    }

    @Test func aLongWordTakesNoQuadraticTime() {
        let table = MergeTable(Self.doubling)
        var scratch = MergeScratch()
        scratch.append(contentsOf: repeatElement(0, count: 400_000))
        scratch.merge(by: table)
        #expect(scratch.symbols == [Int32](repeating: 2, count: 100_000))
    }

    @Test func ofARepeatedPairTheLastCounts() {
        let entries: [Entry] = [
            (0, 1, MergeTable.Merge(rank: 0, id: 2)), (0, 1, MergeTable.Merge(rank: 7, id: 3)),
            (1, 0, MergeTable.Merge(rank: 1, id: 4)),
        ]
        let table = MergeTable(entries)
        #expect(table.merge(0, 1).rank == 7)
        #expect(table.merge(0, 1).id == 3)
        #expect(table.merge(1, 0).id == 4)
        #expect(table.merge(1, 1).rank == .max)
        #expect(MergeTable([Entry]()).merge(0, 0).id == -1)
    }
}

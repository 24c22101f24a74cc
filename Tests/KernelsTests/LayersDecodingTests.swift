import Testing

@testable import Kernels

@Suite struct LayersDecodingTests {
    /// Rollouts of some lengths in a pool whose pages lie anywhere, and their keys and values.
    private struct Batch {
        let pool: KeyValuePool
        let table: PageTable
        let rollouts: [Attention.Inputs]
        let queries: Matrix

        init(lengths: [Int], shape: Attention.Shape, pageLength: Int, layer: Int, seed: Int = 0) {
            var random = LayersRandom(seed)
            let pool = KeyValuePool(
                layers: 3, keyHeads: shape.keyHeads, headWidth: shape.headWidth, pageLength: pageLength)
            var table = PageTable(), rollouts: [Attention.Inputs] = []
            let needed = lengths.map { ($0 + pageLength - 1) / pageLength }
            let total = needed.reduce(0, +)
            pool.grow(toPages: total)
            var next = 0
            for (length, count) in zip(lengths, needed) {
                let pages = (next..<next + count).map { Int32(total - 1 - $0) }
                next += count
                let inputs = Attention.Inputs(
                    queries: random.matrix(length, shape.queryColumns), keys: random.matrix(length, shape.keyColumns),
                    values: random.matrix(length, shape.keyColumns))
                Attention.store(
                    team: ThreadTeam(count: 2), keys: inputs.keys, values: inputs.values, pool: pool, layer: layer,
                    pages: (0..<length).map { pages[$0 / pageLength] },
                    slots: (0..<length).map { Int32($0 % pageLength) })
                table.append(pages: pages, length: length)
                rollouts.append(inputs)
            }
            let queries = LayersSamples.apart(lengths.count, shape.queryColumns)
            for (index, rollout) in rollouts.enumerated() {
                queries.rows(index..<index + 1).copy(rollout.queries.rows(lengths[index] - 1..<lengths[index]))
            }
            self.pool = pool
            self.table = table
            self.rollouts = rollouts
            self.queries = queries
        }
    }

    static let shapes = [
        Attention.Shape(queryHeads: 4, keyHeads: 2, headWidth: 16),
        Attention.Shape(queryHeads: 9, keyHeads: 1, headWidth: 64, window: 300),
        Attention.Shape(queryHeads: 3, keyHeads: 3, headWidth: 10, window: 7),
        Attention.Shape(queryHeads: 6, keyHeads: 2, headWidth: 24),
    ]

    @Test(arguments: shapes.indices, [1, 5, 32, 300])
    func agreesWithTheDefinition(_ number: Int, _ pageLength: Int) {
        let shape = Self.shapes[number], lengths = [1, 2, 33, 256, 257, 600]
        let batch = Batch(lengths: lengths, shape: shape, pageLength: pageLength, layer: 1)
        for level in LayerLevel.available {
            let output = LayersSamples.apart(lengths.count, shape.queryColumns)
            Attention.decode(
                team: ThreadTeam(count: 2), queries: batch.queries, pool: batch.pool, layer: 1, table: batch.table,
                shape: shape, output: output, level: level)
            for (index, rollout) in batch.rollouts.enumerated() {
                let length = lengths[index]
                let reference = LayersAttentionReference(
                    shape: shape, offsets: [0, length], queries: LayersSamples.numbers(rollout.queries),
                    keys: LayersSamples.numbers(rollout.keys), values: LayersSamples.numbers(rollout.values))
                let expected = reference.forward().output[length - 1]
                let row = output.rows(index..<index + 1)
                #expect(LayersSamples.difference(row, [expected]) < 2e-6, "\(level), length \(length)")
            }
        }
    }

    @Test(arguments: LayerLevel.available)
    func dependsNeitherOnThreadsNorOnTheBatch(_ level: LayerLevel) {
        let shape = Self.shapes[0]
        let batch = Batch(lengths: [700, 3, 900], shape: shape, pageLength: 32, layer: 2)
        func decode(_ rows: [Int], threads: Int) -> [[UInt32]] {
            var table = PageTable()
            let queries = LayersSamples.apart(rows.count, shape.queryColumns)
            for (place, row) in rows.enumerated() {
                let pages = batch.table.pages[batch.table.starts[row]..<batch.table.starts[row + 1]]
                table.append(pages: Array(pages), length: batch.table.lengths[row])
                queries.rows(place..<place + 1).copy(batch.queries.rows(row..<row + 1))
            }
            Attention.decode(
                team: ThreadTeam(count: threads), queries: queries, pool: batch.pool, layer: 2, table: table,
                shape: shape, output: queries, level: level)
            return LayersSamples.bits(queries)
        }
        let all = decode([0, 1, 2], threads: 1)
        for threads in [2, 3, 5, 16] { #expect(decode([0, 1, 2], threads: threads) == all) }
        #expect(decode([2], threads: 2) == [all[2]])
        #expect(decode([1, 0], threads: 3) == [all[1], all[0]])
    }

    @Test func pagesStayWhereTheyAre() {
        let pool = KeyValuePool(layers: 2, keyHeads: 2, headWidth: 8, pageLength: 4)
        pool.grow(toPages: 1)
        let first = pool.values(page: 0, layer: 1, head: 1)
        first[3, 7] = 5
        pool.grow(toPages: pool.pageCount + 1)
        let last = pool.pageCount - 1
        pool.copy(page: 0, to: last)
        #expect(pool.values(page: last, layer: 1, head: 1)[3, 7] == 5)
        first[3, 7] = 6
        #expect(pool.values(page: 0, layer: 1, head: 1)[3, 7] == 6)
        #expect(pool.values(page: last, layer: 1, head: 1)[3, 7] == 5)
        #expect(pool.keys(page: last, layer: 1, head: 1)[3, 7] == 0)
    }
}

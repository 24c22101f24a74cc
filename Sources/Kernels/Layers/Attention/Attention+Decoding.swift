import CLayers

extension Attention {
    /// Writes keys and values of tokens, one row each, to their places in the pool.
    ///
    /// - Parameters:
    ///   - keys: [tokens, keyHeads · headWidth].
    ///   - values: [tokens, keyHeads · headWidth].
    ///   - pages: the page of each token.
    ///   - slots: the place of each token in its page.
    public static func store(
        team: ThreadTeam, keys: Matrix, values: Matrix, pool: KeyValuePool, layer: Int, pages: [Int32], slots: [Int32]
    ) {
        let columns = pool.keyHeads * pool.headWidth, width = pool.headWidth
        precondition(keys.rows == values.rows && keys.columns == columns && values.columns == columns, "shapes agree")
        precondition(pages.count == keys.rows && slots.count == keys.rows, "every token has a place")
        precondition(slots.allSatisfy { $0 >= 0 && Int($0) < pool.pageLength }, "places are in the page")
        precondition(layer >= 0 && layer < pool.layers, "the layer is the pool's")
        let count = pool.pageCount, block = pool.pageLength * width
        precondition(pages.allSatisfy { $0 >= 0 && Int($0) < count }, "the pages are the pool's")
        let chunks = SharedAcrossThreads(pool.chunks)
        team.divide(keys.rows, multipleOf: 16) { tokens in
            for token in tokens {
                let page = Int(pages[token]), place = page % pool.chunkPages * pool.pageSize + Int(slots[token]) * width
                guard let chunk = chunks.value[page / pool.chunkPages] else { continue }
                // Of the layer the keys of all heads, then the values.
                let cached = chunk + place + layer * 2 * pool.keyHeads * block
                for head in 0..<pool.keyHeads {
                    let key = keys.base + token * keys.stride + head * width
                    let value = values.base + token * values.stride + head * width
                    (cached + head * block).update(from: key, count: width)
                    (cached + (pool.keyHeads + head) * block).update(from: value, count: width)
                }
            }
        }
    }

    /// Attention of the last token of each rollout over its keys and values in the pool, its own included.
    ///
    /// A key head's tokens are taken in runs of 256, whose sums are then joined: what a rollout gets depends neither on the
    /// others nor on the number of threads.
    ///
    /// - Parameters:
    ///   - queries: [rollouts, queryHeads · headWidth].
    ///   - pool: where the keys and values are.
    ///   - layer: of the model.
    ///   - table: the pages of the rollouts.
    ///   - shape: heads, and what they see.
    ///   - output: [rollouts, queryHeads · headWidth]; may be `queries`.
    public static func decode(
        team: ThreadTeam, queries: Matrix, pool: KeyValuePool, layer: Int, table: PageTable, shape: Shape,
        output: Matrix
    ) {
        decode(
            team: team, queries: queries, pool: pool, layer: layer, table: table, shape: shape, output: output,
            level: .best)
    }

    static func decode(
        team: ThreadTeam, queries: Matrix, pool: KeyValuePool, layer: Int, table: PageTable, shape: Shape,
        output: Matrix,
        level: LayerLevel
    ) {
        check(table, pool, layer, shape)
        for matrix in [queries, output] {
            precondition(matrix.rows == table.count && matrix.columns == shape.queryColumns, "the shapes agree")
        }
        let plan = DecodingPlan(table: table, shape: shape, threads: team.count)
        let group = shape.queryHeads / shape.keyHeads, width = shape.headWidth, stride = width + 2
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: max(1, plan.runs.count * group * stride))
        defer { memory.deallocate() }
        pool.chunks.withUnsafeBufferPointer { chunks in
            let pages = clayers_pages(
                query_heads: Int64(shape.queryHeads), key_heads: Int64(shape.keyHeads), head_width: Int64(width),
                scale: shape.scale, page_length: Int64(pool.pageLength), page_size: Int64(pool.pageSize),
                chunk_pages: Int64(pool.chunkPages), chunks: chunks.baseAddress,
                layer_offset: Int64(layer * 2 * pool.keyHeads * pool.pageLength * width))
            let shared = SharedAcrossThreads((pages: pages, partials: memory))
            team.run { thread in
                table.pages.withUnsafeBufferPointer { numbers in
                    guard let numbers = numbers.baseAddress else { return }
                    for index in plan.shares[thread] {
                        let run = plan.runs[index]
                        withUnsafePointer(to: shared.value.pages) {
                            clayers_decode_run(
                                level.rawValue, $0, numbers + table.starts[run.rollout],
                                queries.base + run.rollout * queries.stride, Int64(run.head), Int64(run.from),
                                Int64(run.to), shared.value.partials + index * group * stride)
                        }
                    }
                }
            }
            let join: @Sendable (Range<Int>) -> Void = { places in
                for place in places {
                    let runs = plan.runsOfHeads[place]
                    let row = output.base + place / shape.keyHeads * output.stride
                    for member in 0..<group {
                        let head = place % shape.keyHeads * group + member
                        clayers_decode_join(
                            Int64(width), Int64(runs.count),
                            shared.value.partials + (runs.lowerBound * group + member) * stride, Int64(group * stride),
                            row + head * width)
                    }
                }
            }
            // Waking the threads costs more than joining a few short rollouts.
            if plan.runs.count * group * width > 1 << 16 {
                team.divide(plan.runsOfHeads.count, join)
            } else {
                join(0..<plan.runsOfHeads.count)
            }
        }
    }

    private static func check(_ table: PageTable, _ pool: KeyValuePool, _ layer: Int, _ shape: Shape) {
        precondition(
            shape.keyHeads == pool.keyHeads && shape.headWidth == pool.headWidth, "the pool is of the same heads")
        precondition(layer >= 0 && layer < pool.layers, "the layer is the pool's")
        let count = pool.pageCount
        precondition(table.pages.allSatisfy { $0 >= 0 && Int($0) < count }, "the pages are the pool's")
        for rollout in 0..<table.count {
            let pages = table.starts[rollout + 1] - table.starts[rollout]
            precondition((table.lengths[rollout] - 1) / pool.pageLength < pages, "every token has a page")
        }
    }
}

/// Runs of tokens of a key head of a rollout, and which thread takes which.
private struct DecodingPlan: Sendable {
    struct Run: Sendable {
        let rollout: Int
        let head: Int
        let from: Int
        let to: Int
    }

    private(set) var runs: [Run] = []
    /// For each key head of each rollout, its runs.
    private(set) var runsOfHeads: [Range<Int>] = []
    /// For each thread, its runs: of about the same number of tokens.
    private(set) var shares: [Range<Int>] = []

    init(table: PageTable, shape: Attention.Shape, threads: Int) {
        let length = Int(CLAYERS_RUN)
        var tokens = 0
        for rollout in 0..<table.count {
            let end = table.lengths[rollout], first = max(0, end - (shape.window ?? end))
            for head in 0..<shape.keyHeads {
                let start = runs.count
                var from = first
                while from < end {
                    // Multiples of the run, wherever the window begins.
                    let to = min(end, (from / length + 1) * length)
                    runs.append(Run(rollout: rollout, head: head, from: from, to: to))
                    tokens += to - from
                    from = to
                }
                runsOfHeads.append(start..<runs.count)
            }
        }
        var next = 0, done = 0
        for thread in 0..<threads {
            let start = next
            while next < runs.count, done * threads < tokens * (thread + 1) {
                done += runs[next].to - runs[next].from
                next += 1
            }
            shares.append(start..<next)
        }
    }
}

import CLayers

/// Causal attention with grouped queries over sequences packed end to end, block by block: nothing of the size [length, length]
/// exists, and memory is linear in the length.
///
/// A token sees the positions of its own sequence up to its own, or the last `window` of them, its own included. Results do not
/// depend on the number of threads. Products are in binary32; a sum over keys runs in blocks of 96.
public enum Attention {
    /// Heads, and what they see.
    public struct Shape: Sendable, Equatable {
        /// Heads of queries, a multiple of ``keyHeads``.
        public let queryHeads: Int
        /// Heads of keys and values. Query head h reads number h / (queryHeads / keyHeads).
        public let keyHeads: Int
        /// Numbers in a head.
        public let headWidth: Int
        /// How many positions a token sees, its own included; all where it is nil.
        public let window: Int?
        /// What the products of queries and keys are multiplied by; mostly 1 / √headWidth.
        public let scale: Float

        /// - Parameters:
        ///   - queryHeads: a multiple of `keyHeads`.
        ///   - keyHeads: from 1.
        ///   - headWidth: from 1; multiples of 16 are fast.
        ///   - window: from 1.
        ///   - scale: 1 / √headWidth where it is nil.
        public init(queryHeads: Int, keyHeads: Int, headWidth: Int, window: Int? = nil, scale: Float? = nil) {
            precondition(keyHeads > 0 && queryHeads > 0 && queryHeads % keyHeads == 0, "groups of heads are whole")
            precondition(headWidth > 0 && (window ?? 1) > 0, "a head has a width, a window a length")
            self.queryHeads = queryHeads
            self.keyHeads = keyHeads
            self.headWidth = headWidth
            self.window = window
            self.scale = scale ?? 1 / Float(headWidth).squareRoot()
        }

        /// Columns of queries and outputs.
        public var queryColumns: Int { queryHeads * headWidth }
        /// Columns of keys, and of values.
        public var keyColumns: Int { keyHeads * headWidth }
    }

    /// Queries, keys and values of all sequences, mostly columns of one matrix.
    public struct Inputs: Sendable {
        /// [tokens, queryHeads · headWidth].
        public let queries: Matrix
        /// [tokens, keyHeads · headWidth].
        public let keys: Matrix
        /// [tokens, keyHeads · headWidth].
        public let values: Matrix

        /// Matrices of the same number of rows; also their gradients.
        public init(queries: Matrix, keys: Matrix, values: Matrix) {
            precondition(queries.rows == keys.rows && keys.rows == values.rows, "every token has a row")
            self.queries = queries
            self.keys = keys
            self.values = values
        }
    }

    /// - Parameters:
    ///   - inputs: of all tokens.
    ///   - offsets: where the sequences begin, and the end of the last: from 0 to the number of tokens, not falling.
    ///   - shape: heads, and what they see.
    ///   - output: [tokens, queryHeads · headWidth]; not one of the inputs.
    ///   - logSums: [queryHeads, tokens] without gaps: the log of the sum of a row's exponentials, for the backward pass.
    public static func forward(
        team: ThreadTeam, _ inputs: Inputs, offsets: [Int], shape: Shape, output: Matrix, logSums: Matrix
    ) {
        forward(team: team, inputs, offsets: offsets, shape: shape, output: output, logSums: logSums, level: .best)
    }

    static func forward(
        team: ThreadTeam, _ inputs: Inputs, offsets: [Int], shape: Shape, output: Matrix, logSums: Matrix,
        level: LayerLevel
    ) {
        check(offsets, tokens: output.rows)
        let attention = SharedAcrossThreads(description(inputs, shape, output, logSums))
        let plan = AttentionPlan.forward(offsets: offsets, shape: shape, threads: team.count)
        let size = withUnsafePointer(to: attention.value) { clayers_attention_scratch($0, Int64(plan.positions)) }
        let scratch = FloatBuffer(count: Int(size) * team.count).matrix(rows: team.count, columns: Int(size))
        team.run { thread in
            withUnsafePointer(to: attention.value) { attention in
                for part in plan.parts[thread] {
                    withUnsafePointer(to: part.range) {
                        clayers_attention_forward(
                            level.rawValue, attention, $0, scratch.base + thread * scratch.stride)
                    }
                }
            }
        }
    }

    /// Gradients of queries, keys and values, which are overwritten.
    ///
    /// - Parameters:
    ///   - inputs: what went in.
    ///   - output: what the forward pass wrote.
    ///   - logSums: what the forward pass wrote.
    ///   - outputGradient: [tokens, queryHeads · headWidth].
    ///   - gradients: of the shapes of the inputs; no other matrix of the call.
    public static func backward(
        team: ThreadTeam, _ inputs: Inputs, offsets: [Int], shape: Shape, output: Matrix, logSums: Matrix,
        outputGradient: Matrix, gradients: Inputs
    ) {
        backward(
            team: team, inputs, offsets: offsets, shape: shape, output: output, logSums: logSums,
            outputGradient: outputGradient, gradients: gradients, level: .best)
    }

    static func backward(
        team: ThreadTeam, _ inputs: Inputs, offsets: [Int], shape: Shape, output: Matrix, logSums: Matrix,
        outputGradient: Matrix, gradients: Inputs, level: LayerLevel
    ) {
        check(offsets, tokens: output.rows)
        precondition(
            outputGradient.rows == output.rows && outputGradient.columns == output.columns, "the shapes agree")
        check(gradients, shape, tokens: output.rows)
        let deltas = FloatBuffer(count: logSums.rows * logSums.columns).row
        var described = description(inputs, shape, output, logSums)
        described.deltas = deltas.base
        described.output_gradient = UnsafePointer(outputGradient.base)
        described.output_gradient_stride = Int64(outputGradient.stride)
        described.query_gradient = gradients.queries.base
        described.query_gradient_stride = Int64(gradients.queries.stride)
        described.key_gradient = gradients.keys.base
        described.key_gradient_stride = Int64(gradients.keys.stride)
        described.value_gradient = gradients.values.base
        described.value_gradient_stride = Int64(gradients.values.stride)
        let attention = SharedAcrossThreads(described)
        team.divide(output.rows) { tokens in
            withUnsafePointer(to: attention.value) {
                clayers_attention_deltas(level.rawValue, $0, Int64(tokens.lowerBound), Int64(tokens.upperBound))
            }
        }
        let plan = AttentionPlan.backward(offsets: offsets, shape: shape, threads: team.count)
        let size = withUnsafePointer(to: attention.value) { clayers_attention_scratch($0, 0) }
        let scratch = FloatBuffer(count: Int(size) * team.count).matrix(rows: team.count, columns: Int(size))
        team.run { thread in
            let memory = scratch.base + thread * scratch.stride
            withUnsafePointer(to: attention.value) { attention in
                for part in plan.parts[thread] {
                    withUnsafePointer(to: part.range) { range in
                        switch part.kind {
                        case .queries: clayers_attention_backward_queries(level.rawValue, attention, range, memory)
                        case .keys: clayers_attention_backward_keys(level.rawValue, attention, range, memory)
                        case .whole: clayers_attention_backward(level.rawValue, attention, range, memory)
                        }
                    }
                }
            }
        }
        // The pointers of the description do not keep it.
        withExtendedLifetime(deltas) {}
    }

    private static func description(
        _ inputs: Inputs, _ shape: Shape, _ output: Matrix, _ logSums: Matrix
    ) -> clayers_attention {
        let tokens = output.rows
        check(inputs, shape, tokens: tokens)
        precondition(output.columns == shape.queryColumns, "the shapes agree")
        precondition(
            logSums.rows == shape.queryHeads && logSums.columns == tokens && logSums.stride == tokens,
            "the shapes agree")
        var attention = clayers_attention()
        attention.tokens = Int64(tokens)
        attention.query_heads = Int64(shape.queryHeads)
        attention.key_heads = Int64(shape.keyHeads)
        attention.head_width = Int64(shape.headWidth)
        attention.window = Int64(shape.window ?? .max)
        attention.scale = shape.scale
        attention.queries = UnsafePointer(inputs.queries.base)
        attention.query_stride = Int64(inputs.queries.stride)
        attention.keys = UnsafePointer(inputs.keys.base)
        attention.key_stride = Int64(inputs.keys.stride)
        attention.values = UnsafePointer(inputs.values.base)
        attention.value_stride = Int64(inputs.values.stride)
        attention.output = output.base
        attention.output_stride = Int64(output.stride)
        attention.log_sums = logSums.base
        return attention
    }

    private static func check(_ inputs: Inputs, _ shape: Shape, tokens: Int) {
        precondition(inputs.queries.rows == tokens && inputs.queries.columns == shape.queryColumns, "the shapes agree")
        precondition(inputs.keys.columns == shape.keyColumns, "the shapes agree")
        precondition(inputs.values.columns == shape.keyColumns, "the shapes agree")
    }

    private static func check(_ offsets: [Int], tokens: Int) {
        precondition(offsets.first == 0 && offsets.last == tokens, "the sequences are all tokens")
        precondition(zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }, "the sequences are in order")
    }
}

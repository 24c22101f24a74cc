import CLayers
import Tensors

extension MatrixProduct {
    /// So many numbers of bfloat16 are widened at a time, which stay in the cache for the product.
    private static let widened = 1 << 18

    static func forward(
        _ team: ThreadTeam, _ x: Matrix, _ weights: Weights, _ y: Matrix, accumulate: Bool, bias: WeightMatrix?,
        allowsRounding: Bool, level: LayerLevel
    ) {
        precondition(
            x.rows == y.rows && weights.columns == x.columns && weights.rows == y.columns, "the shapes agree")
        precondition(bias.map { $0.rows == 1 && $0.columns == y.columns } ?? true, "the bias has one number an output")
        guard y.rows > 0, y.columns > 0 else { return }
        if y.rows <= smallRows {
            let biasAddress = bias.map(\.address).sendable
            // Tiles have four rows at most; more of them keep two threads from writing into one line of a cache.
            team.divide(weights.rows, multipleOf: 16) { part in
                clayers_few_rows(
                    level.rawValue, x.base, x.stride, Int32(x.rows), weights.address, weights.isBFloat16 ? 1 : 0,
                    weights.stride, x.columns, part.lowerBound, part.upperBound, y.base, y.stride, accumulate ? 1 : 0,
                    biasAddress.pointer, bias?.type == .bfloat16 ? 1 : 0)
            }
            return
        }
        if allowsRounding && weights.isBFloat16 && level == .avx512bfloat16 {
            return forwardRounded(team, x, weights, y, accumulate: accumulate, bias: bias, level: level)
        }
        let step = weights.isBFloat16 ? max(16, widened / max(x.columns, 1) / 16 * 16) : weights.rows
        divide(team, rows: y.rows, columns: y.columns) { thread, rows, outputs in
            for first in stride(from: outputs.lowerBound, to: outputs.upperBound, by: step) {
                let block = first..<min(first + step, outputs.upperBound)
                forwardPart(
                    x.rows(rows), weights, y.rows(rows).columns(block), block, accumulate, bias, level, team: team,
                    thread: thread)
            }
        }
    }

    static func forwardRowByRow(
        _ team: ThreadTeam, _ x: Matrix, _ weights: Weights, _ y: Matrix, accumulate: Bool, bias: WeightMatrix?,
        level: LayerLevel
    ) {
        precondition(
            x.rows == y.rows && weights.columns == x.columns && weights.rows == y.columns, "the shapes agree")
        precondition(bias.map { $0.rows == 1 && $0.columns == y.columns } ?? true, "the bias has one number an output")
        guard y.rows > 0, y.columns > 0 else { return }
        team.run { thread in
            let part = team.share(of: weights.rows, multipleOf: 16, thread: thread)
            guard !part.isEmpty else { return }
            let result = y.columns(part)
            if bias != nil {
                add(bias, result, part, accumulate: accumulate, level: level)
            } else {
                clear(result, unless: accumulate)
            }
            let panel = team.scratch(Float.self, count: Int(CLAYERS_PANEL_NUMBERS), thread: thread)
            clayers_many_rows(
                level.rawValue, x.base, x.stride, x.rows, weights.address, weights.isBFloat16 ? 1 : 0, weights.stride,
                x.columns, part.lowerBound, part.upperBound, y.base, y.stride, panel)
        }
    }

    /// Divides a result among the threads, by its longer side: then the operand that every thread needs whole is the smaller
    /// one.
    private static func divide(
        _ team: ThreadTeam, rows: Int, columns: Int, _ body: @Sendable (Int, Range<Int>, Range<Int>) -> Void
    ) {
        team.run { thread in
            let part = team.share(of: max(rows, columns), multipleOf: 16, thread: thread)
            guard !part.isEmpty else { return }
            if rows >= columns { body(thread, part, 0..<columns) } else { body(thread, 0..<rows, part) }
        }
    }

    private static func forwardPart(
        _ x: Matrix, _ weights: Weights, _ y: Matrix, _ outputs: Range<Int>, _ accumulate: Bool, _ bias: WeightMatrix?,
        _ level: LayerLevel, team: ThreadTeam, thread: Int
    ) {
        add(bias, y, outputs, accumulate: accumulate, level: level)
        guard x.columns > 0 else { return clear(y, unless: accumulate || bias != nil) }
        let block = weights.block(
            rows: outputs, columns: 0..<weights.columns, level: level, team: team, thread: thread)
        sgemm(
            "T", "N", outputs.count, x.rows, x.columns, block.base, block.stride, x.base, x.stride,
            accumulate || bias != nil, y.base, y.stride)
    }

    private static func add(
        _ bias: WeightMatrix?, _ y: Matrix, _ outputs: Range<Int>, accumulate: Bool, level: LayerLevel
    ) {
        guard let bias else { return }
        let width = bias.type == .bfloat16 ? 2 : 4
        clayers_add_bias(
            level.rawValue, bias.address + outputs.lowerBound * width,
            bias.type == .bfloat16 ? 1 : 0, y.rows, y.columns, y.base, y.stride, accumulate ? 1 : 0)
    }

    static func inputGradient(
        _ team: ThreadTeam, _ dy: Matrix, _ weights: Weights, _ dx: Matrix, accumulate: Bool, allowsRounding: Bool,
        level: LayerLevel
    ) {
        precondition(
            dy.rows == dx.rows && weights.columns == dx.columns && weights.rows == dy.columns, "the shapes agree")
        guard dx.rows > 0, dx.columns > 0 else { return }
        guard dy.columns > 0 else { return clear(dx, unless: accumulate) }
        if allowsRounding && weights.isBFloat16 && level == .avx512bfloat16 && dy.rows > smallRows {
            return inputGradientRounded(team, dy, weights, dx, accumulate: accumulate, level: level)
        }
        divide(team, rows: dx.rows, columns: dx.columns) { thread, rows, inputs in
            let (dy, dx) = (dy.rows(rows), dx.rows(rows).columns(inputs))
            let step = weights.isBFloat16 ? max(16, widened / inputs.count) : weights.rows
            for first in stride(from: 0, to: weights.rows, by: step) {
                let outputs = first..<min(first + step, weights.rows)
                let block = weights.block(rows: outputs, columns: inputs, level: level, team: team, thread: thread)
                sgemm(
                    "N", "N", dx.columns, dx.rows, outputs.count, block.base, block.stride, dy.base + first, dy.stride,
                    accumulate || first > 0, dx.base, dx.stride)
            }
        }
    }

    // MARK: Products of bfloat16

    /// Pairs of a panel that stay in the cache for all rows.
    private static let panelInputs = 2048
    private static let panelOutputs = 32

    /// ``forward(_:_:_:_:accumulate:bias:allowsRounding:)`` with x rounded to bfloat16. At levels below AVX-512 BF16 it is a
    /// scalar reference.
    static func forwardRounded(
        _ team: ThreadTeam, _ x: Matrix, _ weights: Weights, _ y: Matrix, accumulate: Bool, bias: WeightMatrix?,
        level: LayerLevel
    ) {
        product(
            team, x, weights, y, outputs: weights.rows, inputs: weights.columns, outputStride: weights.stride,
            inputStride: 1, accumulate: accumulate || bias != nil, level: level
        ) { part in
            add(bias, y.columns(part), part, accumulate: accumulate, level: level)
        }
    }

    /// ``inputGradient(_:_:_:_:accumulate:allowsRounding:)`` with dy rounded to bfloat16.
    static func inputGradientRounded(
        _ team: ThreadTeam, _ dy: Matrix, _ weights: Weights, _ dx: Matrix, accumulate: Bool, level: LayerLevel
    ) {
        product(
            team, dy, weights, dx, outputs: weights.columns, inputs: weights.rows, outputStride: 1,
            inputStride: weights.stride, accumulate: accumulate, level: level
        ) { _ in }
    }

    private static func product(
        _ team: ThreadTeam, _ x: Matrix, _ weights: Weights, _ y: Matrix, outputs: Int, inputs: Int, outputStride: Int,
        inputStride: Int, accumulate: Bool, level: LayerLevel, prepare: @Sendable (Range<Int>) -> Void
    ) {
        let rowStride = (inputs + 1) / 2 * 2
        let rounded = LargeMemory.zeros(UInt16.self, count: x.rows * rowStride)
        defer { LargeMemory.free(rounded, count: x.rows * rowStride) }
        let numbers = UnsafeRawPointer(rounded).sendable
        team.divide(x.rows) { part in
            let target = UnsafeMutableRawPointer(mutating: numbers.pointer).assumingMemoryBound(to: UInt16.self)
            clayers_round_rows(
                level.rawValue, x.base + part.lowerBound * x.stride, x.stride, part.count, inputs,
                target + part.lowerBound * rowStride, rowStride)
        }
        team.run { thread in
            let part = team.share(of: outputs, multipleOf: panelOutputs, thread: thread)
            guard !part.isEmpty else { return }
            prepare(part)
            clear(y.columns(part), unless: accumulate)
            let panel = team.scratch(UInt16.self, count: panelOutputs * panelInputs, thread: thread)
            let source = weights.address.assumingMemoryBound(to: UInt16.self)
            for first in stride(from: part.lowerBound, to: part.upperBound, by: panelOutputs) {
                let width = min(panelOutputs, part.upperBound - first)
                for input in stride(from: 0, to: inputs, by: panelInputs) {
                    let length = min(panelInputs, inputs - input)
                    clayers_pack_panel(
                        source + first * outputStride + input * inputStride, outputStride, inputStride, width, length,
                        panel)
                    clayers_panel_product(
                        level.rawValue, numbers.pointer.assumingMemoryBound(to: UInt16.self) + input, rowStride, x.rows,
                        panel, length, y.base + first, y.stride, width)
                }
            }
        }
    }
}

/// An address that goes to the threads of a team, for as long as the call that it comes from.
struct SharedAddress<Pointer>: @unchecked Sendable {
    let pointer: Pointer
}

extension UnsafeRawPointer {
    var sendable: SharedAddress<UnsafeRawPointer> { SharedAddress(pointer: self) }
}

extension Optional where Wrapped == UnsafeRawPointer {
    var sendable: SharedAddress<UnsafeRawPointer?> { SharedAddress(pointer: self) }
}

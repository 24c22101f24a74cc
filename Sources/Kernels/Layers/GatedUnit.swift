import CLayers

/// SwiGLU (Shazeer 2020): silu(gate) · up with silu(x) = x / (1 + e⁻ˣ).
public enum GatedUnit {
    /// - Parameters:
    ///   - gate: [tokens, width].
    ///   - up: [tokens, width].
    ///   - output: [tokens, width]; may be `gate` or `up`.
    public static func forward(team: ThreadTeam, gate: Matrix, up: Matrix, output: Matrix) {
        forward(team: team, gate: gate, up: up, output: output, level: .best)
    }

    static func forward(team: ThreadTeam, gate: Matrix, up: Matrix, output: Matrix, level: LayerLevel) {
        check(gate, [up, output])
        team.divide(gate.rows) { rows in
            for row in rows {
                clayers_gated_unit(
                    level.rawValue, gate.base + row * gate.stride, up.base + row * up.stride,
                    output.base + row * output.stride, Int64(gate.columns))
            }
        }
    }

    /// Gradients of both inputs, with s = 1 / (1 + e^−gate): up · s (1 + gate (1 − s)) and gate · s, times the output's. They
    /// overwrite what is there, which may be any of the inputs.
    ///
    /// - Parameters:
    ///   - gate: what went in: [tokens, width].
    ///   - up: what went in: [tokens, width].
    ///   - outputGradient: [tokens, width].
    ///   - gateGradient: [tokens, width].
    ///   - upGradient: [tokens, width], in another place than `gateGradient`.
    public static func backward(
        team: ThreadTeam, gate: Matrix, up: Matrix, outputGradient: Matrix, gateGradient: Matrix, upGradient: Matrix
    ) {
        backward(
            team: team, gate: gate, up: up, outputGradient: outputGradient, gateGradient: gateGradient,
            upGradient: upGradient, level: .best)
    }

    static func backward(
        team: ThreadTeam, gate: Matrix, up: Matrix, outputGradient: Matrix, gateGradient: Matrix, upGradient: Matrix,
        level: LayerLevel
    ) {
        check(gate, [up, outputGradient, gateGradient, upGradient])
        team.divide(gate.rows) { rows in
            for row in rows {
                clayers_gated_unit_backward(
                    level.rawValue, gate.base + row * gate.stride, up.base + row * up.stride,
                    outputGradient.base + row * outputGradient.stride, gateGradient.base + row * gateGradient.stride,
                    upGradient.base + row * upGradient.stride, Int64(gate.columns))
            }
        }
    }

    private static func check(_ gate: Matrix, _ others: [Matrix]) {
        for other in others {
            precondition(other.rows == gate.rows && other.columns == gate.columns, "the shapes agree")
        }
    }
}

import CLayers
import Tensors

/// Rows of a table by token ids. Ids outside of the table are a programmer's error: they are checked where they are read.
public enum Embedding {
    /// output[t] = table[ids[t]].
    ///
    /// - Parameters:
    ///   - table: [vocabulary, width].
    ///   - ids: one for each row of the output.
    ///   - output: [tokens, width].
    public static func forward(team: ThreadTeam, table: WeightMatrix, ids: [Int32], output: Matrix) {
        forward(team: team, table: table, ids: ids, output: output, level: .best)
    }

    static func forward(team: ThreadTeam, table: WeightMatrix, ids: [Int32], output: Matrix, level: LayerLevel) {
        check(ids, vocabulary: table.rows, output)
        precondition(table.columns == output.columns, "the shapes agree")
        let width = table.columns
        team.divide(ids.count) { tokens in
            for token in tokens {
                let target = output.base + token * output.stride, row = Int(ids[token]) * width
                switch table.type {
                case .float32: target.update(from: table.float32 + row, count: width)
                default: clayers_widen_row(level.rawValue, table.bfloat16 + row, target, Int64(width))
                }
            }
        }
    }

    /// tableGradient[ids[t]] += outputGradient[t], token after token: the threads divide the columns, so that results do not
    /// depend on their number.
    ///
    /// - Parameters:
    ///   - ids: one for each row of the output's gradient.
    ///   - outputGradient: [tokens, width].
    ///   - tableGradient: [vocabulary, width].
    public static func backward(team: ThreadTeam, ids: [Int32], outputGradient: Matrix, tableGradient: Matrix) {
        backward(team: team, ids: ids, outputGradient: outputGradient, tableGradient: tableGradient, level: .best)
    }

    static func backward(
        team: ThreadTeam, ids: [Int32], outputGradient: Matrix, tableGradient: Matrix, level: LayerLevel
    ) {
        check(ids, vocabulary: tableGradient.rows, outputGradient)
        precondition(tableGradient.columns == outputGradient.columns, "the shapes agree")
        team.divide(outputGradient.columns, multipleOf: 16) { columns in
            for (token, id) in ids.enumerated() {
                clayers_add(
                    level.rawValue, outputGradient.base + token * outputGradient.stride + columns.lowerBound,
                    tableGradient.base + Int(id) * tableGradient.stride + columns.lowerBound, Int64(columns.count))
            }
        }
    }

    private static func check(_ ids: [Int32], vocabulary: Int, _ rows: Matrix) {
        precondition(ids.count == rows.rows, "every token has a row")
        precondition(ids.allSatisfy { $0 >= 0 && Int($0) < vocabulary }, "ids are in the table")
    }
}

import CLayers

/// Sums of the rows of a matrix, and sums with them. Results do not depend on the number of threads.
public enum RowSums {
    /// y += x, of the same shape: the residual connection.
    public static func add(team: ThreadTeam, _ source: Matrix, into target: Matrix) {
        add(team: team, source, into: target, level: .best)
    }

    static func add(team: ThreadTeam, _ source: Matrix, into target: Matrix, level: LayerLevel) {
        precondition(source.rows == target.rows && source.columns == target.columns, "the shapes agree")
        team.divide(source.rows) { rows in
            let x = source.rows(rows), y = target.rows(rows)
            for row in 0..<rows.count {
                clayers_add(level.rawValue, x.base + row * x.stride, y.base + row * y.stride, Int64(x.columns))
            }
        }
    }

    /// Adds a bias [1, columns] to every row.
    public static func add(team: ThreadTeam, bias: WeightMatrix, to target: Matrix) {
        add(team: team, bias: bias, to: target, level: .best)
    }

    static func add(team: ThreadTeam, bias: WeightMatrix, to target: Matrix, level: LayerLevel) {
        precondition(bias.rows == 1 && bias.columns == target.columns, "the shapes agree")
        let values = WeightRow(bias, level: level)
        team.divide(target.rows) { rows in
            let y = target.rows(rows)
            for row in 0..<rows.count {
                clayers_add(level.rawValue, values.base, y.base + row * y.stride, Int64(y.columns))
            }
        }
    }

    /// Adds the sum of the rows to `sums` [1, columns], in blocks of 64 rows: the gradient of a bias.
    public static func add(team: ThreadTeam, rows: Matrix, to sums: Matrix) {
        add(team: team, rows: rows, to: sums, level: .best)
    }

    static func add(team: ThreadTeam, rows: Matrix, to sums: Matrix, level: LayerLevel) {
        precondition(sums.rows == 1 && sums.columns == rows.columns, "the shapes agree")
        team.divide(rows.columns, multipleOf: 16) { columns in
            let x = rows.columns(columns)
            clayers_add_rows(
                level.rawValue, Int64(x.rows), Int64(x.columns), x.base, Int64(x.stride), sums.base + columns.lowerBound
            )
        }
    }
}

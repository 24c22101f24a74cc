import CLayers

/// Rotary positions (Su et al. 2021), with a head's halves as the two coordinates of its pairs, as Hugging Face's models have
/// them: (x, y) becomes (x cos − y sin, y cos + x sin).
public enum Rotary {
    /// Turns every head of every row in place.
    ///
    /// - Parameters:
    ///   - vectors: [tokens, heads · width], of an even width.
    ///   - heads: vectors in a row.
    ///   - positions: a row of the tables for each token.
    ///   - cosines: [positions, width / 2].
    ///   - sines: [positions, width / 2].
    ///   - inverse: turns back: the gradient of turning, where `vectors` are gradients.
    public static func apply(
        team: ThreadTeam, vectors: Matrix, heads: Int, positions: [Int32], cosines: Matrix, sines: Matrix,
        inverse: Bool = false
    ) {
        apply(
            team: team, vectors: vectors, heads: heads, positions: positions, cosines: cosines, sines: sines,
            inverse: inverse, level: .best)
    }

    static func apply(
        team: ThreadTeam, vectors: Matrix, heads: Int, positions: [Int32], cosines: Matrix, sines: Matrix,
        inverse: Bool, level: LayerLevel
    ) {
        precondition(heads > 0 && vectors.columns % (2 * heads) == 0, "heads have the same even width")
        let width = vectors.columns / heads
        precondition(positions.count == vectors.rows, "every token has a position")
        precondition(cosines.columns == width / 2 && sines.columns == width / 2, "the shapes agree")
        let limit = min(cosines.rows, sines.rows)
        precondition(positions.allSatisfy { $0 >= 0 && Int($0) < limit }, "positions are in the tables")
        team.divide(vectors.rows) { rows in
            let x = vectors.rows(rows)
            positions.withUnsafeBufferPointer { positions in
                guard let places = positions.baseAddress else { return }
                clayers_rotate(
                    level.rawValue, Int64(x.rows), Int64(heads), Int64(width), x.base, Int64(x.stride),
                    places + rows.lowerBound, cosines.base, Int64(cosines.stride), sines.base, Int64(sines.stride),
                    inverse ? -1 : 1)
            }
        }
    }
}

import Kernels

/// Rotations of packed sequences, kept from one batch to the next.
struct RotationCache {
    private let configuration: TransformerConfiguration
    private var tables: [Int: RotaryTable] = [:]

    init(_ configuration: TransformerConfiguration) {
        self.configuration = configuration
    }

    /// For runs of tokens the table that turns them; one for all where the length of a sequence does not matter.
    mutating func rotations(of batch: PackedSequences) throws(TransformerError) -> [(
        tokens: Range<Int>, table: RotaryTable
    )] {
        guard case .dynamic(_, let original) = configuration.rotary.scaling, batch.longest > original else {
            return [(0..<batch.tokenCount, try table(positions: batch.longest))]
        }
        var rotations: [(Range<Int>, RotaryTable)] = []
        for (start, end) in zip(batch.offsets, batch.offsets.dropFirst()) {
            rotations.append((start..<end, try table(positions: end - start)))
        }
        return rotations
    }

    /// The table of a sequence of that length.
    mutating func table(positions: Int) throws(TransformerError) -> RotaryTable {
        if case .dynamic(_, let original) = configuration.rotary.scaling, positions > original {
            // Each length has frequencies of its own.
            return RotaryTable(configuration, positions: positions)
        }
        if let table = tables[0], table.cosines.rows >= positions { return table }
        // Past the positions of the model too, a token more must not make the whole table anew.
        let limit = positions > configuration.maximumPositions ? .max : configuration.maximumPositions
        let table = RotaryTable(configuration, positions: min(2 * positions, limit))
        tables[0] = table
        return table
    }
}

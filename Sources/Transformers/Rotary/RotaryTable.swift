import Glibc
public import Kernels

/// The cosines and sines by which positions turn queries and keys.
public struct RotaryTable: Sendable {
    /// The inverse frequencies, [dh/2].
    public let inverseFrequencies: [Float]
    /// What cosines and sines have been multiplied by: 1, but for YaRN.
    public let attentionFactor: Float
    /// cos(position f), [positions, dh/2]; times ``attentionFactor``.
    public let cosines: Matrix
    /// sin(position f), [positions, dh/2]; times ``attentionFactor``.
    public let sines: Matrix

    /// Computes the table as transformers does, in binary32.
    ///
    /// - Parameters:
    ///   - positions: from 0 on.
    ///   - sequenceLength: that of the sequence, on which frequencies depend where they are scaled dynamically; nil: `positions`.
    ///     (Transformers keeps the frequencies of the longest sequence so far; here each length has its own.)
    /// - Complexity: linear in the size of the table.
    public init(_ configuration: TransformerConfiguration, positions: Int, sequenceLength: Int? = nil) {
        precondition(positions >= 0, "positions are counted from 0")
        let frequencies = RotaryFrequencies(
            configuration.rotary, headWidth: configuration.headWidth, length: sequenceLength ?? positions)
        let half = configuration.headWidth / 2
        let numbers = FloatBuffer(count: 2 * positions * half)
        cosines = numbers.matrix(rows: positions, columns: half)
        sines = numbers.matrix(rows: positions, columns: half, at: positions * half)
        inverseFrequencies = frequencies.inverse
        attentionFactor = frequencies.attentionFactor
        for position in 0..<positions {
            let angles = inverseFrequencies.map { Float(position) * $0 }
            cosines.set(row: position, angles.map { cos($0) * frequencies.attentionFactor })
            sines.set(row: position, angles.map { sin($0) * frequencies.attentionFactor })
        }
    }
}

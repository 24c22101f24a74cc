/// The singular values of a matrix and what they say.
public struct TensorSpectrum: Sendable, Hashable {
    /// All singular values, descending.
    public let singularValues: [Double]
    /// Singular values below this share of the largest are rounding, not data: they come from the eigenvalues of A'A or
    /// AA', and squaring halves the digits.
    public let resolution: Double
    /// ||A||² / s₁² (Frobenius norm): how many singular values of the largest size would have as much energy; at least 1.
    public let stableRank: Double
    /// The exponential of the entropy of the singular values over their sum (Roy and Vetterli 2007).
    public let effectiveRank: Double
    /// The largest over the smallest singular value; nil where the smallest is below ``resolution``.
    public let conditionNumber: Double?
    /// The tail of the eigenvalues as a power law; nil for fewer than 10 eigenvalues.
    public let powerLaw: PowerLaw?

    /// - Parameter singularValues: descending; not empty.
    init?(singularValues: [Double], resolution: Double) {
        guard let first = singularValues.first, let last = singularValues.last else { return nil }
        self.singularValues = singularValues
        self.resolution = resolution
        guard first > 0 else {
            (stableRank, effectiveRank, conditionNumber, powerLaw) = (0, 0, nil, nil)
            return
        }
        let shares = singularValues.map { $0 / first }
        stableRank = shares.reduce(0) { $0 + $1 * $1 }
        let sum = shares.reduce(0, +)
        effectiveRank = exponential(
            -shares.reduce(0) { $1 > 0 ? $0 + $1 / sum * logarithm($1 / sum) : $0 })
        conditionNumber = last > resolution * first ? first / last : nil
        powerLaw = PowerLaw(fitting: shares.filter { $0 > resolution }.map { $0 * $0 }, scale: first * first)
    }

    /// How many of the largest singular values have this share of the energy, the sum of squares.
    public func rank(ofEnergy share: Double) -> Int {
        guard let first = singularValues.first, first > 0 else { return 0 }
        let energies = singularValues.map { ($0 / first) * ($0 / first) }
        let wanted = energies.reduce(0, +) * share
        var sum = 0.0
        for (index, energy) in energies.enumerated() {
            sum += energy
            if sum >= wanted { return index + 1 }
        }
        return energies.count
    }
}

/// What was found of a tensor's spectrum.
public enum SpectrumResult: Sendable, Hashable {
    case measured(TensorSpectrum)
    /// Not measured; the reason completes "no spectrum: ...".
    case skipped(reason: String)
}

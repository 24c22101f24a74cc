import Kernels
import Tensors

/// The rank of what was added to a matrix.
public struct UpdateRank: Sendable, Hashable {
    /// The spectrum of B - A.
    public let spectrum: TensorSpectrum
    /// How many of the largest singular values have 90 % of the energy.
    public let rank90: Int
    /// How many of the largest singular values have 99 % of the energy.
    public let rank99: Int
    /// The largest singular value that rounding alone would give a difference: a matrix of independent errors of variance v
    /// has none above sqrt(v) (sqrt(rows) + sqrt(columns)) in the limit (Bai and Yin 1988), and an error that is uniform in
    /// a unit in the last place has the variance ulp²/12. Of two types, the coarser one's.
    public let noiseFloor: Double
    /// How many singular values are above ``noiseFloor``, with a tenth to spare, and above what the spectrum resolves.
    public let rankAboveNoise: Int
    /// The rank of a low-rank update that explains all but the noise; nil where there is none at most a quarter of the
    /// smaller dimension.
    public let adapterRank: Int?

    init(_ spectrum: TensorSpectrum, noiseVariance: Double, rows: Int, columns: Int) {
        self.spectrum = spectrum
        rank90 = spectrum.rank(ofEnergy: 0.9)
        rank99 = spectrum.rank(ofEnergy: 0.99)
        noiseFloor = noiseVariance.squareRoot() * (Double(rows).squareRoot() + Double(columns).squareRoot())
        let values = spectrum.singularValues
        let floor = max(1.1 * noiseFloor, spectrum.resolution * (values.first ?? 0))
        let above = values.prefix { $0 > floor }.count
        rankAboveNoise = above
        let rest = values.dropFirst(above).reduce(0) { $0 + $1 * $1 }
        let total = values.reduce(0) { $0 + $1 * $1 }
        let explained = 1.5 * noiseVariance * Double(rows) * Double(columns) + 1e-8 * total
        adapterRank = above >= 1 && above <= min(rows, columns) / 4 && rest <= explained ? above : nil
    }
}

/// B - A as a matrix; while it is read, the squares of units in the last place are summed.
final class UpdateMatrix: MatrixBlocks {
    let rowCount: Int
    let columnCount: Int
    let isRandomAccess: Bool
    private let first: TensorMatrix
    private let second: TensorMatrix
    private let noisySecond: Bool
    private let digits: Int
    private let smallestExponent: Int
    private var squares = 0.0
    private var buffer: [Double] = []

    /// Nil for what is no matrix of real numbers.
    init?(
        _ tensors: (first: StoredTensor, second: StoredTensor), of checkpoints: (first: Checkpoint, second: Checkpoint)
    ) throws(CheckpointError) {
        guard let first = try TensorMatrix(tensors.first, of: checkpoints.first),
            let second = try TensorMatrix(tensors.second, of: checkpoints.second)
        else { return nil }
        self.first = first
        self.second = second
        (rowCount, columnCount) = (first.rowCount, first.columnCount)
        isRandomAccess = first.isRandomAccess && second.isRandomAccess
        let formats = (UpdateMatrix.format(of: tensors.first.type), UpdateMatrix.format(of: tensors.second.type))
        noisySecond = formats.1.digits <= formats.0.digits
        (digits, smallestExponent) = noisySecond ? formats.1 : formats.0
    }

    /// Digits behind the leading one, and the exponent of the smallest normal number.
    private static func format(of type: TensorType) -> (digits: Int, smallestExponent: Int) {
        switch type {
        case .float32: (23, -126)
        case .float16: (10, -14)
        case .bfloat16: (7, -126)
        case .float8E4M3, .float8E4M3FNUZ: (3, -6)
        case .float8E5M2, .float8E5M2FNUZ: (2, -14)
        default: (52, -1022)
        }
    }

    /// The mean square of what rounding is off by.
    var noiseVariance: Double { squares / 12 / max(1, Double(rowCount) * Double(columnCount)) }

    func fill(_ target: UnsafeMutableBufferPointer<Double>, rows: Range<Int>, columns: Range<Int>) throws {
        if buffer.count < target.count { buffer = [Double](repeating: 0, count: target.count) }
        try second.fill(target, rows: rows, columns: columns)
        try buffer.withUnsafeMutableBufferPointer { buffer in
            let base = UnsafeMutableBufferPointer(rebasing: buffer[..<target.count])
            try first.fill(base, rows: rows, columns: columns)
            for index in target.indices {
                let rounded = noisySecond ? target[index] : base[index]
                // The exponent as the bits have it; below the smallest normal number the steps stay the same.
                let exponent = max(Int(rounded.exponentBitPattern) - 1023, smallestExponent)
                let step = Double(bitPattern: UInt64(max(1, exponent - digits + 1023)) << 52)
                squares += step * step
                target[index] -= base[index]
            }
        }
    }
}

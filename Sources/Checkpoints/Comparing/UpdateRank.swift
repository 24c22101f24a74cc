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
    /// The largest singular value that rounding alone would give a difference: a matrix of independent errors has on average
    /// none far above the root of its largest sum of variances along a row plus that along a column (Bandeira and van Handel
    /// 2016), which for an even variance v is sqrt(v) (sqrt(rows) + sqrt(columns)), the limit of Bai and Yin (1988). An error
    /// that is uniform in a unit in the last place has the variance ulp²/12. Of two types, the coarser one's.
    public let noiseFloor: Double
    /// How many singular values are above ``noiseFloor``, with a tenth to spare, and above what the spectrum resolves.
    public let rankAboveNoise: Int
    /// The rank of a low-rank update that explains all but the noise; nil where there is none at most a quarter of the
    /// smaller dimension.
    public let adapterRank: Int?

    init(_ spectrum: TensorSpectrum, noise: RoundingNoise, smallerSide: Int) {
        self.spectrum = spectrum
        rank90 = spectrum.rank(ofEnergy: 0.9)
        rank99 = spectrum.rank(ofEnergy: 0.99)
        noiseFloor = noise.largestSingularValue
        let values = spectrum.singularValues
        let floor = max(1.1 * noiseFloor, spectrum.resolution * (values.first ?? 0))
        let above = values.prefix { $0 > floor }.count
        rankAboveNoise = above
        let rest = values.dropFirst(above).reduce(0) { $0 + $1 * $1 }
        let total = values.reduce(0) { $0 + $1 * $1 }
        let explained = 1.5 * noise.total + 1e-8 * total
        adapterRank = above >= 1 && above <= smallerSide / 4 && rest <= explained ? above : nil
    }
}

/// The variances of what rounding is off by, summed along rows and columns: units in the last place are larger where numbers
/// are.
struct RoundingNoise {
    /// The largest sum along the lines that are read whole, one after the other: rows, or columns of wide matrices.
    private var largestLine = 0.0
    /// Sums along the lines across these.
    private var across: [Double] = []
    /// The sum of all variances.
    private(set) var total = 0.0

    /// Takes in the variances of some lines, each as long as there are lines across.
    ///
    /// - Parameter variance: given a line's number and the place in it.
    mutating func add(lines: Int, length: Int, variance: (_ line: Int, _ place: Int) -> Double) {
        if across.isEmpty { across = [Double](repeating: 0, count: length) }
        for line in 0..<lines {
            var sum = 0.0
            for place in 0..<length {
                let variance = variance(line, place)
                sum += variance
                across[place] += variance
            }
            largestLine = max(largestLine, sum)
            total += sum
        }
    }

    /// The largest singular value that such noise has.
    var largestSingularValue: Double { largestLine.squareRoot() + (across.max() ?? 0).squareRoot() }
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

    /// The noise of what has been read, every part of it once and whole along one side.
    private(set) var noise = RoundingNoise()

    func fill(_ target: UnsafeMutableBufferPointer<Double>, rows: Range<Int>, columns: Range<Int>) throws {
        if buffer.count < target.count { buffer = [Double](repeating: 0, count: target.count) }
        try second.fill(target, rows: rows, columns: columns)
        try buffer.withUnsafeMutableBufferPointer { buffer in
            let base = UnsafeMutableBufferPointer(rebasing: buffer[..<target.count])
            try first.fill(base, rows: rows, columns: columns)
            let isByRows = columns.count == columnCount
            let width = columns.count
            noise.add(
                lines: isByRows ? rows.count : width, length: isByRows ? width : rows.count
            ) { line, place in
                let index = isByRows ? line * width + place : place * width + line
                let step = step(at: noisySecond ? target[index] : base[index])
                return step * step / 12
            }
            for index in target.indices { target[index] -= base[index] }
        }
    }

    /// A unit in the last place of a number that was rounded.
    private func step(at rounded: Double) -> Double {
        // The exponent as the bits have it; below the smallest normal number the steps stay the same.
        let exponent = max(Int(rounded.exponentBitPattern) - 1023, smallestExponent)
        return Double(bitPattern: UInt64(max(1, exponent - digits + 1023)) << 52)
    }
}

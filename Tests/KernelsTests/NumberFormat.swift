import Tensors

/// A floating-point format by its definition: an obvious and slow reference for the kernels.
struct NumberFormat: Sendable {
    enum Special: Sendable { case ieee, nanOnly, unsignedZero }

    let type: TensorType
    let exponentBits: Int
    let mantissaBits: Int
    let bias: Int
    let special: Special

    static let float16 = NumberFormat(type: .float16, exponentBits: 5, mantissaBits: 10, bias: 15, special: .ieee)
    static let bfloat16 = NumberFormat(type: .bfloat16, exponentBits: 8, mantissaBits: 7, bias: 127, special: .ieee)
    static let e4m3 = NumberFormat(type: .float8E4M3, exponentBits: 4, mantissaBits: 3, bias: 7, special: .nanOnly)
    static let e5m2 = NumberFormat(type: .float8E5M2, exponentBits: 5, mantissaBits: 2, bias: 15, special: .ieee)
    static let e4m3fnuz = NumberFormat(
        type: .float8E4M3FNUZ, exponentBits: 4, mantissaBits: 3, bias: 8, special: .unsignedZero)
    static let e5m2fnuz = NumberFormat(
        type: .float8E5M2FNUZ, exponentBits: 5, mantissaBits: 2, bias: 16, special: .unsignedZero)

    /// Those that conversions write, apart from binary32 and binary64.
    static let narrow = [float16, bfloat16, e4m3, e5m2]
    static let all = narrow + [e4m3fnuz, e5m2fnuz]

    var width: Int { 1 + exponentBits + mantissaBits }
    var signBit: Int { 1 << (width - 1) }
    var infinity: Int { ((1 << exponentBits) - 1) << mantissaBits }

    func isNaN(_ code: Int) -> Bool {
        switch special {
        case .ieee: code & (signBit - 1) > infinity
        case .nanOnly: code & (signBit - 1) == signBit - 1
        case .unsignedZero: code == signBit
        }
    }

    /// The number that a code means; NaN without its payload.
    func value(_ code: Int) -> Double {
        if isNaN(code) { return .nan }
        let magnitude = code & (signBit - 1)
        let sign: FloatingPointSign = code & signBit == 0 ? .plus : .minus
        if special == .ieee && magnitude == infinity { return Double(sign: sign, exponent: 0, significand: .infinity) }
        let field = magnitude >> mantissaBits
        let mantissa = Double(magnitude & (1 << mantissaBits - 1))
        let scale = Double(1 << mantissaBits)
        let significand = field == 0 ? mantissa / scale : 1 + mantissa / scale
        return Double(sign: sign, exponent: max(field, 1) - bias, significand: significand)
    }

    /// The magnitudes of the finite numbers, ascending: the index is the code.
    func magnitudes() -> [Double] {
        (0..<signBit).map { value($0) }.filter { $0.isFinite }
    }
}

/// Rounds to the nearest of a list of numbers.
struct NearestCode {
    let format: NumberFormat
    let magnitudes: [Double]
    /// Where the number after the largest finite one would be.
    let beyond: Double

    init(_ format: NumberFormat) {
        self.format = format
        magnitudes = format.magnitudes()
        let last = magnitudes.count - 1
        beyond = magnitudes[last] + (magnitudes[last] - magnitudes[last - 1])
    }

    /// The code nearest to a number, the even one of two; nil for a NaN.
    func code(of value: Double) -> Int? {
        if value.isNaN { return nil }
        let sign = value.sign == .minus ? format.signBit : 0
        let magnitude = value.magnitude
        guard magnitude.isFinite else { return sign | magnitudes.count }
        var low = 0
        var high = magnitudes.count
        while low < high {
            let middle = (low + high) / 2
            if magnitudes[middle] > magnitude { high = middle } else { low = middle + 1 }
        }
        // The number at `below` is not greater, and the one after it is.
        let below = low - 1
        let above = low < magnitudes.count ? magnitudes[low] : beyond
        let lower = magnitude - magnitudes[below]
        let upper = above - magnitude
        if lower == upper { return sign | (below % 2 == 0 ? below : low) }
        return sign | (lower < upper ? below : low)
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

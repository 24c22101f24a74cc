/// Which elements of a tensor are kept at random: a function of the seed, the tensor's name, the model's place and the
/// element's index, so that threads, blocks and the order of tensors change nothing.
///
/// Element `i` is kept where the upper 53 bits of `mix(key + (i + 1) g)` are below `density 2^53`: the numbers of SplitMix64
/// (Steele, Lea and Flood 2014) counted from `key = mix(mix(mix(h) ^ seed) ^ model)`, with the golden ratio's
/// `g = 0x9E3779B97F4A7C15` and FNV-1a's hash `h` of the name's UTF-8.
struct RandomMask: Sendable {
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    private let key: UInt64
    private let threshold: UInt64

    init(name: String, seed: UInt64, model: Int, density: Double) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        key = Self.mix(Self.mix(Self.mix(hash) ^ seed) ^ UInt64(model))
        threshold = UInt64(density * 0x1p53)
    }

    @inline(__always)
    func keeps(_ index: Int) -> Bool {
        Self.mix(key &+ (UInt64(index) &+ 1) &* Self.step) >> 11 < threshold
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

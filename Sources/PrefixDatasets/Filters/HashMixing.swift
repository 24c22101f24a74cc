/// Hashes of 64 bits that are the same on every machine.
///
/// They spread well and are fast, but whoever knows them can make collisions. Where a collision would change a result,
/// the caller compares what was hashed.
enum HashMixing {
    /// Both halves of a 128-bit product, folded into one.
    static func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// Two values into one; the order of them matters.
    static func combined(_ a: UInt64, _ b: UInt64) -> UInt64 {
        folded(a ^ 0xA076_1D64_78BD_642F, b ^ 0xE703_7ED1_A0B4_28DB)
    }

    /// A bijection in which every bit of the input reaches every bit of the output (the finaliser of SplitMix64).
    static func scrambled(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// The hash of some bytes. Linear in their number.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(bytes.count)
        var index = 0
        while index + 8 <= bytes.count {
            hash = combined(hash, UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index += 8
        }
        var rest: UInt64 = 0
        while index < bytes.count {
            rest = rest << 8 | UInt64(bytes[index])
            index += 1
        }
        return combined(hash, rest)
    }
}

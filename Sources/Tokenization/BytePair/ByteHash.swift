/// Hashing of short byte strings and pairs with a multiply and a fold.
///
/// The seed differs from process to process, so that a vocabulary from a stranger cannot be built to collide. Nothing
/// that is written anywhere depends on it.
enum ByteHash {
    static let seed = UInt64.random(in: .min ... .max)

    @inline(__always)
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    @inline(__always)
    static func hash(_ low: UInt64, _ high: UInt64, seed: UInt64) -> UInt64 {
        mix(low ^ 0x9E37_79B9_7F4A_7C15, high ^ seed)
    }

    static func hash(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64) -> UInt64 {
        var state = seed ^ UInt64(bytes.count)
        guard let base = bytes.baseAddress else { return mix(state, 0xD6E8_FEB8_6659_FD93) }
        let raw = UnsafeRawPointer(base)
        var index = 0
        while index + 8 <= bytes.count {
            state = mix(state ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self), 0xD6E8_FEB8_6659_FD93)
            index += 8
        }
        var tail: UInt64 = 0
        while index < bytes.count {
            tail = tail << 8 | UInt64(bytes[index])
            index += 1
        }
        return mix(state ^ tail, 0xA076_1D64_78BD_642F)
    }
}

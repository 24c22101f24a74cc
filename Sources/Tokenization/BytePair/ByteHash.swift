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
        let count = bytes.count
        var index = 0
        while index + 8 < count {
            state = mix(state ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self), 0xD6E8_FEB8_6659_FD93)
            index += 8
        }
        // The last bytes by loads that may overlap those before; the length is in the state.
        let tail: UInt64
        if count >= 8 {
            tail = raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        } else if count >= 4 {
            let high = UInt64(raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
            tail = UInt64(raw.loadUnaligned(as: UInt32.self)) | high << 32
        } else if count > 0 {
            tail = UInt64(bytes[0]) | UInt64(bytes[count / 2]) << 8 | UInt64(bytes[count - 1]) << 16
        } else {
            tail = 0
        }
        return mix(state ^ tail, 0xA076_1D64_78BD_642F)
    }
}

import Glibc

/// Searching for a byte with the C library's vectorised search.
enum ByteSearch {
    /// The first index from `start` on that holds `byte`, or nil.
    static func firstIndex(of byte: UInt8, in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = text.baseAddress, start < text.count,
            let found = memchr(base + start, Int32(byte), text.count - start)
        else { return nil }
        return UnsafeRawPointer(base).distance(to: found)
    }

    /// Whether `text` contains `part`; nothing contains the empty part.
    static func contains(_ part: [UInt8], in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = part.first, text.count >= part.count, let base = text.baseAddress else { return false }
        for start in 0...(text.count - part.count)
        where base[start] == first && memcmp(base + start, part, part.count) == 0 {
            return true
        }
        return false
    }

    /// How often `byte` occurs.
    ///
    /// By words of eight bytes: a loop over bytes with a sum does not vectorise here.
    static func count(of byte: UInt8, in text: UnsafeBufferPointer<UInt8>) -> Int {
        guard let base = text.baseAddress else { return 0 }
        let raw = UnsafeRawPointer(base)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        let wanted = ones &* UInt64(byte)
        var count = 0
        var index = 0
        while index + 8 <= text.count {
            // A counter in each byte; after 31 words their sum still fits the top byte of the product.
            var counters: UInt64 = 0
            let blockEnd = min(text.count - 7, index + 31 * 8)
            while index < blockEnd {
                let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ wanted
                let isOther = ((word & low) &+ low) | word
                counters &+= (~isOther >> 7) & ones
                index &+= 8
            }
            count += Int((counters &* ones) >> 56)
        }
        while index < text.count {
            count += base[index] == byte ? 1 : 0
            index += 1
        }
        return count
    }
}

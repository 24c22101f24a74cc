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
}

import Glibc

/// Places of short patterns in texts, as bytes.
extension UnsafeBufferPointer<UInt8> {
    /// Where a pattern begins, at `start` or behind it; nil where it does not occur. Linear in the text for short patterns.
    func firstIndex(of pattern: StaticString, from start: Int = 0) -> Int? {
        let length = pattern.utf8CodeUnitCount
        guard let base = baseAddress, length > 0 else { return nil }
        var place = start
        while place + length <= count {
            let rest = count - length + 1 - place
            guard let found = memchr(base + place, Int32(pattern.utf8Start.pointee), rest) else { return nil }
            place = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            if memcmp(base + place, pattern.utf8Start, length) == 0 { return place }
            place += 1
        }
        return nil
    }

    /// Whether a pattern stands at a place.
    func has(_ pattern: StaticString, at place: Int) -> Bool {
        let length = pattern.utf8CodeUnitCount
        guard let base = baseAddress, place >= 0, place <= count - length else { return false }
        return memcmp(base + place, pattern.utf8Start, length) == 0
    }

    /// How often a pattern occurs, without overlaps, from the left, but no further than `limit` is counted.
    func occurrences(of pattern: StaticString, limit: Int) -> Int {
        var (found, place) = (0, 0)
        while found < limit, let next = firstIndex(of: pattern, from: place) {
            found += 1
            place = next + pattern.utf8CodeUnitCount
        }
        return found
    }
}

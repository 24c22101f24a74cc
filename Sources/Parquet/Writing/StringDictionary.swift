/// The distinct strings of a column chunk, in the order in which they came.
///
/// Strings are told apart by their bytes: `String`'s own equality takes canonically equivalent ones for the same.
struct StringDictionary {
    /// The strings as PLAIN encoding stores them, each behind its length.
    private(set) var bytes: [UInt8] = []
    private var starts: [Int] = []
    /// Hash table with open addressing: the index of a string and one more, or 0.
    private var slots = [UInt32](repeating: 0, count: 256)

    /// How many strings there are.
    var count: Int { starts.count }

    /// The index of a string, which is added where it is new.
    mutating func index(of text: UnsafeBufferPointer<UInt8>) -> UInt32 {
        var slot = hash(UnsafeRawBufferPointer(text)) & (slots.count - 1)
        while slots[slot] != 0 {
            let index = slots[slot] - 1
            if isEqual(Int(index), text) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        let index = UInt32(starts.count)
        starts.append(bytes.count)
        bytes.appendLittleEndian(UInt32(text.count))
        bytes.append(contentsOf: text)
        slots[slot] = index + 1
        if 2 * starts.count > slots.count { grow() }
        return index
    }

    private func isEqual(_ index: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = starts[index] + 4
        let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
        return end - start == text.count && bytes[start..<end].elementsEqual(text)
    }

    private mutating func grow() {
        let mask = 2 * slots.count - 1
        var larger = [UInt32](repeating: 0, count: 2 * slots.count)
        for index in starts.indices {
            let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
            var slot = bytes[starts[index] + 4..<end].withUnsafeBytes { hash($0) } & mask
            while larger[slot] != 0 { slot = (slot + 1) & mask }
            larger[slot] = UInt32(index) + 1
        }
        slots = larger
    }

    /// Seeded anew in every process, so that no input can be made to collide.
    private func hash(_ text: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: text)
        return hasher.finalize()
    }
}

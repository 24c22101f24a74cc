/// How many values of a column chunk are null, and the least and the greatest of the others.
struct ColumnStatistics {
    /// Bounds of strings are cut to so many bytes.
    static let maximumBoundBytes = 64

    private(set) var nullCount: Int64 = 0
    private var integers: (least: Int64, greatest: Int64)?
    private var doubles: (least: Double, greatest: Double)?
    private var texts: (least: [UInt8], greatest: [UInt8])?

    mutating func addNulls(_ count: Int = 1) {
        nullCount += Int64(count)
    }

    mutating func add(_ value: Bool) {
        add(Int64(value ? 1 : 0))
    }

    mutating func add(_ value: Int64) {
        guard let known = integers else {
            integers = (value, value)
            return
        }
        integers = (min(known.least, value), max(known.greatest, value))
    }

    /// NaN has no place in an order; readers expect it to be left out.
    mutating func add(_ value: Double) {
        guard !value.isNaN else { return }
        guard let known = doubles else {
            doubles = (value, value)
            return
        }
        doubles = (min(known.least, value), max(known.greatest, value))
    }

    /// Adds all values at once.
    mutating func add<Value: FixedWidthInteger>(_ values: ArraySlice<Value>) {
        guard var least = values.first else { return }
        var greatest = least
        values.withUnsafeBufferPointer { values in
            for value in values {
                least = min(least, value)
                greatest = max(greatest, value)
            }
        }
        add(Int64(least))
        add(Int64(greatest))
    }

    mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        guard let known = texts else {
            texts = (Array(text), Array(text))
            return
        }
        if text.lexicographicallyPrecedes(known.least) { texts?.least = Array(text) }
        if known.greatest.lexicographicallyPrecedes(text) { texts?.greatest = Array(text) }
    }

    /// The bounds as they are stored: PLAIN without lengths, and whether each is a value of the column.
    func bounds(_ type: PhysicalType) -> Bounds? {
        if let texts { return Bounds(least: texts.least, greatest: texts.greatest) }
        if let doubles {
            // Zeros compare as equal and have two forms: the bounds must hold for both.
            let least = doubles.least == 0 ? -0.0 : doubles.least
            let greatest = doubles.greatest == 0 ? 0.0 : doubles.greatest
            return Bounds(exactLeast: Self.bytes(least.bitPattern), exactGreatest: Self.bytes(greatest.bitPattern))
        }
        guard let integers else { return nil }
        func stored(_ value: Int64) -> [UInt8] {
            switch type {
            case .boolean: [UInt8(truncatingIfNeeded: value)]
            case .int32: Self.bytes(Int32(truncatingIfNeeded: value))
            default: Self.bytes(value)
            }
        }
        return Bounds(exactLeast: stored(integers.least), exactGreatest: stored(integers.greatest))
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(value)
        return bytes
    }

    /// A least and a greatest value, or what bounds them; strings without a short upper bound have none.
    struct Bounds: Equatable {
        var least: [UInt8]
        var greatest: [UInt8]?
        var isLeastExact = true
        var isGreatestExact = true

        init(exactLeast least: [UInt8], exactGreatest greatest: [UInt8]) {
            self.least = least
            self.greatest = greatest
        }

        /// Long texts are cut between two scalars; the upper bound's last scalar is then made one greater.
        init(least: [UInt8], greatest: [UInt8]) {
            self.least = Self.front(least)
            isLeastExact = self.least.count == least.count
            let front = Self.front(greatest)
            isGreatestExact = front.count == greatest.count
            self.greatest = isGreatestExact ? greatest : Self.above(front)
        }

        private static func front(_ text: [UInt8]) -> [UInt8] {
            guard text.count > maximumBoundBytes else { return text }
            var end = maximumBoundBytes
            while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
            return Array(text[..<end])
        }

        /// The least text of no more scalars that follows every text that begins with `front`.
        private static func above(_ front: [UInt8]) -> [UInt8]? {
            var scalars = Array(String(decoding: front, as: UTF8.self).unicodeScalars)
            while let last = scalars.popLast() {
                let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
                if let next = Unicode.Scalar(next) {
                    var text = String.UnicodeScalarView()
                    text.append(contentsOf: scalars)
                    text.append(next)
                    return Array(String(text).utf8)
                }
            }
            return nil
        }
    }
}

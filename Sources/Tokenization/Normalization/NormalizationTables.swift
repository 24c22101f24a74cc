/// The tables of the four Unicode normalisation forms, as the oracle has them (about Unicode 9).
struct NormalizationTables: Sendable {
    /// Full canonical decompositions; Hangul syllables follow the arithmetic rule instead.
    let canonical: [UInt32: [UInt32]]
    /// Full compatibility decompositions, where they differ from the canonical ones.
    let compatibility: [UInt32: [UInt32]]
    /// Primary composites by (first << 32 | second).
    let compositions: [UInt64: UInt32]
    /// Canonical combining classes that are not zero.
    let combiningClasses: [UInt32: UInt8]
    /// A bit per scalar: NFC has something to do (quick check not Yes, or a combining class).
    let composedNeedsWork: [UInt64]
    /// The same for NFKC.
    let compatibilityNeedsWork: [UInt64]

    static let shared = NormalizationTables()

    private init() {
        canonical = Self.decompositions(NormalizationData.canonical)
        compatibility = Self.decompositions(NormalizationData.compatibility)

        var compositions: [UInt64: UInt32] = [:]
        var reader = TableReader(NormalizationData.compositions)
        while !reader.isAtEnd {
            let first = reader.hexadecimal()
            _ = reader.byte()
            let second = reader.hexadecimal()
            _ = reader.byte()
            compositions[UInt64(first) << 32 | UInt64(second)] = reader.hexadecimal()
            _ = reader.byte()
        }
        self.compositions = compositions

        var classes: [UInt32: UInt8] = [:]
        reader = TableReader(NormalizationData.combiningClasses)
        while !reader.isAtEnd {
            let start = reader.hexadecimal()
            _ = reader.byte()
            let length = reader.hexadecimal()
            _ = reader.byte()
            let value = UInt8(truncatingIfNeeded: reader.hexadecimal())
            _ = reader.byte()
            for scalar in start..<(start + length) { classes[scalar] = value }
        }
        combiningClasses = classes

        var work = [UInt64](repeating: 0, count: 0x110000 / 64)
        func mark(_ scalar: UInt32) { work[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63) }
        classes.keys.forEach(mark)
        let composites = Set(compositions.values)
        for (scalar, parts) in canonical {
            if !composites.contains(scalar) || parts.first.map({ classes[$0] != nil }) == true { mark(scalar) }
        }
        compositions.keys.forEach { mark(UInt32(truncatingIfNeeded: $0)) }
        for jamo in UInt32(0x1161)...0x1175 { mark(jamo) }
        for jamo in UInt32(0x11A8)...0x11C2 { mark(jamo) }
        composedNeedsWork = work
        compatibility.keys.forEach(mark)
        compatibilityNeedsWork = work
    }

    private static func decompositions(_ table: StaticString) -> [UInt32: [UInt32]] {
        var result: [UInt32: [UInt32]] = [:]
        var reader = TableReader(table)
        while !reader.isAtEnd {
            let scalar = reader.hexadecimal()
            _ = reader.byte()
            var parts: [UInt32] = []
            var separator = UInt8(ascii: " ")
            while separator == UInt8(ascii: " ") {
                parts.append(reader.hexadecimal())
                separator = reader.byte()
            }
            result[scalar] = parts
        }
        return result
    }
}

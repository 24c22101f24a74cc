import CScanners

/// The four normalisation forms of Unicode annex 15, over the oracle's tables.
enum NormalizationForm: String, Sendable {
    case composed = "NFC"
    case decomposed = "NFD"
    case compatibilityComposed = "NFKC"
    case compatibilityDecomposed = "NFKD"

    private var composes: Bool { self == .composed || self == .compatibilityComposed }
    private var isCompatibility: Bool { self == .compatibilityComposed || self == .compatibilityDecomposed }

    /// The index of the first byte from which normalisation has something to do, or nil when `text` is its own normal
    /// form.
    ///
    /// Below U+0300 nothing composes, so for NFC only lead bytes from 0xCC on need a look at the table.
    func firstChange(in text: UnsafeBufferPointer<UInt8>, level: VectorLevel = .best) -> Int? {
        switch self {
        case .composed:
            return Self.scan(text, from: 0xCC, bits: NormalizationTables.shared.composedNeedsWork, level)
        case .compatibilityComposed:
            return Self.scan(text, from: 0xC2, bits: NormalizationTables.shared.compatibilityNeedsWork, level)
        case .decomposed, .compatibilityDecomposed:
            return text.firstIndex { $0 >= 0x80 }
        }
    }

    private static func scan(
        _ text: UnsafeBufferPointer<UInt8>, from lead: UInt8, bits: [UInt64], _ level: VectorLevel
    ) -> Int? {
        guard let base = text.baseAddress else { return nil }
        return bits.withUnsafeBufferPointer { bits -> Int? in
            var index = cscanners_skip(level.rawValue, base, text.count, lead, bits.baseAddress)
            let count = text.count
            while index < count {
                index = ASCIIRun.skip(text, from: index)
                guard index < count else { return nil }
                let byte = text[index]
                if byte < lead {
                    index += 1
                    continue
                }
                let (scalar, length) = UTF8Scalar.decodeMultibyte(base + index)
                if bits[Int(scalar >> 6)] & (1 << UInt64(scalar & 63)) != 0 { return index }
                index += length
            }
            return nil
        }
    }

    /// Appends the normal form of `text` to `output`. O(n), but for runs of combining marks, which are sorted.
    ///
    /// - Parameter limit: stops soon after `output` has more bytes than this.
    func normalize(_ text: UnsafeBufferPointer<UInt8>, into output: inout [UInt8], limit: Int = .max) {
        let tables = NormalizationTables.shared
        // Scalars since the last starter, with their classes; a run without a new starter is sorted as one.
        var pending: [(scalar: UInt32, combiningClass: UInt8)] = []
        var composer = Composer()
        var index = 0
        while index < text.count, output.count <= limit {
            let (scalar, length) = UTF8Scalar.decode(text, at: index)
            index += length
            if scalar < 0x80 {
                flush(&pending, into: &output, &composer)
                pending.append((scalar, 0))
                continue
            }
            forEachPart(of: scalar, tables) { part in
                let combiningClass = tables.combiningClasses[part] ?? 0
                if combiningClass == 0 { flush(&pending, into: &output, &composer) }
                pending.append((part, combiningClass))
            }
        }
        flush(&pending, into: &output, &composer)
        if composes { composer.finish(into: &output) }
    }

    private func forEachPart(of scalar: UInt32, _ tables: NormalizationTables, _ body: (UInt32) -> Void) {
        if let syllable = Hangul.decomposition(of: scalar) {
            body(syllable.leading)
            body(syllable.vowel)
            if let trailing = syllable.trailing { body(trailing) }
        } else if isCompatibility, let parts = tables.compatibility[scalar] {
            parts.forEach(body)
        } else if let parts = tables.canonical[scalar] {
            parts.forEach(body)
        } else {
            body(scalar)
        }
    }

    private func flush(
        _ pending: inout [(scalar: UInt32, combiningClass: UInt8)], into output: inout [UInt8],
        _ composer: inout Composer
    ) {
        guard !pending.isEmpty else { return }
        if pending.count > 2 || (pending.count == 2 && pending[0].combiningClass > pending[1].combiningClass) {
            // Sorted stably, as annex 15 asks; the standard library's sort is stable but does not promise it.
            let sorted = pending.enumerated().sorted {
                ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
            }
            pending = sorted.map(\.element)
        }
        for (scalar, combiningClass) in pending {
            if composes {
                composer.append(scalar, combiningClass, into: &output)
            } else {
                UTF8Scalar.append(scalar, to: &output)
            }
        }
        pending.removeAll(keepingCapacity: true)
    }
}

/// Recomposes canonically ordered scalars (annex 15, D117).
private struct Composer {
    private var starter: UInt32?
    private var marks: [UInt32] = []
    private var lastClass: UInt8 = 0

    mutating func append(_ scalar: UInt32, _ combiningClass: UInt8, into output: inout [UInt8]) {
        guard let current = starter else {
            // Marks before the first starter have nothing to compose with.
            if combiningClass == 0 { starter = scalar } else { UTF8Scalar.append(scalar, to: &output) }
            return
        }
        let isBlocked = !marks.isEmpty && lastClass >= combiningClass
        if !isBlocked, let composite = Hangul.composite(current, scalar) ?? Self.composite(current, scalar) {
            starter = composite
            return
        }
        if combiningClass == 0 {
            finish(into: &output)
            starter = scalar
        } else {
            marks.append(scalar)
            lastClass = combiningClass
        }
    }

    mutating func finish(into output: inout [UInt8]) {
        if let starter { UTF8Scalar.append(starter, to: &output) }
        for mark in marks { UTF8Scalar.append(mark, to: &output) }
        starter = nil
        marks.removeAll(keepingCapacity: true)
        lastClass = 0
    }

    private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        NormalizationTables.shared.compositions[UInt64(first) << 32 | UInt64(second)]
    }
}

/// The arithmetic of Hangul syllables (The Unicode Standard, section 3.12).
private enum Hangul {
    static func decomposition(of scalar: UInt32) -> (leading: UInt32, vowel: UInt32, trailing: UInt32?)? {
        guard scalar >= 0xAC00, scalar < 0xAC00 + 11172 else { return nil }
        let index = scalar - 0xAC00
        let trailing = index % 28
        return (0x1100 + index / 588, 0x1161 + index % 588 / 28, trailing == 0 ? nil : 0x11A7 + trailing)
    }

    static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first >= 0x1100, first < 0x1113, second >= 0x1161, second < 0x1176 {
            return 0xAC00 + (first - 0x1100) * 588 + (second - 0x1161) * 28
        }
        if first >= 0xAC00, first < 0xAC00 + 11172, (first - 0xAC00) % 28 == 0, second > 0x11A7, second < 0x11C3 {
            return first + (second - 0x11A7)
        }
        return nil
    }
}

import Tensors

/// Finds out whether elements have room to spare: binary32 that a narrower type represents exactly, binary64 likewise.
///
/// Each candidate is given up at the first element that it cannot represent, so that real binary32 costs nothing.
struct NarrowingScan {
    private let type: TensorType
    private var candidates: [TensorType]
    private var sawNumber = false

    /// Nil for types that nothing narrower is looked for.
    init?(_ type: TensorType) {
        self.type = type
        switch type {
        case .float32: candidates = [.bfloat16, .float16]
        case .float64: candidates = [.bfloat16, .float16, .float32]
        default: return nil
        }
    }

    /// Looks at a block.
    mutating func add(_ block: UnsafeRawBufferPointer) {
        guard !candidates.isEmpty else { return }
        if type == .float32 {
            candidates.removeAll { candidate in
                candidate == .bfloat16
                    ? !Self.all(block) { (bits: UInt32) in bits & 0xFFFF == 0 }
                    : !Self.all(block, Self.isHalf)
            }
        } else {
            candidates.removeAll { candidate in
                !Self.all(block) { (bits: UInt64) in
                    let value = Double(bitPattern: bits)
                    if value.isNaN { return true }
                    let single = Float(value)
                    guard Double(single) == value else { return false }
                    return switch candidate {
                    case .bfloat16: single.bitPattern & 0xFFFF == 0
                    case .float16: Self.isHalf(single.bitPattern)
                    default: true
                    }
                }
            }
        }
        if !sawNumber { sawNumber = block.contains { $0 != 0 } }
    }

    /// Whether a binary32 of these bits is a binary16.
    private static func isHalf(_ bits: UInt32) -> Bool {
        let exponent = bits >> 23 & 0xFF
        switch exponent {
        case 113...142, 255: return bits & 0x1FFF == 0
        // A subnormal binary16 has a bit less for each step of the exponent.
        case 103...112: return bits & (1 << (126 - exponent) - 1) == 0
        default: return bits & 0x7FFF_FFFF == 0
        }
    }

    private static func all<Bits: FixedWidthInteger>(
        _ block: UnsafeRawBufferPointer, _ fits: (Bits) -> Bool
    ) -> Bool {
        let width = MemoryLayout<Bits>.size
        for place in stride(from: 0, to: block.count - width + 1, by: width)
        where !fits(block.loadUnaligned(fromByteOffset: place, as: Bits.self)) {
            return false
        }
        return true
    }

    /// Takes over what another scan of the same tensor found elsewhere.
    mutating func merge(_ other: NarrowingScan) {
        candidates.removeAll { !other.candidates.contains($0) }
        sawNumber = sawNumber || other.sawNumber
    }

    /// The narrowest type that represents all; nil where there is none, and for nothing but zeros.
    var narrowerType: TensorType? { sawNumber ? candidates.first : nil }
}

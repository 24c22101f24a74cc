import Tensors

/// The numbers of a tensor that are none: how many, and where the first one is.
struct NonFiniteScan {
    private(set) var nanCount = 0
    private(set) var infinityCount = 0
    /// The index of the first element that counts, row-major.
    private(set) var first: Int?

    private let type: TensorType
    private let allowsInfinities: Bool

    /// Nil for types whose elements are always finite, or share bytes.
    init?(_ type: TensorType, allowsInfinities: Bool) {
        guard NonFiniteScan.width(of: type) != nil else { return nil }
        self.type = type
        self.allowsInfinities = allowsInfinities
    }

    var isFinding: Bool { first != nil }

    /// The bytes of one number; a complex element has two.
    private static func width(of type: TensorType) -> Int? {
        switch type {
        case .float64, .complex128: 8
        case .float32, .complex64: 4
        case .float16, .bfloat16: 2
        case .float8E4M3, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0: 1
        default: nil
        }
    }

    /// Looks at a block of whole elements, which begins at a byte of the tensor.
    mutating func scan(_ block: UnsafeRawBufferPointer, at offset: Int) {
        switch type {
        case .float64, .complex128:
            scan(
                block.bindMemory(to: UInt64.self), exponent: 0x7FF0_0000_0000_0000, mantissa: 0xF_FFFF_FFFF_FFFF, offset
            )
        case .float32, .complex64:
            scan(block.bindMemory(to: UInt32.self), exponent: 0x7F80_0000, mantissa: 0x7F_FFFF, offset)
        case .bfloat16: scan(block.bindMemory(to: UInt16.self), exponent: 0x7F80, mantissa: 0x7F, offset)
        case .float16: scan(block.bindMemory(to: UInt16.self), exponent: 0x7C00, mantissa: 0x3FF, offset)
        case .float8E5M2: scan(block.bindMemory(to: UInt8.self), exponent: 0x7C, mantissa: 0x03, offset)
        // No infinities: one pattern, with either sign or without, is NaN.
        case .float8E4M3: scan(block, isNaN: { $0 & 0x7F == 0x7F }, offset)
        case .float8E8M0: scan(block, isNaN: { $0 == 0xFF }, offset)
        case .float8E4M3FNUZ, .float8E5M2FNUZ: scan(block, isNaN: { $0 == 0x80 }, offset)
        default: break
        }
    }

    private mutating func scan<Bits: FixedWidthInteger & UnsignedInteger>(
        _ numbers: UnsafeBufferPointer<Bits>, exponent: Bits, mantissa: Bits, _ offset: Int
    ) {
        var suspects = 0
        for bits in numbers where bits & exponent == exponent { suspects += 1 }
        // Nearly always there is none, and nothing else to do.
        guard suspects > 0 else { return }
        for (index, bits) in numbers.enumerated() where bits & exponent == exponent {
            let isNaN = bits & mantissa != 0
            if isNaN { nanCount += 1 } else { infinityCount += 1 }
            if isNaN || !allowsInfinities { note(offset + index * MemoryLayout<Bits>.size) }
        }
    }

    private mutating func scan(_ block: UnsafeRawBufferPointer, isNaN: (UInt8) -> Bool, _ offset: Int) {
        for (index, byte) in block.enumerated() where isNaN(byte) {
            nanCount += 1
            note(offset + index)
        }
    }

    private mutating func note(_ byte: Int) {
        if first == nil { first = byte / max(1, type.byteWidth ?? 1) }
    }

    /// What was found, in words.
    func message(shape: [Int]) -> String {
        var index: [Int] = []
        var rest = first ?? 0
        for extent in shape.reversed() where extent > 0 {
            index.append(rest % extent)
            rest /= extent
        }
        let place = "[\(index.reversed().map(String.init).joined(separator: ", "))]"
        return "holds \(nanCount) NaN and \(infinityCount) infinities, the first at element \(first ?? 0) (\(place))"
    }
}

/// A number with the sign, the exponent and the upper 7 bits of the mantissa of a `Float`.
///
/// It stores; it does not calculate. Widen to `Float`, compute, narrow again.
public struct BFloat16: BitwiseCopyable, Sendable {
    /// The 16 bits: sign at bit 15, exponent (bias 127) at bits 7...14, mantissa at bits 0...6.
    public let bitPattern: UInt16

    /// Takes the bits as they are.
    public init(bitPattern: UInt16) {
        self.bitPattern = bitPattern
    }

    /// The number nearest to `value`, ties to even; beyond the largest finite number, infinity. A NaN stays a NaN of
    /// the same sign and the upper bits of its payload, made quiet.
    public init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            // Rounding could carry a payload into the exponent, and truncating could leave an infinity.
            bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x0040
        } else {
            let roundedUp = bits &+ 0x7fff &+ ((bits >> 16) & 1)
            bitPattern = UInt16(truncatingIfNeeded: roundedUp >> 16)
        }
    }

    /// Positive zero.
    public static var zero: BFloat16 { BFloat16(bitPattern: 0) }
}

extension BFloat16: Equatable {
    /// Compares as numbers: the zeros are equal, a NaN equals nothing.
    public static func == (left: BFloat16, right: BFloat16) -> Bool {
        Float(left) == Float(right)
    }
}

extension BFloat16: CustomStringConvertible {
    /// The number as its exact `Float` prints.
    public var description: String { Float(self).description }
}

extension Float {
    /// The same number; every `BFloat16` is exactly a `Float`.
    public init(_ value: BFloat16) {
        self.init(bitPattern: UInt32(value.bitPattern) << 16)
    }
}

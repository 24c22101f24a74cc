public import Tensors

/// Looks for numbers that are none.
public enum NonFiniteNumbers {
    /// The position of the first NaN or infinity among numbers in binary32 or bfloat16; nil where all are finite.
    ///
    /// The bytes hold whole numbers and begin at an address that fits them. Linear in their number, at the speed of memory where
    /// all are finite.
    public static func first(in bytes: UnsafeRawBufferPointer, type: ElementType) -> Int? {
        switch type {
        case .float32: first(in: bytes.bindMemory(to: UInt32.self), exponent: 0x7F80_0000)
        case .bfloat16: first(in: bytes.bindMemory(to: UInt16.self), exponent: 0x7F80)
        default: preconditionFailure("\(type.name) is not looked through")
        }
    }

    private static func first<Bits: FixedWidthInteger>(in numbers: UnsafeBufferPointer<Bits>, exponent: Bits) -> Int? {
        // Without a way out of the loop it becomes vector code.
        var suspects = 0
        for bits in numbers where bits & exponent == exponent { suspects += 1 }
        return suspects == 0 ? nil : numbers.firstIndex { $0 & exponent == exponent }
    }
}

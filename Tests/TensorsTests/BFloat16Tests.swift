import Tensors
import Testing

@Suite struct BFloat16Tests {
    static let narrowings: [(Float, UInt16)] = [
        (0, 0x0000), (-0.0, 0x8000),
        (1, 0x3f80), (-2, 0xc000), (.infinity, 0x7f80),
        // Halfway between 1 and its successor goes to the even mantissa; just above goes up.
        (Float(bitPattern: 0x3f80_8000), 0x3f80), (Float(bitPattern: 0x3f80_8001), 0x3f81),
        (Float(bitPattern: 0x3f81_8000), 0x3f82), (.greatestFiniteMagnitude, 0x7f80),
        (.leastNonzeroMagnitude, 0x0000), (Float(bitPattern: 0x0000_8001), 0x0001),
    ]

    @Test(arguments: narrowings)
    func narrowingRoundsToNearestEven(value: Float, expected: UInt16) {
        #expect(BFloat16(value).bitPattern == expected)
    }

    @Test(arguments: [UInt32(0x7f80_0001), 0x7fff_ffff, 0x7fc0_0000, 0xff80_0001, 0xffff_ffff])
    func nanStaysNaN(bits: UInt32) {
        let narrowed = BFloat16(Float(bitPattern: bits))
        #expect(Float(narrowed).isNaN)
        #expect(narrowed.bitPattern >> 15 == UInt16(bits >> 31))
    }

    @Test func everyPatternWidensAndNarrowsToItself() {
        for bits in UInt16.min...UInt16.max {
            let wide = Float(BFloat16(bitPattern: bits))
            #expect(wide.bitPattern == UInt32(bits) << 16)
            if !wide.isNaN { #expect(BFloat16(wide).bitPattern == bits) }
        }
    }

    @Test func comparesAsNumbers() {
        #expect(BFloat16(0) == BFloat16(-0.0))
        let nan = BFloat16(Float.nan)
        #expect(nan != nan)
    }
}

@Suite struct ElementTypeTests {
    func widthMatches<T: TensorElement>(_ type: T.Type) -> Bool {
        MemoryLayout<T>.size == T.elementType.byteWidth && MemoryLayout<T>.stride == T.elementType.byteWidth
    }

    @Test func widthIsTheSizeInMemory() {
        #expect(widthMatches(Int8.self) && widthMatches(Int16.self) && widthMatches(Int32.self))
        #expect(widthMatches(Int64.self) && widthMatches(UInt8.self) && widthMatches(UInt16.self))
        #expect(widthMatches(UInt32.self) && widthMatches(UInt64.self) && widthMatches(Float16.self))
        #expect(widthMatches(BFloat16.self) && widthMatches(Float.self) && widthMatches(Double.self))
    }

    @Test func namesAreThoseOfNumPy() {
        #expect(ElementType.bfloat16.name == "bfloat16" && ElementType.uint8.name == "uint8")
    }
}

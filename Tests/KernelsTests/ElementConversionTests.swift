import Tensors
import Testing

@testable import Kernels

func converted<S, T>(
    _ source: [S], _ from: TensorType, to: TensorType, as type: T.Type, level: VectorLevel
) -> (codes: [T], counts: ConversionCounts) {
    var counts = ConversionCounts()
    let codes = [T](unsafeUninitializedCapacity: source.count) { buffer, count in
        source.withUnsafeBytes { bytes in
            let output = UnsafeMutableRawBufferPointer(
                start: buffer.baseAddress, count: source.count * MemoryLayout<T>.stride)
            counts = ElementConversion.convert(bytes, from: from, into: output, to: to, level: level)
        }
        count = source.count
    }
    return (codes, counts)
}

/// Codes of a narrow format, widened to `Int`.
func narrowCodes<S>(
    _ source: [S], _ from: TensorType, to format: NumberFormat, level: VectorLevel
) -> (codes: [Int], counts: ConversionCounts) {
    if format.width == 8 {
        let result = converted(source, from, to: format.type, as: UInt8.self, level: level)
        return (result.codes.map(Int.init), result.counts)
    }
    let result = converted(source, from, to: format.type, as: UInt16.self, level: level)
    return (result.codes.map(Int.init), result.counts)
}

@Suite struct ElementConversionTests {
    static let levels = VectorLevel.available

    /// Checks codes, signs of NaN and counts against numbers that the source has exactly, or rounded such that it does
    /// not matter.
    func check<S>(
        _ source: [S], _ from: TensorType, _ values: [Double], to format: NumberFormat, level: VectorLevel
    ) {
        let nearest = NearestCode(format)
        let (codes, counts) = narrowCodes(source, from, to: format, level: level)
        var expected = ConversionCounts()
        var wrong: [String] = []
        for (index, value) in values.enumerated() {
            let code = codes[index]
            if let right = nearest.code(of: value) {
                if code != right { wrong.append("\(value): \(code) instead of \(right)") }
                if value.isFinite && !format.value(code).isFinite { expected.overflowed += 1 }
                if value != 0 && format.value(code) == 0 { expected.underflowed += 1 }
            } else if !format.isNaN(code) || (code & format.signBit != 0) != (value.sign == .minus) {
                wrong.append("NaN: \(code)")
            }
        }
        #expect(wrong.isEmpty, "\(from) to \(format.type), \(level): \(wrong.count), such as \(wrong.prefix(3))")
        #expect(counts == expected, "\(from) to \(format.type), \(level)")
    }

    @Test(arguments: levels) func everyPatternOfFewBitsWidens(level: VectorLevel) {
        for format in NumberFormat.all {
            let patterns = 0..<(1 << format.width)
            let (floats, doubles) =
                format.width == 8
                ? (
                    converted(patterns.map(UInt8.init), format.type, to: .float32, as: Float.self, level: level).codes,
                    converted(patterns.map(UInt8.init), format.type, to: .float64, as: Double.self, level: level).codes
                )
                : (
                    converted(patterns.map(UInt16.init), format.type, to: .float32, as: Float.self, level: level).codes,
                    converted(patterns.map(UInt16.init), format.type, to: .float64, as: Double.self, level: level).codes
                )
            for code in patterns {
                let value = format.value(code)
                if value.isNaN {
                    let payload = UInt32(code & (1 << format.mantissaBits - 1)) << (23 - format.mantissaBits)
                    let sign = UInt32(code & format.signBit == 0 ? 0 : 1) << 31
                    let nan = format.special == .unsignedZero ? 0x7fc0_0000 : sign | 0x7fc0_0000 | payload
                    #expect(floats[code].bitPattern == nan)
                    #expect(doubles[code].bitPattern == Double(Float(bitPattern: nan)).bitPattern)
                } else {
                    #expect(floats[code].bitPattern == Float(value).bitPattern)
                    #expect(doubles[code].bitPattern == value.bitPattern)
                }
            }
        }
    }

    @Test(arguments: levels) func everyScaleWidens(level: VectorLevel) {
        let codes = (0...255).map { UInt8($0) }
        let floats = converted(codes, .float8E8M0, to: .float32, as: Float.self, level: level).codes
        for code in 0..<255 { #expect(floats[code] == Float(sign: .plus, exponent: code - 127, significand: 1)) }
        #expect(floats[255].isNaN)
        let booleans = converted(codes, .bool, to: .float32, as: Float.self, level: level).codes
        #expect(booleans[0] == 0 && booleans.dropFirst().allSatisfy { $0 == 1 })
    }

    @Test(arguments: levels) func everyPatternOfSixteenBitsNarrows(level: VectorLevel) {
        let patterns = (0...65535).map { UInt16($0) }
        for from in [NumberFormat.float16, .bfloat16] {
            let values = patterns.map { code -> Double in
                let value = from.value(Int(code))
                return value.isNaN && code >> 15 == 1 ? -.nan : value
            }
            for to in NumberFormat.narrow where to.type != from.type {
                check(patterns, from.type, values, to: to, level: level)
            }
        }
        for to in NumberFormat.narrow {
            check(patterns, .uint16, patterns.map { Double($0) }, to: to, level: level)
            check(patterns, .int16, patterns.map { Double(Int16(bitPattern: $0)) }, to: to, level: level)
        }
    }

    /// Halfway cases and their neighbours, in both signs, and random patterns.
    static func doubles(around format: NumberFormat, neighbour: (Double, Bool) -> Double) -> [Double] {
        let magnitudes = format.magnitudes()
        let beyond = NearestCode(format).beyond
        var values: [Double] = [.nan, -.nan, .infinity, -.infinity, 0, -0.0]
        for (index, magnitude) in magnitudes.enumerated() {
            let next = index + 1 < magnitudes.count ? magnitudes[index + 1] : beyond
            let halfway = magnitude + (next - magnitude) / 2
            for value in [magnitude, halfway, neighbour(halfway, true), neighbour(halfway, false)] {
                values.append(value)
                values.append(-value)
            }
        }
        return values
    }

    @Test(arguments: levels) func binary32RoundsToNearestEven(level: VectorLevel) {
        var random = SeededGenerator(state: 1)
        for to in NumberFormat.narrow {
            var floats = ElementConversionTests.doubles(around: to) { value, up in
                Double(up ? Float(value).nextUp : Float(value).nextDown)
            }.map { Float($0) }
            for _ in 0..<50000 { floats.append(Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))) }
            for _ in 0..<50000 {
                floats.append(Float.random(in: -2...2, using: &random) * Float.random(in: 0...1e-5, using: &random))
            }
            check(floats, .float32, floats.map { Double($0) }, to: to, level: level)
        }
    }

    @Test(arguments: levels) func binary64RoundsOnce(level: VectorLevel) {
        var random = SeededGenerator(state: 2)
        for to in NumberFormat.narrow {
            // Next to a halfway case by less than binary32 has places for: rounded twice it would be a tie.
            var values = ElementConversionTests.doubles(around: to) { $1 ? $0.nextUp : $0.nextDown }
            for _ in 0..<50000 { values.append(Double(bitPattern: random.next())) }
            values += [.leastNonzeroMagnitude, .greatestFiniteMagnitude]
            check(values, .float64, values, to: to, level: level)
        }
    }

    @Test(arguments: levels) func binary64ToBinary32(level: VectorLevel) {
        var random = SeededGenerator(state: 3)
        var values: [Double] = [0, -0.0, .infinity, -.infinity, 1e39, -1e39, 1e-46, -1e-46, 0x1p-150, 0x1.8p-149]
        values += (0..<100_000).map { _ in Double(bitPattern: random.next()) }
        values += (0..<100_000).map { _ in
            Double(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))
                * Double.random(in: 0.5...2, using: &random)
        }
        let (floats, counts) = converted(values, .float64, to: .float32, as: Float.self, level: level)
        var expected = ConversionCounts()
        for (value, found) in zip(values, floats) {
            let right = Float(value)
            if value.isNaN {
                let payload = UInt32(truncatingIfNeeded: value.bitPattern >> 29) & 0x007f_ffff
                let sign = UInt32(truncatingIfNeeded: value.bitPattern >> 63) << 31
                #expect(found.bitPattern == sign | 0x7fc0_0000 | payload)
            } else {
                #expect(found.bitPattern == right.bitPattern)
                if right.isInfinite && value.isFinite { expected.overflowed += 1 }
                if right == 0 && value != 0 { expected.underflowed += 1 }
            }
        }
        #expect(counts == expected && expected.overflowed > 2 && expected.underflowed > 2)
        let signalling: [UInt64] = [0x7ff0_0000_0000_0001, 0xfff4_0000_0000_0000]
        #expect(
            converted(signalling, .float64, to: .float32, as: UInt32.self, level: level).codes
                == [0x7fc0_0000, 0xffe0_0000])
        #expect(
            converted([UInt32(0x7f80_0001), 0xffa0_0000], .float32, to: .float64, as: UInt64.self, level: level).codes
                == [0x7ff8_0000_2000_0000, 0xfffc_0000_0000_0000])
    }

    /// A whole number rounded to so many bits, to nearest, ties to even: exactly a `Double`.
    func rounded(_ magnitude: UInt64, bits: Int) -> Double {
        let shift = 64 - magnitude.leadingZeroBitCount - bits
        guard shift > 0 else { return Double(magnitude) }
        let kept = magnitude >> UInt64(shift)
        let lost = magnitude & (1 << UInt64(shift) - 1)
        let half = UInt64(1) << UInt64(shift - 1)
        let up = lost > half || (lost == half && kept & 1 == 1)
        return Double(sign: .plus, exponent: shift, significand: Double(up ? kept + 1 : kept))
    }

    func wholeNumbers<T: FixedWidthInteger>(_ type: T.Type) -> [T] {
        var random = SeededGenerator(state: UInt64(T.bitWidth))
        var numbers: [T] = [0, 1, .min, .max, .max - 1]
        for _ in 0..<20000 {
            numbers.append(T(truncatingIfNeeded: random.next()) >> T(Int.random(in: 0..<T.bitWidth, using: &random)))
        }
        // Halfway between neighbours of formats with these many bits, and one beside it.
        for bits in [3, 4, 8, 11, 24, 53] where bits + 3 < T.bitWidth {
            for _ in 0..<2000 {
                let shift = Int.random(in: 2...(T.bitWidth - 1 - bits), using: &random)
                let kept = UInt64.random(in: (1 << (bits - 1))..<(1 << bits), using: &random)
                let halfway = (kept * 2 + 1) << UInt64(shift - 1)
                for offset in [UInt64(0), 1, UInt64.max] { numbers.append(T(truncatingIfNeeded: halfway &+ offset)) }
            }
        }
        return numbers
    }

    func checkWholeNumbers<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, _ tensorType: TensorType) {
        let numbers = wholeNumbers(type)
        for level in Self.levels {
            #expect(
                converted(numbers, tensorType, to: .float32, as: Float.self, level: level).codes
                    == numbers.map { Float($0) })
            #expect(
                converted(numbers, tensorType, to: .float64, as: Double.self, level: level).codes
                    == numbers.map { Double($0) })
            for to in NumberFormat.narrow {
                let values = numbers.map { number in
                    let value = rounded(UInt64(number.magnitude), bits: to.mantissaBits + 1)
                    return number < 0 ? -value : value
                }
                check(numbers, tensorType, values, to: to, level: level)
            }
        }
    }

    @Test func wholeNumbersRoundOnce() {
        checkWholeNumbers(Int8.self, .int8)
        checkWholeNumbers(UInt8.self, .uint8)
        checkWholeNumbers(Int16.self, .int16)
        checkWholeNumbers(UInt16.self, .uint16)
        checkWholeNumbers(Int32.self, .int32)
        checkWholeNumbers(UInt32.self, .uint32)
        checkWholeNumbers(Int64.self, .int64)
        checkWholeNumbers(UInt64.self, .uint64)
    }

    @Test func nanKeepsTheUpperPayload() {
        let signalling: [UInt32] = [0x7f80_0001, 0xff80_0001, 0x7fa0_0000, 0xffff_ffff, 0x7fbf_ffff]
        for level in Self.levels {
            #expect(
                narrowCodes(signalling, .float32, to: .bfloat16, level: level).codes
                    == [0x7fc0, 0xffc0, 0x7fe0, 0xffff, 0x7fff])
            #expect(
                narrowCodes(signalling, .float32, to: .float16, level: level).codes
                    == [0x7e00, 0xfe00, 0x7f00, 0xffff, 0x7fff])
            #expect(narrowCodes(signalling, .float32, to: .e5m2, level: level).codes == [0x7e, 0xfe, 0x7f, 0xff, 0x7f])
            #expect(narrowCodes(signalling, .float32, to: .e4m3, level: level).codes == [0x7f, 0xff, 0x7f, 0xff, 0x7f])
        }
    }
}

import Tensors
import Testing

@testable import Kernels

@Suite struct HistogramTests {
    func patterns<T>(_ elements: [T], _ type: TensorType) -> PatternHistogram {
        var histogram = PatternHistogram(type: type)
        elements.withUnsafeBytes { histogram.add($0) }
        return histogram
    }

    func magnitudes<T>(_ elements: [T], _ type: TensorType, level: VectorLevel = .best) -> MagnitudeHistogram {
        var histogram = MagnitudeHistogram(type: type)
        elements.withUnsafeBytes { histogram.add($0, level: level) }
        return histogram
    }

    /// NumPy's default, by its definition.
    func linearQuantile(_ sorted: [Double], _ quantile: Double) -> Double {
        let place = Double(sorted.count - 1) * quantile
        let below = Int(place.rounded(.down))
        guard below + 1 < sorted.count, place > Double(below) else { return sorted[below] }
        return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - Double(below))
    }

    static let supported = TensorType.allCases.filter { PatternHistogram.isSupported($0) }

    func random(_ type: TensorType, count: Int) -> [UInt8] {
        var random = SeededGenerator(state: 20)
        return (0..<(count * type.bitWidth / 8)).map { _ in UInt8(truncatingIfNeeded: random.next() >> 7) }
    }

    func numbers(_ bytes: [UInt8], _ type: TensorType) -> [Double] {
        bytes.withUnsafeBytes { input in
            [Double](unsafeUninitializedCapacity: bytes.count) { buffer, count in
                count = bytes.count * 8 / type.bitWidth
                let output = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: 8 * count)
                _ = ElementConversion.convert(input, from: type, into: output, to: .float64)
            }
        }
    }

    @Test(arguments: supported) func patternsAreCounted(type: TensorType) {
        for count in Array(0...20) + [4999, 30_000] {
            let bytes = random(type, count: count)
            var expected = [UInt64](repeating: 0, count: 1 << type.bitWidth)
            if type.bitWidth == 8 {
                for byte in bytes { expected[Int(byte)] += 1 }
            } else {
                for index in 0..<count { expected[Int(bytes[2 * index]) | Int(bytes[2 * index + 1]) << 8] += 1 }
            }
            let found = patterns(bytes, type)
            #expect(found.counts == expected && found.count == UInt64(count))
            #expect(found.distinctCount == expected.filter { $0 > 0 }.count)
        }
    }

    @Test(arguments: supported) func quantilesAreExact(type: TensorType) throws {
        let bytes = random(type, count: 5001)
        let sorted = numbers(bytes, type).filter { !$0.isNaN }.sorted()
        let quantiles = [0, 0.001, 0.01, 0.25, 0.3333, 0.5, 0.7, 0.99, 0.9999, 1]
        let found = try #require(patterns(bytes, type).quantiles(quantiles))
        for (quantile, value) in zip(quantiles, found) {
            let expected = linearQuantile(sorted, quantile)
            guard expected.isFinite else { continue }
            #expect(agree(value, expected, 1e-13, scale: 1e-30), "\(type) \(quantile)")
        }
        #expect(found.first == sorted.first && found.last == sorted.last)
    }

    @Test func quantilesOfFew() {
        let histogram = patterns([Int8(-5), 3, 4, 10], .int8)
        #expect(histogram.quantile(0.5) == 3.5 && histogram.quantile(0) == -5 && histogram.quantile(1) == 10)
        #expect(histogram.quantile(1.0 / 3) == 3 && histogram.quantile(1.5) == nil && histogram.quantile(.nan) == nil)
        #expect(PatternHistogram(type: .bfloat16).quantile(0.5) == nil)
        #expect(patterns([UInt16(0x7fc0), 0xffff], .bfloat16).quantile(0.5) == nil)
        #expect(patterns([UInt16(0x7f80), 0x7f80, 0x3f80], .bfloat16).quantile(0.5) == .infinity)
        #expect(histogram.values.map { $0.value } == [-5, 3, 4, 10])
    }

    @Test(arguments: supported) func statisticsAgree(type: TensorType) {
        let bytes = random(type, count: 9000)
        let counted = patterns(bytes, type).statistics()
        var direct = ElementStatistics()
        bytes.withUnsafeBytes { direct.add($0, type: type) }
        #expect(counted.count == direct.count && counted.nanCount == direct.nanCount)
        #expect(counted.positiveInfinityCount == direct.positiveInfinityCount)
        #expect(counted.negativeInfinityCount == direct.negativeInfinityCount)
        #expect(counted.zeroCount == direct.zeroCount && counted.subnormalCount == direct.subnormalCount)
        #expect(counted.minimum == direct.minimum && counted.maximum == direct.maximum)
        #expect(agree(counted.mean, direct.mean, 1e-13, scale: direct.l1Norm / 9000))
        #expect(agree(counted.l1Norm, direct.l1Norm, 1e-13) && agree(counted.l2Norm, direct.l2Norm, 1e-13))
        #expect(agree(counted.standardDeviation, direct.standardDeviation, 1e-12))
        #expect(agree(counted.skewness, direct.skewness, 1e-11, scale: 1))
        #expect(agree(counted.kurtosis, direct.kurtosis, 1e-11))
    }

    @Test func histogramsMerge() {
        let bytes = random(.float16, count: 4000)
        var first = patterns(Array(bytes[..<3000]), .float16)
        first.merge(patterns(Array(bytes[3000...]), .float16))
        #expect(first == patterns(bytes, .float16))
        var rough = magnitudes(Array(bytes[..<4000]), .float32)
        rough.merge(magnitudes(Array(bytes[4000...]), .float32))
        #expect(rough == magnitudes(bytes, .float32))
    }

    @Test func nanIsNotInTheBinOfAnInfinity() {
        let floats: [UInt32] = [0x7f80_0001, 0xff80_ffff, 0x7f80_0000, 0xff80_0000, 0xff80_0000, 0x7fc1_0000]
        let doubles: [UInt64] = [
            0x7ff0_0000_0000_0001, 0xfff0_ffff_0000_0000, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000, 0,
        ]
        for level in VectorLevel.available {
            let narrow = magnitudes(floats, .float32, level: level)
            #expect(narrow.counts[0x7f80] == 1 && narrow.counts[0xff80] == 2)
            #expect(narrow.counts[0x7fc0] == 1 && narrow.counts[0xffc0] == 1 && narrow.counts[0x7fc1] == 1)
            let wide = magnitudes(doubles, .float64, level: level)
            #expect(wide.counts[0x7ff0] == 1 && wide.counts[0xfff0] == 1)
            #expect(wide.counts[0x7ff8] == 1 && wide.counts[0xfff8] == 1 && wide.count == 5)
        }
        #expect(magnitudes(floats, .float32).quantile(0.5) == -.infinity)
        #expect(magnitudes(floats, .float32).quantile(1) == .infinity)
    }

    func checkEstimates<T>(_ elements: [T], _ type: TensorType, _ values: [Double], width: Double) throws {
        let sorted = values.sorted()
        let quantiles = [0, 0.01, 0.1, 0.25, 0.5, 0.9, 0.999, 1]
        for level in VectorLevel.available {
            let found = try #require(magnitudes(elements, type, level: level).quantiles(quantiles))
            for (quantile, value) in zip(quantiles, found) {
                #expect(agree(value, linearQuantile(sorted, quantile), width), "\(type) \(quantile)")
            }
        }
    }

    @Test func quantilesAreNear() throws {
        var random = SeededGenerator(state: 21)
        let values = (0..<20_001).map { _ in gaussian(&random) * 0.02 + 0.01 }
        try checkEstimates(values, .float64, values, width: 0x1p-4)
        let floats = values.map { Float($0) }
        try checkEstimates(floats, .float32, floats.map { Double($0) }, width: 0x1p-7)
        let numbers = values.map { Int64($0 * 1e12) }
        try checkEstimates(numbers, .int64, numbers.map { Double($0) }, width: 0x1p-4)
        let small = values.map { UInt32($0 * 1e6 + 100_000) }
        try checkEstimates(small, .uint32, small.map { Double($0) }, width: 0x1p-4)
    }

    @Test func exactnessIsCounted() {
        var random = SeededGenerator(state: 22)
        var bits: [UInt32] = [
            0, 0x8000_0000, 0x7f80_0000, 0xff80_0000, 0x477f_e000, 0x4780_0000, 0x3300_0000, 0x3380_0000,
        ]
        bits += (0...65535).map { UInt32($0) << 16 }
        bits += (0...65535).map { Float(Float16(bitPattern: $0)).bitPattern }
        bits += (0..<50_000).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        // Near the least numbers of binary16, with few bits set.
        bits += (0..<50_000).map { _ in
            let exponent = UInt32.random(in: 100...116, using: &random)
            return exponent << 23 | UInt32.random(in: 0..<2048, using: &random)
                << UInt32.random(in: 10...12, using: &random)
        }
        let floats = bits.map { Float(bitPattern: $0) }.filter { !$0.isNaN }
        let narrow = UInt64(floats.filter { $0.bitPattern & 0xffff == 0 }.count)
        let half = UInt64(floats.filter { Float(Float16($0)) == $0 }.count)
        for level in VectorLevel.available {
            var counts = ExactnessCounts()
            floats.withUnsafeBytes { counts.add($0, level: level) }
            #expect(
                counts.count == UInt64(floats.count) && counts.bfloat16Count == narrow && counts.float16Count == half)
            #expect(!counts.isBFloat16 && !counts.isFloat16)
        }
        var upcast = ExactnessCounts()
        [Float(1.5), -0.25, .infinity].withUnsafeBytes { upcast.add($0) }
        #expect(upcast.isBFloat16 && upcast.isFloat16)
        #expect(!ExactnessCounts().isBFloat16)
    }
}

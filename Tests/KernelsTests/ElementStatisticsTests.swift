import Tensors
import Testing

@testable import Kernels

func statistics<T>(_ elements: [T], _ type: TensorType, level: VectorLevel = .best) -> ElementStatistics {
    var result = ElementStatistics()
    elements.withUnsafeBytes { result.add($0, type: type, level: level) }
    return result
}

@Suite struct ElementStatisticsTests {
    static let levels = VectorLevel.available

    /// Checks moments against those of twice the precision, at every level.
    ///
    /// - Parameters:
    ///   - tolerance: of deviation, skewness and kurtosis.
    ///   - sums: of sums and norms.
    func check<T>(
        _ elements: [T], _ type: TensorType, _ values: [Double], tolerance: Double = 1e-11, sums: Double = 1e-14
    ) {
        let exact = ExactMoments(values)
        let first = statistics(elements, type, level: .scalar)
        for level in Self.levels { #expect(statistics(elements, type, level: level) == first, "\(type), \(level)") }
        let largest = values.reduce(0) { max($0, $1.magnitude) }
        #expect(first.count == UInt64(values.count) && first.finiteCount == first.count)
        #expect(first.minimum == values.min() && first.maximum == values.max() && first.absoluteMaximum == largest)
        #expect(agree(first.sum, exact.sum, sums, scale: exact.l1Norm), "\(first.sum) \(exact.sum)")
        #expect(agree(first.l1Norm, exact.l1Norm, sums))
        #expect(agree(first.sumOfSquares, exact.sumOfSquares, 10 * sums))
        #expect(agree(first.l2Norm, exact.sumOfSquares.squareRoot(), 10 * sums))
        #expect(agree(first.mean, exact.mean, sums, scale: exact.l1Norm / Double(values.count)))
        #expect(agree(first.standardDeviation, exact.standardDeviation, tolerance))
        #expect(agree(first.skewness, exact.skewness, tolerance, scale: 1))
        #expect(agree(first.kurtosis, exact.kurtosis, tolerance))
    }

    /// Whole blocks of float32 are summed in single precision where that does, which costs digits that are named here.
    func checkFloats(_ floats: [Float], tolerance: Double = 1e-7, sums: Double = 1.5e-8) {
        check(floats, .float32, floats.map { Double($0) }, tolerance: tolerance, sums: sums)
    }

    @Test func weightsOfALayer() {
        var random = SeededGenerator(state: 10)
        checkFloats((0..<50_001).map { _ in Float(gaussian(&random) * 0.02) })
    }

    @Test func aMeanThatIsLargeAgainstTheDeviation() {
        var random = SeededGenerator(state: 11)
        checkFloats((0..<50_000).map { _ in Float(1e4 + gaussian(&random) * 1e-2) }, tolerance: 1e-10)
        let doubles = (0..<50_000).map { _ in 1e9 + gaussian(&random) }
        check(doubles, .float64, doubles, tolerance: 1e-9)
    }

    @Test func numbersNearTheEndsOfTheirRange() {
        var random = SeededGenerator(state: 12)
        checkFloats((0..<20_000).map { $0 % 2 == 0 ? 1e30 : -1e30 } + (0..<999).map { _ in Float(gaussian(&random)) })
        checkFloats((0..<20_000).map { _ in Float(gaussian(&random)) * 5e37 })
        checkFloats((0..<20_000).map { _ in Float(gaussian(&random)) * 1e-37 })
    }

    @Test(arguments: [1e-30, 1e-12, 1e-6, 0.02, 1, 1e3, 1e9, 1e28]) func blocksOfAnyMagnitude(scale: Double) {
        var random = SeededGenerator(state: 20)
        let plain = (0..<8192).map { _ in gaussian(&random) }
        checkFloats(plain.map { Float($0 * scale) })
        checkFloats(plain.map { Float(($0 + 1.5) * scale) })
        checkFloats(plain.map { Float((1 + $0 / 20) * scale) })
        checkFloats(plain.map { Float(-$0.magnitude * scale) })
        checkFloats(plain.map { Float($0 > 0 ? ($0 - 7) * scale : ($0 + 7) * scale) })
    }

    /// The roundings of few numbers do not cancel out: that is as bad as it gets.
    @Test func blocksOfFewNumbers() {
        var random = SeededGenerator(state: 21)
        for levels in 2...9 {
            let numbers = (0..<levels).map { _ in Float(gaussian(&random)) }
            checkFloats(
                (0..<8192).map { _ in numbers[Int.random(in: 0..<levels, using: &random)] }, tolerance: 2e-6, sums: 1e-7
            )
        }
    }

    /// Where single precision would cost more, sums are taken in double precision from the start.
    @Test func blocksThatNeedMoreDigits() {
        var random = SeededGenerator(state: 22)
        let plain = (0..<8192).map { _ in Float(gaussian(&random)) }
        let samples = Set((0..<9).map { $0 * 4096 / 9 })
        // The pivot is found where no other element is.
        checkFloats(
            plain.indices.map { samples.contains($0 % 4096) ? 100 : plain[$0] }, tolerance: 1e-11, sums: 1e-14)
        // Fourth powers leave the range of Float, at either end.
        checkFloats(plain.indices.map { $0 % 4096 == 77 ? 1e20 : plain[$0] }, tolerance: 1e-11, sums: 1e-14)
        checkFloats(
            plain.indices.map { samples.contains($0 % 4096) ? 0 : plain[$0] * 1e-20 }, tolerance: 1e-11, sums: 1e-14)
        checkFloats(plain.map { $0 * 0x1p-135 }, tolerance: 1e-11, sums: 1e-14)
        checkFloats(plain.map { $0 * 0x1p124 }, tolerance: 1e-11, sums: 1e-14)
    }

    @Test func smallElementsOfWholeBlocksAreCounted() {
        var random = SeededGenerator(state: 23)
        var floats = (0..<4096).map { _ in Float(gaussian(&random)) }
        for (place, value) in [(0, 0), (8, -0.0), (77, 0x1p-140), (4095, -0x1p-149), (3000, 0x1p-126)] as [(Int, Float)]
        {
            floats[place] = value
        }
        for level in Self.levels {
            let found = statistics(floats, .float32, level: level)
            #expect(found.zeroCount == 2 && found.subnormalCount == 2)
            let positive = statistics(floats.map { abs($0) }, .float32, level: level)
            #expect(positive.minimum == 0 && positive.maximum == found.absoluteMaximum && positive.zeroCount == 2)
            let negative = statistics(floats.map { -abs($0) - 1 }, .float32, level: level)
            #expect(negative.maximum == -1 && negative.minimum.map { $0 < -3 } == true && negative.zeroCount == 0)
        }
    }

    @Test func oneElementThatIsFarFromAllOthers() {
        var random = SeededGenerator(state: 13)
        for place in [0, 1, 255, 256, 4095, 4096, 19_999] {
            var floats = (0..<20_000).map { _ in Float(gaussian(&random)) }
            floats[place] = 1e30
            checkFloats(floats)
        }
    }

    /// The fourth powers of these leave the range of Double; scaled by a power of two, moments are the same.
    @Test(arguments: [-1000, -500, -150, 250, 500, 1000]) func doublesOfAnyMagnitude(exponent: Int) {
        var random = SeededGenerator(state: 14)
        let plain = (0..<10_000).map { _ in gaussian(&random) }
        let scale = Double(sign: .plus, exponent: exponent, significand: 1)
        let expected = statistics(plain, .float64)
        for level in Self.levels {
            let found = statistics(plain.map { $0 * scale }, .float64, level: level)
            #expect(agree(found.mean.map { $0 / scale }, expected.mean, 1e-13, scale: 1))
            #expect(agree(found.standardDeviation.map { $0 / scale }, expected.standardDeviation, 1e-13))
            #expect(agree(found.kurtosis, expected.kurtosis, 1e-12))
            #expect(agree(found.l2Norm / scale, expected.l2Norm, 1e-13))
            #expect(agree(found.sum / scale, expected.sum, 1e-13, scale: expected.l1Norm))
        }
    }

    @Test func blocksOfDifferentMagnitudes() {
        var random = SeededGenerator(state: 15)
        let small = (0..<5000).map { _ in gaussian(&random) * 0x1p-600 }
        let large = (0..<5000).map { _ in gaussian(&random) * 0x1p600 }
        let zeros = [Double](repeating: 0, count: 4096)
        let alone = statistics(large + [Double](repeating: 0, count: small.count + zeros.count), .float64)
        for order in [zeros + small + large, large + zeros + small, small + zeros + large] {
            let found = statistics(order, .float64)
            #expect(agree(found.standardDeviation, alone.standardDeviation, 1e-12))
            #expect(agree(found.kurtosis, alone.kurtosis, 1e-12))
            #expect(found.zeroCount == 4096)
        }
        let tiny = statistics(zeros + small, .float64)
        #expect(
            tiny.l2Norm > 0
                && agree(tiny.l2Norm * 0x1p600, statistics(small.map { $0 * 0x1p600 }, .float64).l2Norm, 1e-13))
    }

    @Test func specialValuesAreCountedAndLeftOut() {
        var random = SeededGenerator(state: 16)
        let nan = Float(bitPattern: 0xffc0_0001)
        let signalling = Float(bitPattern: 0x7f80_0001)
        let kinds: [Float] = [
            nan, signalling, .infinity, -.infinity, -.infinity, 0, -0.0, 0x1p-140, -.leastNonzeroMagnitude,
        ]
        for count in [1, 7, 8, 9, 100, 4096, 10_000] {
            var floats = (0..<count).map { _ in Float(gaussian(&random)) }
            for kind in kinds { floats.insert(kind, at: Int.random(in: 0...floats.count, using: &random)) }
            let finite = floats.filter { $0.isFinite }
            let expected = statistics(finite, .float32)
            for level in Self.levels {
                let found = statistics(floats, .float32, level: level)
                #expect(found.nanCount == 2 && found.positiveInfinityCount == 1 && found.negativeInfinityCount == 2)
                #expect(found.zeroCount == 2 && found.subnormalCount == 2 && found.finiteCount == UInt64(finite.count))
                #expect(found.minimum == expected.minimum && found.maximum == expected.maximum)
                #expect(agree(found.mean, expected.mean, 1.5e-8, scale: 1))
                #expect(agree(found.kurtosis, expected.kurtosis, 1e-7))
            }
        }
        let doubles: [Double] = [.nan, .infinity, -.infinity, 1, -2, 0, .leastNonzeroMagnitude, .signalingNaN]
        for level in Self.levels {
            let found = statistics(doubles, .float64, level: level)
            #expect(found.nanCount == 2 && found.positiveInfinityCount == 1 && found.negativeInfinityCount == 1)
            #expect(found.zeroCount == 1 && found.subnormalCount == 1 && found.minimum == -2 && found.maximum == 1)
            #expect(found.sum == -1 && found.l1Norm == 3)
        }
    }

    @Test func nothingFinite() {
        let empty = statistics([Float](), .float32)
        #expect(empty == ElementStatistics() && empty.mean == nil && empty.minimum == nil && empty.sum == 0)
        let found = statistics([Float](repeating: .nan, count: 5000), .float32)
        #expect(found.nanCount == 5000 && found.minimum == nil && found.absoluteMaximum == nil && found.l2Norm == 0)
        #expect(found.mean == nil && found.standardDeviation == nil && found.kurtosis == nil)
    }

    @Test func elementsThatDoNotDiffer() {
        for value in [Float(1.1), -3e38, 0x1p-148, 0] {
            let found = statistics([Float](repeating: value, count: 10_003), .float32)
            #expect(found.mean.map { Float($0) } == value && found.standardDeviation == 0 && found.kurtosis == nil)
        }
        for value in [1.1, -1.7e308, 0x1p-1070 as Double] {
            let found = statistics([Double](repeating: value, count: 10_003), .float64)
            #expect(found.standardDeviation.map { $0 <= value.magnitude * 1e-15 } == true)
        }
    }

    @Test func everySizeAtAnyAddress() {
        var random = SeededGenerator(state: 17)
        let floats = (0..<5000).map { _ in Float(gaussian(&random)) }
        let bytes = [0xff] + floats.withUnsafeBytes { Array($0) }
        for count in Array(1...67) + [4095, 4096, 4097] {
            let aligned = statistics(Array(floats.prefix(count)), .float32)
            for level in Self.levels {
                var found = ElementStatistics()
                bytes.withUnsafeBytes {
                    found.add(UnsafeRawBufferPointer(rebasing: $0[1..<(1 + 4 * count)]), type: .float32, level: level)
                }
                #expect(found == aligned)
            }
            let exact = ExactMoments(floats.prefix(count).map { Double($0) })
            let tolerance = count < 4096 ? 1e-13 : 1.5e-8
            #expect(agree(aligned.mean, exact.mean, tolerance, scale: 1))
            #expect(agree(aligned.standardDeviation, exact.standardDeviation, tolerance))
        }
    }

    @Test func partsAreMerged() {
        var random = SeededGenerator(state: 18)
        let floats = (0..<30_000).map { Float(gaussian(&random) + ($0 < 10_000 ? 5 : 0)) }
        let whole = statistics(floats, .float32)
        for cut in [0, 1, 4096, 8192, 12_345, 30_000] {
            var merged = statistics(Array(floats[..<cut]), .float32)
            merged.merge(statistics(Array(floats[cut...]), .float32))
            #expect(merged.count == whole.count && merged.minimum == whole.minimum && merged.maximum == whole.maximum)
            // Blocks begin elsewhere, and those of float32 are rounded otherwise.
            #expect(agree(merged.mean, whole.mean, 1.5e-8) && agree(merged.l1Norm, whole.l1Norm, 1.5e-8))
            #expect(agree(merged.standardDeviation, whole.standardDeviation, 1.5e-8))
            #expect(agree(merged.skewness, whole.skewness, 1e-7) && agree(merged.kurtosis, whole.kurtosis, 1e-7))
        }
        let doubles = floats.map { Double($0) }
        let exact = statistics(doubles, .float64)
        for cut in [1, 12_345] {
            var merged = statistics(Array(doubles[..<cut]), .float64)
            merged.merge(statistics(Array(doubles[cut...]), .float64))
            #expect(agree(merged.mean, exact.mean, 1e-14) && agree(merged.l1Norm, exact.l1Norm, 1e-14))
            #expect(agree(merged.standardDeviation, exact.standardDeviation, 1e-13))
            #expect(agree(merged.skewness, exact.skewness, 1e-11) && agree(merged.kurtosis, exact.kurtosis, 1e-12))
        }
        // One piece after the other is the same as merging them, bit for bit, where pieces are blocks.
        var pieces = statistics(Array(floats[..<4096]), .float32)
        floats[4096...].withUnsafeBytes { pieces.add($0, type: .float32) }
        #expect(pieces == whole)
    }

    func checkWholeNumbers<T: FixedWidthInteger>(_ type: T.Type, _ tensorType: TensorType) {
        var random = SeededGenerator(state: 19)
        let numbers = [T.min, T.max, 0] + (0..<9000).map { _ in T.random(in: .min ... .max, using: &random) }
        check(numbers, tensorType, numbers.map { Double($0) })
        #expect(statistics(numbers, tensorType).subnormalCount == 0)
        #expect(statistics(numbers, tensorType).zeroCount == UInt64(numbers.filter { $0 == 0 }.count))
    }

    @Test func wholeNumbers() {
        checkWholeNumbers(Int8.self, .int8)
        checkWholeNumbers(UInt8.self, .uint8)
        checkWholeNumbers(Int16.self, .int16)
        checkWholeNumbers(UInt16.self, .uint16)
        checkWholeNumbers(Int32.self, .int32)
        checkWholeNumbers(UInt32.self, .uint32)
        checkWholeNumbers(Int64.self, .int64)
        checkWholeNumbers(UInt64.self, .uint64)
        let booleans = statistics([UInt8](repeating: 1, count: 30) + [UInt8](repeating: 0, count: 10), .bool)
        #expect(booleans.mean == 0.75 && booleans.zeroCount == 10 && booleans.maximum == 1)
    }

    /// Every pattern once, against the definitions of the formats.
    @Test(arguments: NumberFormat.all.indices) func everyPattern(index: Int) {
        let format = NumberFormat.all[index]
        let values = (0..<(1 << format.width)).map { format.value($0) }
        let finite = values.filter { $0.isFinite }
        let least = Double(sign: .plus, exponent: 1 - format.bias, significand: 1)
        for level in Self.levels {
            let found =
                format.width == 8
                ? statistics(values.indices.map { UInt8($0) }, format.type, level: level)
                : statistics(values.indices.map { UInt16($0) }, format.type, level: level)
            #expect(found.nanCount == UInt64(values.filter { $0.isNaN }.count))
            #expect(found.positiveInfinityCount == UInt64(values.filter { $0 == .infinity }.count))
            #expect(found.negativeInfinityCount == found.positiveInfinityCount)
            #expect(found.zeroCount == UInt64(finite.filter { $0 == 0 }.count))
            #expect(found.subnormalCount == UInt64(finite.filter { $0 != 0 && $0.magnitude < least }.count))
            #expect(found.minimum == finite.min() && found.maximum == finite.max())
            #expect(agree(found.l2Norm, ExactMoments(finite).sumOfSquares.squareRoot(), 1e-13))
        }
    }
}

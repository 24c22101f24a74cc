import Tensors
import Testing

@testable import Kernels

@Suite struct ComparisonTests {
    static let levels = VectorLevel.available

    func pairs<A, B>(
        _ first: [A], _ firstType: TensorType, _ second: [B], _ secondType: TensorType, level: VectorLevel = .best
    ) -> PairStatistics {
        var result = PairStatistics()
        first.withUnsafeBytes { a in
            second.withUnsafeBytes { b in result.add(a, type: firstType, b, type: secondType, level: level) }
        }
        return result
    }

    func check(_ found: PairStatistics, _ first: [Double], _ second: [Double]) {
        var changed: UInt64 = 0
        var nonfinite: UInt64 = 0
        var largest = 0.0
        var sums = [DoubleDouble](repeating: DoubleDouble(0), count: 5)
        for (a, b) in zip(first, second) {
            if a != b && !(a.isNaN && b.isNaN) { changed += 1 }
            guard a.isFinite && b.isFinite else {
                nonfinite += 1
                continue
            }
            let difference = DoubleDouble(a) - DoubleDouble(b)
            largest = max(largest, (a - b).magnitude)
            sums[0] = sums[0] + DoubleDouble(a) * DoubleDouble(b)
            sums[1] = sums[1] + DoubleDouble(a) * DoubleDouble(a)
            sums[2] = sums[2] + DoubleDouble(b) * DoubleDouble(b)
            sums[3] = sums[3] + difference * difference
            sums[4] = sums[4] + DoubleDouble((a - b).magnitude)
        }
        #expect(found.count == UInt64(first.count) && found.changedCount == changed)
        #expect(found.nonfiniteCount == nonfinite && found.largestDifference == largest)
        let norms = (sums[1].high * sums[2].high).squareRoot()
        #expect(agree(found.dotProduct, sums[0].high, 1e-13, scale: norms))
        #expect(agree(found.firstSumOfSquares, sums[1].high, 1e-13))
        #expect(agree(found.secondSumOfSquares, sums[2].high, 1e-13))
        #expect(agree(found.differenceSumOfSquares, sums[3].high, 1e-13))
        #expect(agree(found.differenceL1Norm, sums[4].high, 1e-13))
        #expect(agree(found.cosine, norms > 0 ? sums[0].high / norms : nil, 1e-12, scale: 1))
    }

    @Test func pairsOfFloats() {
        var random = SeededGenerator(state: 30)
        for count in Array(0...67) + [4095, 4096, 4097, 20_000] {
            var first = (0..<count).map { _ in Float(gaussian(&random)) }
            var second = first.map { Bool.random(using: &random) ? $0 : $0 * 1.01 }
            if count > 8 {
                first[1] = .nan
                second[1] = .nan
                first[2] = .infinity
                second[2] = .infinity
                second[3] = .nan
                first[4] = -.infinity
                first[5] = 0
                second[5] = -0.0
            }
            let expected = pairs(first, .float32, second, .float32, level: .scalar)
            check(expected, first.map { Double($0) }, second.map { Double($0) })
            for level in Self.levels { #expect(pairs(first, .float32, second, .float32, level: level) == expected) }
            let wide = second.map { Double($0) }
            let mixed = pairs(first, .float32, wide, .float64)
            check(mixed, first.map { Double($0) }, wide)
            for level in Self.levels { #expect(pairs(first, .float32, wide, .float64, level: level) == mixed) }
        }
    }

    @Test func pairsOfOtherTypes() {
        var random = SeededGenerator(state: 31)
        let floats = (0..<9000).map { _ in Float(gaussian(&random)) }
        let narrow = floats.map { BFloat16($0) }
        let half = floats.map { Float16($0) }
        let numbers = floats.map { Int32($0 * 1000) }
        let large = floats.map { Int64(Double($0) * 1e15) }
        check(
            pairs(floats, .float32, narrow.map { $0.bitPattern }, .bfloat16), floats.map { Double($0) },
            narrow.map { Double(Float($0)) })
        check(pairs(half, .float16, floats, .float32), half.map { Double($0) }, floats.map { Double($0) })
        check(pairs(numbers, .int32, half, .float16), numbers.map { Double($0) }, half.map { Double($0) })
        check(pairs(large, .int64, numbers, .int32), large.map { Double($0) }, numbers.map { Double($0) })
    }

    @Test func pairsMergeAndAreSummedUp() {
        var merged = pairs([Float(3), 0], .float32, [Float(3), 4], .float32)
        merged.merge(pairs([Float(1)], .float32, [Float(1)], .float32))
        #expect(merged == pairs([Float(3), 0, 1], .float32, [Float(3), 4, 1], .float32))
        #expect(merged.changedFraction == 1.0 / 3 && merged.differenceL2Norm == 4)
        #expect(merged.relativeL2Difference == (16.0 / 10).squareRoot())
        #expect(PairStatistics().cosine == nil && PairStatistics().relativeL2Difference == 0)
        #expect(pairs([Float(0)], .float32, [Float(1)], .float32).relativeL2Difference == nil)
        let equal = pairs([Float(0.1), 0.2], .float32, [Float(0.1), 0.2], .float32)
        #expect(equal.cosine.map { $0 <= 1 && $0 > 1 - 1e-15 } == true)
    }

    func distances<T>(_ first: [T], _ second: [T], _ type: TensorType, level: VectorLevel = .best) -> DistanceHistogram
    {
        var histogram = DistanceHistogram(type: type)
        first.withUnsafeBytes { a in second.withUnsafeBytes { b in histogram.add(a, b, level: level) } }
        return histogram
    }

    /// Steps from zero.
    func steps(_ bits: UInt32, width: UInt32) -> Int64 {
        let magnitude = Int64(bits & (1 << (width - 1) - 1))
        return bits >> (width - 1) == 1 ? -magnitude : magnitude
    }

    func checkDistances<T: FixedWidthInteger>(_ first: [T], _ second: [T], _ type: TensorType, infinity: Int64) {
        var expected = [UInt64](repeating: 0, count: 34)
        var both: UInt64 = 0
        var one: UInt64 = 0
        for (a, b) in zip(first, second) {
            let x = steps(UInt32(a), width: UInt32(T.bitWidth))
            let y = steps(UInt32(b), width: UInt32(T.bitWidth))
            switch (abs(x) > infinity, abs(y) > infinity) {
            case (true, true): both += 1
            case (false, false):
                let distance = abs(x - y)
                expected[distance == 0 ? 0 : Int64.bitWidth - distance.leadingZeroBitCount] += 1
            default: one += 1
            }
        }
        for level in Self.levels {
            let found = distances(first, second, type, level: level)
            #expect(found.counts == expected && found.bothNaNCount == both && found.oneNaNCount == one)
            #expect(found.count == UInt64(first.count))
        }
    }

    @Test func distancesInUnitsInTheLastPlace() {
        var random = SeededGenerator(state: 32)
        let half = (0...65535).map { UInt16($0) }
        for shift in [0, 1, 2, 3, 1000] {
            let moved = half.map { $0 &+ UInt16(shift) }
            checkDistances(half, moved, .float16, infinity: 0x7c00)
            checkDistances(moved, half, .bfloat16, infinity: 0x7f80)
        }
        checkDistances(half.shuffled(using: &random), half, .bfloat16, infinity: 0x7f80)
        let edges: [UInt32] = [
            0, 0x8000_0000, 0x7f80_0000, 0xff80_0000, 0x7f7f_ffff, 0x7fc0_0000, 0xffc0_0000, 1, 0x8000_0001,
        ]
        let first = edges.flatMap { edge in edges.map { _ in edge } }
        let second = edges.flatMap { _ in edges }
        checkDistances(first, second, .float32, infinity: 0x7f80_0000)
        let floats = (0..<50_001).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        // Of every size, and just below powers of two.
        let near = floats.map {
            $0 &+ UInt32(truncatingIfNeeded: random.next()) >> UInt32.random(in: 0...31, using: &random)
        }
        let below = floats.map { $0 &+ (1 << UInt32.random(in: 0...30, using: &random) - 1) }
        checkDistances(floats, near, .float32, infinity: 0x7f80_0000)
        checkDistances(floats, below, .float32, infinity: 0x7f80_0000)
        let pieces = [0, 1, 7, 8, 9, 4096, 50_001]
        for count in pieces {
            checkDistances(Array(floats.prefix(count)), Array(near.prefix(count)), .float32, infinity: 0x7f80_0000)
        }
        var merged = distances(Array(floats[..<100]), Array(near[..<100]), .float32)
        merged.merge(distances(Array(floats[100...]), Array(near[100...]), .float32))
        #expect(merged == distances(floats, near, .float32))
    }

    @Test func vectors() {
        var random = SeededGenerator(state: 33)
        for count in Array(0...67) + [5000] {
            let x = (0..<count).map { _ in Float(gaussian(&random)) }
            let y = (0..<count).map { _ in Float(gaussian(&random)) }
            let exact = zip(x, y).reduce(DoubleDouble(0)) {
                $0 + DoubleDouble(Double($1.0)) * DoubleDouble(Double($1.1))
            }
            for level in Self.levels {
                var sum = y
                var scaled = y
                var difference = y
                var dot = 0.0
                x.withUnsafeBufferPointer { x in
                    sum.withUnsafeMutableBufferPointer {
                        VectorKernels.accumulate($0, adding: x, times: 0.3, level: level)
                    }
                    scaled.withUnsafeMutableBufferPointer { VectorKernels.scale($0, by: -1.7, level: level) }
                    y.withUnsafeBufferPointer { y in
                        difference.withUnsafeMutableBufferPointer {
                            VectorKernels.subtract(x, minus: y, into: $0, level: level)
                        }
                        dot = VectorKernels.dot(x, y, level: level)
                        #expect(dot == VectorKernels.dot(x, y, level: .scalar))
                    }
                }
                #expect(sum == zip(x, y).map { $1 + 0.3 * $0 } && scaled == y.map { $0 * -1.7 })
                #expect(difference == zip(x, y).map { $0 - $1 })
                #expect(agree(dot, exact.high, 1e-13, scale: Double(count)))
            }
        }
    }
}

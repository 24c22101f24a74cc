import Tensors
import Testing

@testable import Kernels

@Suite struct ConversionBoundsTests {
    static let sources: [TensorType] = TensorType.allCases.filter { $0.kernelType != nil }
    static let targets: [TensorType] = [.float64, .float32, .float16, .bfloat16, .float8E4M3, .float8E5M2]

    /// Converts `count` elements that begin at an odd address, and checks that nothing around the target is written.
    func convertUnaligned(_ bytes: [UInt8], _ from: TensorType, _ to: TensorType, count: Int, level: VectorLevel)
        -> [UInt8]
    {
        let outputSize = count * to.bitWidth / 8
        var output = [UInt8](repeating: 0xa5, count: outputSize + 64 + 3)
        bytes.withUnsafeBytes { input in
            output.withUnsafeMutableBytes { buffer in
                let source = UnsafeRawBufferPointer(rebasing: input[1..<(1 + count * from.bitWidth / 8)])
                let target = UnsafeMutableRawBufferPointer(rebasing: buffer[3..<(3 + outputSize)])
                _ = ElementConversion.convert(source, from: from, into: target, to: to, level: level)
            }
        }
        #expect(
            output.prefix(3).allSatisfy { $0 == 0xa5 } && output.dropFirst(3 + outputSize).allSatisfy { $0 == 0xa5 })
        return Array(output[3..<(3 + outputSize)])
    }

    @Test(arguments: sources) func everySizeAtAnyAddress(from: TensorType) {
        var random = SeededGenerator(state: 4)
        let bytes = (0..<(8 * 5000 + 1)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for to in Self.targets {
            let whole = convertUnaligned(bytes, from, to, count: 4999, level: .scalar)
            for count in Array(0...67) + [2047, 2048, 2049, 4999] {
                for level in VectorLevel.available {
                    let part = convertUnaligned(bytes, from, to, count: count, level: level)
                    #expect(part == Array(whole.prefix(part.count)), "\(from) to \(to), \(count), \(level)")
                }
            }
        }
    }

    @Test func supportedPairs() {
        for from in TensorType.allCases {
            for to in TensorType.allCases {
                let expected = from == to || (Self.sources.contains(from) && Self.targets.contains(to))
                #expect(ElementConversion.isSupported(from: from, to: to) == expected)
            }
        }
        #expect(Self.sources.count == 18)
    }

    @Test func sameTypeCopiesEveryBit() {
        let patterns: [UInt16] = [0x7c01, 0xfc01, 0x7e00, 0, 0x8000, 1]
        for level in VectorLevel.available {
            #expect(converted(patterns, .float16, to: .float16, as: UInt16.self, level: level).codes == patterns)
        }
    }

    @Test func countsAdd() {
        var counts = ConversionCounts(overflowed: 1, underflowed: 2)
        counts += ConversionCounts(overflowed: 10, underflowed: 20)
        #expect(counts == ConversionCounts(overflowed: 11, underflowed: 22))
    }
}

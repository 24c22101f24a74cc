import Foundation
import Tensors
import Testing

@testable import Kernels

@Suite struct ConversionGoldenTests {
    struct Golden {
        let from: TensorType
        let to: TensorType
        let digest: UInt64
    }

    static func goldens() throws -> [Golden] {
        let path = try #require(Bundle.module.path(forResource: "conversions", ofType: "txt", inDirectory: "Goldens"))
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            let fields = line.split(separator: " ").map(String.init)
            return Golden(
                from: try #require(TensorType(rawValue: fields[0])), to: try #require(TensorType(rawValue: fields[1])),
                digest: try #require(UInt64(fields[2], radix: 16)))
        }
    }

    /// What scripts/make-kernel-goldens.py converts.
    func source(_ type: TensorType) -> [UInt8] {
        func bytes<T>(_ numbers: [T]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }
        if type.bitWidth == 8 { return bytes((0...255).map { UInt8($0) }) }
        if type.bitWidth == 16 { return bytes((0...65535).map { UInt16($0) }) }
        var random = SeededGenerator(state: 7)
        let numbers = (0..<100_000).map { _ in random.next() }
        return type.bitWidth == 64 ? bytes(numbers) : bytes(numbers.map { UInt32($0 >> 32) })
    }

    func digest<T: FixedWidthInteger>(_ codes: [T], _ type: TensorType) -> UInt64 {
        let floats = codes.withUnsafeBytes { input in
            [Double](unsafeUninitializedCapacity: codes.count) { buffer, count in
                _ = ElementConversion.convert(
                    input, from: type,
                    into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: codes.count * 8), to: .float64
                )
                count = codes.count
            }
        }
        let canonical = zip(codes, floats).map { $1.isNaN ? ~T.zero : $0 }
        return canonical.withUnsafeBytes {
            $0.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
    }

    @Test(arguments: VectorLevel.available) func convertsAsTheReferenceDoes(level: VectorLevel) throws {
        let goldens = try Self.goldens()
        #expect(goldens.count == 41)
        for golden in goldens {
            let elements = source(golden.from)
            let count = elements.count / (golden.from.bitWidth / 8)
            var output = [UInt8](repeating: 0, count: count * golden.to.bitWidth / 8)
            elements.withUnsafeBytes { input in
                output.withUnsafeMutableBytes {
                    _ = ElementConversion.convert(input, from: golden.from, into: $0, to: golden.to, level: level)
                }
            }
            let found = output.withUnsafeBytes { bytes in
                switch golden.to.bitWidth {
                case 8: digest(Array(bytes.bindMemory(to: UInt8.self)), golden.to)
                case 16: digest(Array(bytes.bindMemory(to: UInt16.self)), golden.to)
                case 32: digest(Array(bytes.bindMemory(to: UInt32.self)), golden.to)
                default: digest(Array(bytes.bindMemory(to: UInt64.self)), golden.to)
                }
            }
            #expect(found == golden.digest, "\(golden.from) to \(golden.to)")
        }
    }
}

import CPlanes
import TestFixtures
import Testing

/// The encoder of byte planes against zlib and against a plain transposition.
@Suite struct PlanesTests {
    /// Byte planes, the obvious way.
    static func shuffled(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
        let count = bytes.count / size
        let planes = (0..<size).flatMap { plane in (0..<count).map { bytes[$0 * size + plane] } }
        return planes + bytes[(count * size)...]
    }

    @Test(arguments: [1, 2, 3, 4, 8, 16], [0, 1, 15, 16, 17, 100, 1000])
    func unshufflingUndoesShuffling(_ size: Int, _ count: Int) {
        for rest in 0..<min(size, 3) {
            let bytes = (0..<count * size + rest).map { UInt8(truncatingIfNeeded: $0 &* 131 >> 3) }
            var elements = [UInt8](repeating: 0xA5, count: bytes.count + 64)
            cplanes_unshuffle(Self.shuffled(bytes, size), bytes.count, size, &elements)
            #expect(Array(elements[..<bytes.count]) == bytes)
            #expect(elements[bytes.count...].allSatisfy { $0 == 0xA5 })
        }
    }

    /// The stream, made in memory that is filled with `filler` and of which nothing outside may change.
    static func deflated(_ bytes: [UInt8], _ size: Int, filler: UInt8 = 0xA5) -> [UInt8] {
        let guarded = 256
        let bound = cplanes_bound(bytes.count, size)
        var output = [UInt8](repeating: filler, count: bound + guarded)
        let room = cplanes_scratch_size(bytes.count)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: room + guarded, alignment: 64)
        defer { scratch.deallocate() }
        scratch.initializeMemory(as: UInt8.self, repeating: filler)
        // A copy of just this size, so that a tool that watches memory sees a read behind it.
        let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
        defer { input.deallocate() }
        _ = input.update(fromContentsOf: bytes)
        let length = output.withUnsafeMutableBufferPointer { target -> Int in
            guard let target = target.baseAddress, let scratch = scratch.baseAddress, let input = input.baseAddress
            else { return 0 }
            return cplanes_deflate(input, bytes.count, size, scratch, target)
        }
        #expect(length <= bound)
        #expect(output[bound...].allSatisfy { $0 == filler } && scratch[room...].allSatisfy { $0 == filler })
        return Array(output[..<length])
    }

    /// Bytes whose kind changes every now and then: noise, few values, runs, repetitions far and near, ids.
    static func mixture(_ count: Int, size: Int, seed: UInt64) -> [UInt8] {
        var generator = SplitMix(state: seed)
        var bytes: [UInt8] = []
        while bytes.count < count {
            let elements = Int.random(in: 1...3000, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: for _ in 0..<elements * size { bytes.append(.random(in: 0...255, using: &generator)) }
            case 1: for _ in 0..<elements * size { bytes.append(.random(in: 0...2, using: &generator)) }
            case 2: bytes += [UInt8](repeating: .random(in: 0...255, using: &generator), count: elements * size)
            case 3 where bytes.count >= size:
                let distance = size * Int.random(in: 1...bytes.count / size, using: &generator)
                for _ in 0..<elements * size { bytes.append(bytes[bytes.count - distance]) }
            default:
                for _ in 0..<elements {
                    let id = UInt64.random(in: 0..<300, using: &generator)
                    for plane in 0..<size { bytes.append(UInt8(truncatingIfNeeded: id * id >> UInt64(8 * plane))) }
                }
            }
        }
        return Array(bytes.prefix(count))
    }

    @Test(arguments: [1, 2, 3, 4, 8, 16])
    func zlibReadsThePlanes(size: Int) {
        let elements = [0, 1, 2, 3, 5, 6, 7, 15, 16, 17, 31, 100, 257, 1024, 4095, 32_767, 32_768, 32_769, 70_000]
        for count in elements {
            for rest in Set([0, 1, size - 1]) where rest < size {
                for kind in 0..<3 {
                    let bytes =
                        kind == 0
                        ? [UInt8](repeating: 7, count: count * size + rest)
                        : Self.mixture(count * size + rest, size: size, seed: UInt64(count * 8 + kind))
                    let stream = Self.deflated(bytes, size)
                    let isSame = inflateZlib(stream, count: bytes.count) == Self.shuffled(bytes, size)
                    #expect(isSame, "\(count) elements of \(size) bytes and \(rest), kind \(kind)")
                }
            }
        }
    }

    @Test func theStreamDependsOnTheElementsAlone() {
        let bytes = Self.mixture(300_000, size: 4, seed: 1)
        #expect(Self.deflated(bytes, 4, filler: 0) == Self.deflated(bytes, 4, filler: 0xFF))
    }

    @Test func shufflingIsATransposition() {
        for size in [1, 2, 3, 4, 5, 8] {
            for count in [0, 1, 15, 16, 33, 1000, 1001, 1007] {
                let bytes = Self.mixture(count, size: size, seed: 9)
                var planes = [UInt8](repeating: 0, count: count)
                cplanes_shuffle(bytes, count, size, &planes)
                #expect(planes == Self.shuffled(bytes, size), "\(count) bytes by \(size)")
            }
        }
    }

    /// Counts that grow like Fibonacci's numbers make Huffman's code as deep as it can be.
    @Test func codesOfLimitedLength() {
        var counts = [1, 1]
        while counts.reduce(0, +) < 20_000 { counts.append(counts[counts.count - 1] + counts[counts.count - 2]) }
        var bytes = counts.enumerated().flatMap { [UInt8](repeating: UInt8($0.offset * 11 % 256), count: $0.element) }
        var generator = SplitMix(state: 4)
        bytes.shuffle(using: &generator)
        let stream = Self.deflated(bytes, 1)
        #expect(counts.count > 20)
        #expect(inflateZlib(stream, count: bytes.count) == bytes)
        #expect(stream.count < bytes.count * 3 / 8)
    }

    @Test func whatShrinksAndWhatIsStored() {
        let count = 32_768
        var generator = SplitMix(state: 5)
        let noise = (0..<4 * count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        // Stored: five bytes for each plane.
        #expect(Self.deflated(noise, 4).count == 4 * count + 4 * 5 + 6)
        // One value: two bits for 258 bytes.
        #expect(Self.deflated([UInt8](repeating: 9, count: 4 * count), 4).count < 300)
        // Two values: the end of the block needs a word too, so one of them takes two bits.
        let bits = noise[..<count].map { $0 & 1 }
        #expect((count * 3 / 16 - 64..<count * 3 / 16 + 64).contains(Self.deflated(bits, 1).count))
        // Floats: the plane with the exponent shrinks, to 2.25 bits of 8, the other does not.
        let halves = noise[..<(2 * count)].enumerated().map {
            $0.offset % 2 == 0 ? $0.element : 0x3C + ($0.element & 3)
        }
        #expect((2 * count * 64 / 100..<2 * count * 65 / 100).contains(Self.deflated(halves, 2).count))
        // Ids that repeat those of ten thousand before.
        let block = noise[..<40_000]
        #expect(Self.deflated(Array(block + block + block), 4).count < 42_000)
    }
}

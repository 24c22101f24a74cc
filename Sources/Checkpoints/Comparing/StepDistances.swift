import Tensors

/// How many representable numbers lie between the elements of two tensors of one type, by powers of two.
struct StepDistances {
    private let type: TensorType
    /// Bin 0: equal; bin k: 2^(k-1) to 2^k - 1.
    private var counts = [Int](repeating: 0, count: 34)

    /// Nil for types that have none.
    init?(_ type: TensorType) {
        guard type == .float32 || type == .float16 || type == .bfloat16 else { return nil }
        self.type = type
    }

    /// Adds pairs of elements; those with a NaN are left out.
    mutating func add(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) {
        switch type {
        case .float32: count(first, second, as: UInt32.self, infinity: 0x7F80_0000)
        case .float16: count(first, second, as: UInt16.self, infinity: 0x7C00)
        default: count(first, second, as: UInt16.self, infinity: 0x7F80)
        }
    }

    /// Adds so many pairs of equal elements.
    mutating func addEqual(_ count: Int) {
        counts[0] += count
    }

    private mutating func count<Bits: FixedWidthInteger & UnsignedInteger>(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, as _: Bits.Type, infinity: Bits
    ) {
        let sign = Bits(1) << (Bits.bitWidth - 1)
        let width = MemoryLayout<Bits>.size
        counts.withUnsafeMutableBufferPointer { counts in
            for place in stride(from: 0, to: min(first.count, second.count) - width + 1, by: width) {
                let x = first.loadUnaligned(fromByteOffset: place, as: Bits.self)
                let y = second.loadUnaligned(fromByteOffset: place, as: Bits.self)
                guard x & ~sign <= infinity, y & ~sign <= infinity else { continue }
                // Numbers in order of size: the bits of a negative one count downwards.
                let left = x & sign == 0 ? Int64(x) : -Int64(x & ~sign)
                let right = y & sign == 0 ? Int64(y) : -Int64(y & ~sign)
                counts[64 - (left - right).magnitude.leadingZeroBitCount] += 1
            }
        }
    }

    mutating func merge(_ other: StepDistances) {
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    /// The bins with anything in them.
    var distances: [TensorDifference.Distance] {
        counts.enumerated().filter { $0.element > 0 }.map { bin, count in
            TensorDifference.Distance(
                lower: bin == 0 ? 0 : 1 << UInt64(bin - 1), upper: bin == 0 ? 0 : 1 << UInt64(bin) - 1, count: count)
        }
    }
}

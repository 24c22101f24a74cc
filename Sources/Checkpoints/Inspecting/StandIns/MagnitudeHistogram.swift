/// How often each sign, exponent and first four bits of the mantissa of a binary64 occur.
struct MagnitudeHistogram {
    private var counts = [UInt64](repeating: 0, count: 1 << 16)

    mutating func add(_ values: UnsafeBufferPointer<Double>) {
        counts.withUnsafeMutableBufferPointer { counts in
            for value in values { counts[Int(truncatingIfNeeded: value.bitPattern >> 48)] &+= 1 }
        }
    }

    mutating func merge(_ other: MagnitudeHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
    }

    mutating func reset() {
        for index in counts.indices { counts[index] = 0 }
    }

    /// The finite values in ascending order, as ranges.
    ///
    /// - Parameter zeros: how many of the values are zeros.
    func entries(zeros: Int) -> [ValueDistribution.Entry] {
        var entries: [ValueDistribution.Entry] = []
        // Negative numbers first, from the largest magnitude on; both signs of zero share the two bins around it.
        let finite = 0x7FF0
        for bin in stride(from: 0x8000 + finite - 1, through: 0x8001, by: -1) where counts[bin] > 0 {
            entries.append(.init(range: Self.range(of: bin), count: Int(counts[bin])))
        }
        // What is left of the two bins beside the zeros is below 2^-1026, and all of it counts as positive.
        let tiny = Int(counts[0] + counts[0x8000]) - zeros
        if zeros > 0 { entries.append(.init(range: 0...0, count: zeros)) }
        if tiny > 0 {
            entries.append(.init(range: Double.leastNonzeroMagnitude...Self.range(of: 0).upperBound, count: tiny))
        }
        for bin in 1..<finite where counts[bin] > 0 {
            entries.append(.init(range: Self.range(of: bin), count: Int(counts[bin])))
        }
        return entries
    }

    private static func range(of bin: Int) -> ClosedRange<Double> {
        let low = Double(bitPattern: UInt64(bin) << 48)
        let high = Double(bitPattern: UInt64(bin) << 48 | 0xFFFF_FFFF_FFFF)
        return low <= high ? low...high : high...low
    }
}

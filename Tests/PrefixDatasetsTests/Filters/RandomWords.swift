/// Numbers that are the same in every run: Knuth's linear congruential generator of MMIX.
struct LinearGenerator {
    var state: UInt64

    mutating func next(below limit: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % limit
    }

    mutating func tokens(_ count: Int, below limit: UInt64) -> [Int32] {
        (0..<count).map { _ in Int32(next(below: limit)) }
    }

    /// Words of four letters, without digits.
    mutating func words(_ count: Int, vocabulary: UInt64 = 400_000) -> [String] {
        (0..<count).map { _ in
            var number = next(below: vocabulary)
            var word = ""
            for _ in 0..<4 {
                word.unicodeScalars.append(Unicode.Scalar(UInt8(97 + number % 26)))
                number /= 26
            }
            return word
        }
    }
}

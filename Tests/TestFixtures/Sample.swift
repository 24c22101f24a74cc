/// The sample of the quickstart: sixteen OpenR1 rows and a small byte-level tokenizer.
package enum Sample {
    private static let directory: String = {
        // <root>/Tests/TestFixtures/Sample.swift
        let parts = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/") + "/scripts/sample"
    }()

    package static let traces = directory + "/traces.jsonl"
    package static let tokenizer = directory + "/tokenizer"
    package static let tokenizerFile = tokenizer + "/tokenizer.json"
    package static let rowCount = 16

    /// The rows, each without its line break.
    package static func rows() throws -> [[UInt8]] {
        try readBytes(traces).split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    /// JSON lines of `rows`.
    package static func lines(_ rows: [[UInt8]]) -> [UInt8] {
        Array(rows.map { $0 + [0x0A] }.joined())
    }

    /// So many rows, the sample again and again.
    package static func lines(count: Int) throws -> [UInt8] {
        let rows = try rows()
        return lines((0..<count).map { rows[$0 % rows.count] })
    }
}

/// A small generator with a seed, so that failures repeat.
package struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// The bytes with so many of them changed, at random places.
package func flipped(_ bytes: [UInt8], count: Int, using generator: inout SplitMix) -> [UInt8] {
    var damaged = bytes
    for _ in 0..<count {
        damaged[Int.random(in: 0..<bytes.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
    }
    return damaged
}

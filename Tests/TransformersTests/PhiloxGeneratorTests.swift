import Testing

@testable import Transformers

@Suite struct PhiloxGeneratorTests {
    /// The known answers that come with Random123 1.14 (tests/kat_vectors, philox4x32 with 10 rounds).
    @Test(
        arguments: [
            (
                SIMD4<UInt32>(repeating: 0), 0,
                SIMD4<UInt32>(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)
            ),
            (
                SIMD4<UInt32>(repeating: .max), .max,
                SIMD4<UInt32>(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)
            ),
            (
                SIMD4<UInt32>(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), 0x299F_31D0_A409_3822,
                SIMD4<UInt32>(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
            ),
        ] as [(SIMD4<UInt32>, UInt64, SIMD4<UInt32>)])
    func knownAnswers(_ counter: SIMD4<UInt32>, _ seed: UInt64, _ expected: SIMD4<UInt32>) {
        #expect(PhiloxGenerator(seed: seed).words(at: counter) == expected)
    }

    @Test func uniformNumbers() {
        // (0x6627E8D5 << 21 | 0xE169C58D >> 11) / 2^53
        #expect(PhiloxGenerator(seed: 0).uniform(rollout: 0, step: 0) == 0.3990464708489645)
        let numbers = (0..<10_000).map { PhiloxGenerator(seed: 1).uniform(rollout: 2, step: $0) }
        #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(numbers.reduce(0, +) / 10_000 - 0.5) < 0.01)
        #expect(PhiloxGenerator(seed: 1).uniform(rollout: 1 << 32, step: 0) != numbers[0])
    }
}

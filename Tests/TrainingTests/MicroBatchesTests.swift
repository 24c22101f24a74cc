import Testing

@testable import Training

@Suite("Passes of an update")
struct MicroBatchesTests {
    @Test("take so many sequences and tokens, and one sequence that is too long")
    func split() {
        let lengths = [3, 4, 9, 1, 1, 1]
        #expect(MicroBatches.split(lengths: lengths, sequences: 2, tokens: nil) == [0..<2, 2..<4, 4..<6])
        #expect(MicroBatches.split(lengths: lengths, sequences: 4, tokens: 8) == [0..<2, 2..<3, 3..<6])
        #expect(MicroBatches.split(lengths: [], sequences: 2, tokens: 5).isEmpty)
    }
}

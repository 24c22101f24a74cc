import Testing

@testable import PrefixDatasets

@Suite struct BatchOrderTests {
    @Test func resultsComeBackInTheOrderOfTheirSubmission() {
        var order = BatchOrder<Int>()
        #expect((0..<4).map { _ in order.submit(bytes: 1) } == [0, 1, 2, 3])
        #expect(order.complete(12, at: 2).isEmpty)
        #expect(order.complete(11, at: 1).isEmpty)
        #expect(order.running == 2 && order.waiting == 4)
        #expect(order.complete(10, at: 0) == [10, 11, 12])
        #expect(order.running == 1 && order.waiting == 1)
        #expect(order.complete(13, at: 3) == [13])
    }

    @Test func bytesUnderWayAreBounded() {
        var order = BatchOrder<Int>()
        // Alone, a batch of any size may go.
        #expect(order.hasRoom(for: 100, of: 10))
        _ = order.submit(bytes: 6)
        #expect(order.hasRoom(for: 4, of: 10) && !order.hasRoom(for: 5, of: 10))
        _ = order.submit(bytes: 4)
        // What is finished but waits for its turn still counts.
        #expect(order.complete(11, at: 1).isEmpty)
        #expect(!order.hasRoom(for: 1, of: 10))
        #expect(order.complete(10, at: 0).count == 2)
        #expect(order.hasRoom(for: 100, of: 10))
    }

    @Test func aPromptIsHeldOnceForAllOfItsRows() {
        var rows = TokenizedRows()
        rows.prompts = [.init(number: 0, tokens: [1, 2, 3], id: "", answer: "", problem: "", source: "")]
        let mark = rows.mark
        rows.promptOfRow = [0, 0]
        rows.expertTokens = [4, 5, 6]
        rows.expertLengths = [1, 2]
        rows.traceIndices = [0, 1]
        rows.prefixEnds = [1, 1, 2, 2]
        rows.counts.kept = 2
        #expect(rows.tokenCount == 9)
        rows.removeAll(behind: mark)
        #expect(rows.count == 0 && rows.tokenCount == 0 && rows.prompts.count == 1 && rows.counts.kept == 0)
    }
}

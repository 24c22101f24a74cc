import Checkpoints
import Files
import Synchronization
import Tensors
import Testing

@Suite struct BlockTransferTests {
    /// Gives bytes that tell their place, and demands whole granules.
    private final class Source: TensorReader {
        let granularity: Int
        let isSequential: Bool
        private let last = Mutex(-1)

        init(granularity: Int, isSequential: Bool) {
            self.granularity = granularity
            self.isSequential = isSequential
        }

        static func byte(_ place: Int) -> UInt8 { UInt8(truncatingIfNeeded: place &* 31 ^ place >> 8 ^ place >> 16) }

        func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
            if isSequential {
                last.withLock {
                    #expect(offset > $0, "read in order"); $0 = offset
                }
            }
            for index in target.indices { target[index] = Self.byte(offset + index) }
        }
    }

    private final class Sink: CheckpointSink {
        private struct State {
            var bytes: [[UInt8]]
            var turns = Set<Int>()
        }

        private let step: Int
        private let state: Mutex<State>
        private let failsAt: Int?
        let wasCancelled = Mutex(false)

        init(sizes: [Int], granularity: Int, failsAt: Int? = nil) {
            step = granularity
            state = Mutex(State(bytes: sizes.map { [UInt8](repeating: 0, count: $0) }))
            self.failsAt = failsAt
        }

        var bytes: [[UInt8]] { state.withLock { $0.bytes } }
        var turns: Set<Int> { state.withLock { $0.turns } }

        func granularity(of tensor: Int) -> Int { step }

        func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws {
            if turn == failsAt { throw CheckpointError(.invalidRequest, path: "x", "turn \(turn)") }
            state.withLock { state in
                #expect(offset % step == 0)
                #expect(bytes.count % step == 0 || offset + bytes.count == state.bytes[tensor].count)
                #expect(state.turns.insert(turn).inserted)
                state.bytes[tensor].replaceSubrange(offset..<offset + bytes.count, with: bytes)
            }
        }

        func cancel() { wasCancelled.withLock { $0 = true } }
        func commit() throws {}
    }

    private func transfers(_ sizes: [Int], granularity: Int = 1, isSequential: Bool = false) throws -> [TensorTransfer]
    {
        sizes.map {
            TensorTransfer(
                from: Source(granularity: granularity, isSequential: isSequential), type: .uint8, byteCount: $0,
                to: .uint8)
        }
    }

    @Test(arguments: [(1, 1, false), (3, 7, false), (1 << 20, 3000, true), (5, 1 << 21, false)])
    func everyByteArrivesInWholeGranules(source: Int, sink: Int, isSequential: Bool) throws {
        let sizes = [0, 1, 3_000_001, 17, 1 << 20]
        for threads in [1, 3] {
            let target = Sink(sizes: sizes, granularity: sink)
            let reported = Mutex(0)
            let transfer = BlockTransfer(
                try transfers(sizes, granularity: source, isSequential: isSequential), to: target)
            _ = try transfer.run(threads: threads) { done, _ in reported.withLock { $0 = max($0, done) } }
            for (bytes, size) in zip(target.bytes, sizes) {
                #expect(bytes == (0..<size).map(Source.byte))
            }
            #expect(target.turns == Set(0..<target.turns.count))
            #expect(reported.withLock { $0 } == sizes.reduce(0, +))
        }
    }

    @Test func anErrorEndsTheTransferAndReleasesTheSink() throws {
        let sizes = [10 << 20, 10 << 20]
        let target = Sink(sizes: sizes, granularity: 1, failsAt: 5)
        let error = #expect(throws: CheckpointError.self) {
            try BlockTransfer(try transfers(sizes), to: target).run(threads: 2)
        }
        #expect(error?.message == "turn 5")
        #expect(target.wasCancelled.withLock { $0 })
    }
}

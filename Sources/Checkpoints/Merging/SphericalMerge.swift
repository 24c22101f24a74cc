import Glibc
import Synchronization

/// Interpolation on the great circle through two tensors, taken as vectors:
/// `sin((1 - t) a) / sin(a) x + sin(t a) / sin(a) y` with the angle `a` between them; on the straight line where they are
/// almost parallel (|cos a| > 0.9995), as mergekit does. Dot product and norms are sums of doubles.
final class SphericalMerge<Number: MergeNumber>: MergeArithmetic {
    /// Above this |cos a| the sines would be mostly rounding.
    private static var straightCosine: Double { 0.9995 }
    /// Shorter vectors are not scaled to length one.
    private static var shortestNorm: Double { 1e-8 }

    private struct Sums {
        var dot = 0.0
        var first = 0.0
        var second = 0.0
    }

    private struct State {
        var blocks: [Sums] = []
        var factors: (first: Number, second: Number)?
    }

    private let interpolation: Double
    private let failure: CheckpointError
    private let passes: SharedPasses
    private let state: Mutex<State>

    /// - Parameters:
    ///   - input: of two sources.
    ///   - failure: thrown where the vectors have no finite length.
    init(_ interpolation: Double, _ input: MergeInput<Number>, failure: CheckpointError) {
        self.interpolation = interpolation
        self.failure = failure
        passes = SharedPasses(blockCount: input.blockCount)
        state = Mutex(State(blocks: [Sums](repeating: Sums(), count: input.blockCount)))
    }

    func prepare(_ input: MergeInput<Number>, _ pool: MergeScratchPool) throws {
        try passes.join { _, block in
            let sums = try pool.withScratch { scratch in
                let sources = try input.read(block, scratch)
                return Sums(
                    dot: MergeLoops.dot(sources[0], sources[1]), first: MergeLoops.dot(sources[0], sources[0]),
                    second: MergeLoops.dot(sources[1], sources[1]))
            }
            state.withLock { $0.blocks[block] = sums }
        } conclude: { _ in
            try state.withLock { try conclude(&$0) }
            return false
        }
    }

    private func conclude(_ state: inout State) throws {
        // Block after block, so that the sum does not depend on which thread came first.
        let sums = state.blocks.reduce(into: Sums()) { all, block in
            all.dot += block.dot
            all.first += block.first
            all.second += block.second
        }
        state.blocks = []
        guard sums.first.isFinite, sums.second.isFinite, sums.dot.isFinite else { throw failure }
        func length(_ square: Double) -> Double { square.squareRoot() > Self.shortestNorm ? square.squareRoot() : 1 }
        let cosine = sums.dot / length(sums.first) / length(sums.second)
        guard abs(cosine) <= Self.straightCosine else {
            state.factors = (Number(1 - interpolation), Number(interpolation))
            return
        }
        let angle = acos(cosine)
        state.factors = (
            Number(sin((1 - interpolation) * angle) / sin(angle)), Number(sin(interpolation * angle) / sin(angle))
        )
    }

    func combine(
        _ sources: [UnsafeMutableBufferPointer<Number>], block: Int, of input: MergeInput<Number>,
        into target: UnsafeMutableBufferPointer<Number>, _ scratch: MergeScratch
    ) {
        guard let factors = state.withLock({ $0.factors }) else { return }
        MergeLoops.combine(sources[0], factors.first, sources[1], factors.second, into: target)
    }
}

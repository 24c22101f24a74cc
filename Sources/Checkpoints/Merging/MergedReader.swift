import Tensors

/// How the block of a merged tensor comes from those of its sources.
protocol MergeArithmetic<Number>: Sendable {
    associatedtype Number: MergeNumber
    /// Finds out what it must know of the whole tensor; called before each block, from any thread.
    func prepare(_ input: MergeInput<Number>, _ pool: MergeScratchPool) throws
    /// Writes the merged block; `sources` may be written to.
    func combine(
        _ sources: [UnsafeMutableBufferPointer<Number>], block: Int, of input: MergeInput<Number>,
        into target: UnsafeMutableBufferPointer<Number>, _ scratch: MergeScratch)
}

extension MergeArithmetic {
    func prepare(_ input: MergeInput<Number>, _ pool: MergeScratchPool) throws {}
}

/// A tensor that is merged while it is read. Memory: a block of every source for each thread.
final class MergedReader<Number: MergeNumber>: TensorReader {
    private let input: MergeInput<Number>
    private let arithmetic: any MergeArithmetic<Number>
    private let pool: MergeScratchPool

    init(_ input: MergeInput<Number>, _ arithmetic: any MergeArithmetic<Number>, _ pool: MergeScratchPool) {
        self.input = input
        self.arithmetic = arithmetic
        self.pool = pool
    }

    private var width: Int { MemoryLayout<Number>.stride }
    var granularity: Int { input.blockElements * width }
    var isSequential: Bool { input.isSequential }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        precondition(
            offset >= 0 && target.count <= input.elementCount * width - offset, "reads keep inside the tensor")
        try arithmetic.prepare(input, pool)
        try pool.withScratch { scratch in
            var done = 0
            while done < target.count {
                let block = (offset + done) / granularity
                let elements = input.elements(of: block)
                let start = offset + done - elements.lowerBound * width
                let count = min(target.count - done, elements.count * width - start)
                let part = UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count])
                let isWhole = count == elements.count * width && Int(bitPattern: part.baseAddress) % width == 0
                let numbers =
                    isWhole
                    ? part.bindMemory(to: Number.self)
                    : scratch.numbers(input.outputBuffer, count: elements.count, of: Number.self)
                let sources = try input.read(block, scratch)
                arithmetic.combine(sources, block: block, of: input, into: numbers, scratch)
                if !isWhole {
                    part.copyMemory(
                        from: UnsafeRawBufferPointer(
                            rebasing: UnsafeRawBufferPointer(numbers)[start..<start + count]))
                }
                done += count
            }
        }
    }
}

import Kernels
import Synchronization
import Tensors

/// Buffers of one thread, by number; each grows to the largest that was asked for.
final class MergeScratch {
    private var memory: [UnsafeMutableRawBufferPointer] = []

    /// Buffer `number` as so many numbers, whatever they were before.
    func numbers<Number: MergeNumber>(_ number: Int, count: Int, of: Number.Type) -> UnsafeMutableBufferPointer<Number>
    {
        bytes(number, count: count * MemoryLayout<Number>.stride).bindMemory(to: Number.self)
    }

    /// Buffer `number` as bytes.
    func bytes(_ number: Int, count: Int) -> UnsafeMutableRawBufferPointer {
        while memory.count <= number { memory.append(UnsafeMutableRawBufferPointer(start: nil, count: 0)) }
        if memory[number].count < count {
            memory[number].deallocate()
            memory[number] = .allocate(byteCount: count, alignment: 64)
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[number][..<count])
    }

    deinit {
        for buffer in memory { buffer.deallocate() }
    }
}

/// Hands out buffers: as many sets as there are threads, for all tensors.
final class MergeScratchPool: Sendable {
    /// Never used by two threads at once, so they may be passed between threads.
    private struct Idle: @unchecked Sendable {
        var sets: [MergeScratch] = []
    }

    private let idle = Mutex(Idle())

    func withScratch<Result>(_ body: (MergeScratch) throws -> Result) rethrows -> Result {
        let scratch = take()
        defer { give(scratch) }
        return try body(scratch)
    }

    private func take() -> MergeScratch {
        let idle = idle.withLock { state in Idle(sets: state.sets.popLast().map { [$0] } ?? []) }
        return idle.sets.first ?? MergeScratch()
    }

    private func give(_ scratch: MergeScratch) {
        let returned = Idle(sets: [scratch])
        idle.withLock { $0.sets += returned.sets }
    }
}

/// One tensor in all checkpoints that are merged, read in blocks of the same elements.
struct MergeInput<Number: MergeNumber>: Sendable {
    /// One checkpoint's tensor.
    struct Source: Sendable {
        let reader: any TensorReader
        let type: TensorType
    }

    /// The usual size of a block in elements: with all sources it stays in the cache of a core.
    private static var usualBlock: Int { 1 << 17 }
    /// The most that the readers' granularity may make of it.
    private static var largestBlock: Int { 1 << 22 }

    /// The base first, where there is one.
    let sources: [Source]
    let elementCount: Int
    /// The elements of a block; the last one has what is left.
    let blockElements: Int

    init(_ sources: [Source], elementCount: Int) {
        self.sources = sources
        self.elementCount = elementCount
        var step = 1
        for source in sources {
            let units = max(1, source.reader.granularity / max(1, source.type.byteWidth ?? 1))
            let (common, overflows) = (step / Self.commonDivisor(step, units)).multipliedReportingOverflow(by: units)
            if !overflows, common <= Self.largestBlock { step = common }
        }
        blockElements = max(step, Self.usualBlock / step * step)
    }

    private static func commonDivisor(_ first: Int, _ second: Int) -> Int {
        var (a, b) = (first, second)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    var blockCount: Int { (elementCount + blockElements - 1) / blockElements }
    var isSequential: Bool { sources.contains { $0.reader.isSequential } }

    func elements(of block: Int) -> Range<Int> {
        block * blockElements..<min(elementCount, (block + 1) * blockElements)
    }

    /// The buffer of a scratch for a merged block that cannot go to its place at once.
    var outputBuffer: Int { sources.count + 1 }
    /// The buffers of a scratch from here on are free while a block is worked on.
    var firstFreeBuffer: Int { sources.count + 2 }

    /// The block in every source, in buffers that may be written to.
    func read(_ block: Int, _ scratch: MergeScratch) throws -> [UnsafeMutableBufferPointer<Number>] {
        let range = elements(of: block)
        return try sources.enumerated().map { number, source in
            let numbers = scratch.numbers(number, count: range.count, of: Number.self)
            let width = source.type.byteWidth ?? 1
            guard source.type != Number.tensorType else {
                try source.reader.read(at: range.lowerBound * width, into: UnsafeMutableRawBufferPointer(numbers))
                return numbers
            }
            let stored = scratch.bytes(sources.count, count: range.count * width)
            try source.reader.read(at: range.lowerBound * width, into: stored)
            _ = ElementConversion.convert(
                UnsafeRawBufferPointer(stored), from: source.type, into: UnsafeMutableRawBufferPointer(numbers),
                to: Number.tensorType)
            return numbers
        }
    }
}

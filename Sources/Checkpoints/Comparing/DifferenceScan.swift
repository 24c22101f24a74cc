import Kernels
import Synchronization
import Tensors

/// Reads pairs of tensors side by side, in blocks on several threads.
///
/// What it finds does not depend on the number of threads. Blocks that are the same bytes are counted and not looked at.
/// Memory: two blocks a thread, and what they are widened to.
struct DifferenceScan {
    private static let blockSize = 128 << 10
    private static let segmentSize = 4 << 20
    private static let largestBlock = 8 << 20

    private struct Plan {
        let first: StoredTensor
        let second: StoredTensor
        let readers: (any TensorReader, any TensorReader)
        /// Elements, or bytes where nothing is known of the elements.
        let unitCount: Int
        let widths: (Int, Int)
        let blockUnits: Int
        let segmentUnits: Int
        let isNumeric: Bool

        var segmentCount: Int { max(1, (unitCount + segmentUnits - 1) / segmentUnits) }
        var isSequential: Bool { readers.0.isSequential || readers.1.isSequential || hasLargeChunks }
        var hasLargeChunks: Bool { readers.0.hasLargeChunks || readers.1.hasLargeChunks }
    }

    private struct Job {
        let plan: Int
        let segments: Range<Int>
    }

    /// What a segment came to.
    private struct Part {
        var sums = PairStatistics()
        var steps: DistanceHistogram?
        var isIdentical = true
        var changedWords = 0
    }

    private let plans: [Plan]
    private let jobs: [Job]
    /// The bytes to read in all.
    let byteCount: Int

    /// Whether two tensors of one shape can be compared: they are of one type, or both are real numbers.
    static func canCompare(_ first: StoredTensor, _ second: StoredTensor) -> Bool {
        first.type == second.type
            || PairStatistics.isSupported(first.type) && PairStatistics.isSupported(second.type)
    }

    /// Plans the reading of pairs, which have the same shapes, can be read and compared.
    init(
        _ pairs: [(first: StoredTensor, second: StoredTensor)], of first: Checkpoint, and second: Checkpoint
    ) throws(CheckpointError) {
        var plans: [Plan] = []
        var jobs: [Job] = []
        for pair in pairs {
            let readers = (try first.reader(of: pair.first), try second.reader(of: pair.second))
            let plan = Self.plan(pair.first, pair.second, readers)
            if plan.isSequential {
                jobs.append(Job(plan: plans.count, segments: 0..<plan.segmentCount))
            } else {
                for segment in 0..<plan.segmentCount {
                    jobs.append(Job(plan: plans.count, segments: segment..<segment + 1))
                }
            }
            plans.append(plan)
        }
        self.plans = plans
        self.jobs = jobs
        byteCount = pairs.reduce(0) { $0 &+ $1.first.byteCount &+ $1.second.byteCount }
    }

    private static func plan(
        _ first: StoredTensor, _ second: StoredTensor, _ readers: (any TensorReader, any TensorReader)
    ) -> Plan {
        let isNumeric =
            PairStatistics.isSupported(first.type) && PairStatistics.isSupported(second.type)
        let widths = (first.type.byteWidth ?? 1, second.type.byteWidth ?? 1)
        // Reads that cut what a reader does at once do work twice; they are right all the same.
        let units = (
            max(1, readers.0.granularity / widths.0), max(1, readers.1.granularity / widths.1)
        )
        var step = max(units.0, units.1)
        if step > largestBlock / max(widths.0, widths.1) { step = 1 }
        let block = max(step, blockSize / max(widths.0, widths.1) / step * step)
        return Plan(
            first: first, second: second, readers: readers,
            unitCount: first.byteCount / widths.0, widths: widths, blockUnits: block,
            segmentUnits: max(block, segmentSize / block * block), isNumeric: isNumeric)
    }

    /// Reads everything.
    ///
    /// - Parameter progress: called from any thread, one at a time, with the bytes read so far.
    /// - Returns: for each pair in order.
    func run(
        threads: Int, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) throws -> [TensorDifference] {
        let done = Mutex(0)
        let parts = Mutex(plans.map { [Part?](repeating: nil, count: $0.segmentCount) })
        let (plans, jobs, total) = (plans, jobs, byteCount)
        try Workers.run(jobs: jobs.count, threads: threads, state: { PairMemory() }) { number, memory in
            let plan = plans[jobs[number].plan]
            try LargeChunkTurn.take(if: plan.hasLargeChunks) {
                for segment in jobs[number].segments {
                    let part = try Self.scan(plan, segment: segment, memory) { count in
                        done.withLock {
                            $0 += count
                            progress($0, total)
                        }
                    }
                    parts.withLock { $0[jobs[number].plan][segment] = part }
                }
            }
        }
        return zip(plans, parts.withLock { $0 }).map { plan, parts in Self.difference(plan, parts.compactMap(\.self)) }
    }

    private static func scan(
        _ plan: Plan, segment: Int, _ memory: PairMemory, read: (Int) -> Void
    ) throws -> Part {
        var part = Part()
        let isSameType = plan.first.type == plan.second.type
        if isSameType, DistanceHistogram.isSupported(plan.first.type) {
            part.steps = DistanceHistogram(type: plan.first.type)
        }
        let end = min(plan.unitCount, (segment + 1) * plan.segmentUnits)
        for start in stride(from: segment * plan.segmentUnits, to: end, by: plan.blockUnits) {
            let count = min(plan.blockUnits, end - start)
            let first = memory.first.source(count * plan.widths.0)
            let second = memory.second.source(count * plan.widths.1)
            try plan.readers.0.read(at: start * plan.widths.0, into: first)
            try plan.readers.1.read(at: start * plan.widths.1, into: second)
            let (left, right) = (UnsafeRawBufferPointer(first), UnsafeRawBufferPointer(second))
            let isSame = isSameType && left.isSame(as: right)
            if !isSame { part.isIdentical = false }
            if plan.isNumeric {
                part.sums.add(left, type: plan.first.type, right, type: plan.second.type)
                part.steps?.add(left, right)
            }
            if !isSame, !plan.isNumeric || isSameType && plan.first.type.isInteger && plan.widths.0 == 8 {
                part.changedWords += changedWords(left, right, width: plan.widths.0)
            }
            read(left.count + right.count)
        }
        return part
    }

    private static func changedWords(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, width: Int
    ) -> Int {
        stride(from: 0, to: left.count, by: width).reduce(0) { count, place in
            let isSame = (place..<place + width).allSatisfy { left[$0] == right[$0] }
            return isSame ? count : count + 1
        }
    }

    private static func difference(_ plan: Plan, _ parts: [Part]) -> TensorDifference {
        var whole = Part()
        whole.steps = parts.first?.steps
        for (index, part) in parts.enumerated() {
            whole.sums.merge(part.sums)
            whole.isIdentical = whole.isIdentical && part.isIdentical
            whole.changedWords += part.changedWords
            if index > 0, let steps = part.steps { whole.steps?.merge(steps) }
        }
        let isSameType = plan.first.type == plan.second.type
        let sums = whole.sums
        // Integers that differ may be the same binary64.
        let isLong = plan.first.type == .int64 || plan.first.type == .uint64
        return TensorDifference(
            elementCount: plan.first.elementCount, isIdentical: isSameType && whole.isIdentical,
            changedCount: plan.isNumeric && !(isLong && isSameType) ? Int(sums.changedCount) : whole.changedWords,
            nonFiniteCount: Int(sums.nonfiniteCount), differenceNorm: sums.differenceL2Norm,
            firstNorm: sums.firstSumOfSquares.squareRoot(), secondNorm: sums.secondSumOfSquares.squareRoot(),
            maximum: sums.largestDifference, cosine: sums.cosine,
            distances: whole.steps.map { steps in
                steps.counts.enumerated().filter { $0.element > 0 }.map { bin, count in
                    TensorDifference.Distance(
                        lower: bin == 0 ? 0 : 1 << UInt64(bin - 1), upper: bin == 0 ? 0 : 1 << UInt64(bin) - 1,
                        count: Int(count))
                }
            })
    }
}

/// What one thread works with.
private final class PairMemory {
    let first = BlockBuffers()
    let second = BlockBuffers()
}

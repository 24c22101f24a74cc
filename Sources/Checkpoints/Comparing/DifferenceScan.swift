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
    private static let largestBlock = 32 << 20

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
        var isSequential: Bool { readers.0.isSequential || readers.1.isSequential }
    }

    private struct Job {
        let plan: Int
        let segments: Range<Int>
    }

    /// What a segment came to.
    private struct Part {
        var sums = PairSums()
        var steps: StepDistances?
        var isIdentical = true
        var changedBytes = 0
    }

    private let plans: [Plan]
    private let jobs: [Job]
    /// The bytes to read in all.
    let byteCount: Int

    /// Plans the reading of pairs, which have the same shapes and can be read.
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
            ElementConversion.isSupported(from: first.type, to: .float64)
            && ElementConversion.isSupported(from: second.type, to: .float64)
        let widths = isNumeric ? (first.type.byteWidth ?? 1, second.type.byteWidth ?? 1) : (1, 1)
        // Reads that cut what a reader does at once do work twice; they are right all the same.
        let units = (
            max(1, readers.0.granularity / widths.0), max(1, readers.1.granularity / widths.1)
        )
        var step = max(units.0, units.1)
        if step > largestBlock / max(widths.0, widths.1) { step = 1 }
        let block = max(step, blockSize / max(widths.0, widths.1) / step * step)
        return Plan(
            first: first, second: second, readers: readers,
            unitCount: isNumeric ? first.elementCount : first.byteCount, widths: widths, blockUnits: block,
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
        return zip(plans, parts.withLock { $0 }).map { plan, parts in Self.difference(plan, parts.compactMap(\.self)) }
    }

    private static func scan(
        _ plan: Plan, segment: Int, _ memory: PairMemory, read: (Int) -> Void
    ) throws -> Part {
        var part = Part()
        let isSameType = plan.first.type == plan.second.type
        part.steps = isSameType ? StepDistances(plan.first.type) : nil
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
                add(left, right, isSame: isSame, plan, memory, to: &part)
            } else if !isSame {
                part.changedBytes += zip(left, right).reduce(0) { $1.0 == $1.1 ? $0 : $0 + 1 }
            }
            read(left.count + right.count)
        }
        return part
    }

    private static func add(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, isSame: Bool, _ plan: Plan,
        _ memory: PairMemory, to part: inout Part
    ) {
        let count = left.count / plan.widths.0
        // What is left of a block that is the same: its norms.
        if !isSame { part.steps?.add(left, right) } else { part.steps?.addEqual(count) }
        let step = 8192
        for start in stride(from: 0, to: count, by: step) {
            let size = min(step, count - start)
            let first = memory.first.target(size * 8)
            _ = ElementConversion.convert(
                UnsafeRawBufferPointer(rebasing: left[start * plan.widths.0..<(start + size) * plan.widths.0]),
                from: plan.first.type, into: first, to: .float64)
            let numbers = UnsafeBufferPointer(first.bindMemory(to: Double.self))
            guard !isSame else {
                part.sums.add(numbers, numbers)
                continue
            }
            let second = memory.second.target(size * 8)
            _ = ElementConversion.convert(
                UnsafeRawBufferPointer(rebasing: right[start * plan.widths.1..<(start + size) * plan.widths.1]),
                from: plan.second.type, into: second, to: .float64)
            part.sums.add(numbers, UnsafeBufferPointer(second.bindMemory(to: Double.self)))
        }
    }

    private static func difference(_ plan: Plan, _ parts: [Part]) -> TensorDifference {
        var whole = Part()
        whole.steps = parts.first?.steps
        for (index, part) in parts.enumerated() {
            whole.sums.merge(part.sums)
            whole.isIdentical = whole.isIdentical && part.isIdentical
            whole.changedBytes += part.changedBytes
            if index > 0, let steps = part.steps { whole.steps?.merge(steps) }
        }
        let isSameType = plan.first.type == plan.second.type
        return TensorDifference(
            elementCount: plan.first.elementCount, isIdentical: isSameType && whole.isIdentical,
            changedCount: plan.isNumeric ? whole.sums.changed : whole.changedBytes,
            nonFiniteCount: whole.sums.nonFinite, differenceNorm: whole.sums.differences.squareRoot(),
            firstNorm: whole.sums.firsts.squareRoot(), secondNorm: whole.sums.seconds.squareRoot(),
            maximum: whole.sums.maximum, cosine: whole.sums.cosine, distances: whole.steps?.distances)
    }
}

/// What one thread works with.
private final class PairMemory {
    let first = BlockBuffers()
    let second = BlockBuffers()
}

import Files
import Kernels
import Synchronization
import Tensors

/// One pass over the data of tensors, in blocks on several threads: statistics, digests or both.
///
/// What it finds does not depend on the number of threads: sums are kept for segments of fixed size and added in order.
/// Memory: a block and a table of counts a thread, and a table for each tensor that is being read.
struct TensorScan {
    /// What a tensor's data came to.
    struct Result {
        var statistics: TensorStatistics?
        /// SHA-256 of the canonical form: 64 hexadecimal digits.
        var digest: String?
    }

    /// Half of what a core's second cache has, so that what was read is still there when it is counted.
    private static let blockSize = 256 << 10
    private static let segmentSize = 16 << 20
    private static let largestBlock = 8 << 20
    /// Threads that work side by side on large chunks must not be further apart than the few chunks that are kept.
    private static let largeChunkSegmentSize = 4 << 20

    private struct Plan {
        let tensor: StoredTensor
        let reader: any TensorReader
        let blockSize: Int
        let segmentSize: Int
        let measures: Bool
        let accumulator: Accumulator

        var segmentCount: Int { max(1, (tensor.byteCount + segmentSize - 1) / segmentSize) }
    }

    private struct Job {
        let plan: Int
        let segments: Range<Int>
    }

    private let plans: [Plan]
    private let places: [Int]
    private let jobs: [Job]
    private let hashes: Bool
    private let tensorCount: Int
    /// The bytes to read in all.
    let byteCount: Int

    /// Plans the pass.
    ///
    /// - Parameter tensors: what to read; what cannot be, gets an empty result.
    init(
        of checkpoint: Checkpoint, tensors: [StoredTensor], statistics: Bool, digests: Bool
    ) throws(CheckpointError) {
        var plans: [Plan] = []
        var places: [Int] = []
        var jobs: [Job] = []
        for (place, tensor) in tensors.enumerated() {
            if case .unread = tensor.storage { continue }
            let measures = statistics && ElementScan.isSupported(tensor.type)
            guard measures || digests else { continue }
            let plan = Self.plan(tensor, reader: try checkpoint.reader(of: tensor), measures: measures)
            if digests || plan.reader.isSequential {
                jobs.append(Job(plan: plans.count, segments: 0..<plan.segmentCount))
            } else {
                for segment in 0..<plan.segmentCount {
                    jobs.append(Job(plan: plans.count, segments: segment..<segment + 1))
                }
            }
            plans.append(plan)
            places.append(place)
        }
        byteCount = plans.reduce(0) { $0 &+ $1.tensor.byteCount }
        if digests {
            // A digest is one thread's work, and a large one begun last would keep the others waiting.
            jobs.sort { plans[$0.plan].tensor.byteCount > plans[$1.plan].tensor.byteCount }
        }
        self.plans = plans
        self.places = places
        self.jobs = jobs
        hashes = digests
        tensorCount = tensors.count
    }

    private static func plan(_ tensor: StoredTensor, reader: any TensorReader, measures: Bool) -> Plan {
        let width = tensor.type.byteWidth ?? 1
        // Widths are powers of two up to 16: this is a common multiple, and mostly the least.
        let unit = reader.granularity % width == 0 ? reader.granularity : reader.granularity &* width
        let step = (1...largestBlock).contains(unit) ? unit : width
        let block = max(step, blockSize / step * step)
        let wanted = reader.hasLargeChunks ? largeChunkSegmentSize : segmentSize
        let segment = max(block, wanted / block * block)
        return Plan(
            tensor: tensor, reader: reader, blockSize: block, segmentSize: segment, measures: measures,
            accumulator: Accumulator(segments: max(1, (tensor.byteCount + segment - 1) / segment)))
    }

    /// Reads everything.
    ///
    /// - Parameter progress: called from any thread, one at a time, with the bytes read so far.
    /// - Returns: for each tensor in order.
    /// - Throws: the error of the first job that failed, `CancellationError`.
    func run(threads: Int, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void) throws -> [Result] {
        let done = Mutex(0)
        let (plans, jobs, hashes, total) = (plans, jobs, hashes, byteCount)
        try Workers.run(jobs: jobs.count, threads: threads, state: { ScanMemory() }) { number, memory in
            let plan = plans[jobs[number].plan]
            // Threads at several tensors; those at segments of one lie close together.
            try LargeChunkTurn.take(if: hashes && plan.reader.hasLargeChunks) {
                try Self.scan(plan, segments: jobs[number].segments, hashes: hashes, memory) { count in
                    done.withLock {
                        $0 += count
                        progress($0, total)
                    }
                }
            }
        }
        var results = [Result](repeating: Result(), count: tensorCount)
        for (plan, place) in zip(plans, places) { results[place] = plan.accumulator.result }
        return results
    }

    private static func scan(
        _ plan: Plan, segments: Range<Int>, hashes: Bool, _ memory: ScanMemory, read: (Int) -> Void
    ) throws {
        var digest = try SHA256()
        for segment in segments {
            let range =
                segment * plan.segmentSize..<min(plan.tensor.byteCount, (segment + 1) * plan.segmentSize)
            var rows = plan.measures ? RowScan(plan.tensor) : nil
            if plan.measures { memory.begin(plan.tensor) }
            let width = plan.tensor.type.byteWidth ?? 1
            for start in stride(from: range.lowerBound, to: range.upperBound, by: plan.blockSize) {
                let block = memory.block(min(plan.blockSize, range.upperBound - start))
                try plan.reader.read(at: start, into: block)
                let bytes = UnsafeRawBufferPointer(block)
                if hashes { digest.update(bytes) }
                if plan.measures { memory.count(bytes, at: start) }
                rows?.add(bytes, first: start / width)
                read(bytes.count)
            }
            if plan.measures { plan.accumulator.finish(segment, memory, rows: rows, of: plan.tensor) }
        }
        if hashes { plan.accumulator.finish(digest: try digest.finish()) }
    }
}

/// What the threads found out of one tensor so far.
private final class Accumulator: Sendable {
    private struct State {
        var scan: ElementScan?
        var rows: RowScan?
        var sums: [ElementStatistics?]
        var remaining: Int
        var result = TensorScan.Result()
    }

    private let state: Mutex<State>
    private let segments: Int

    init(segments: Int) {
        self.segments = segments
        state = Mutex(State(sums: [], remaining: segments))
    }

    var result: TensorScan.Result { state.withLock { $0.result } }

    func finish(digest: String) {
        state.withLock { $0.result.digest = digest }
    }

    func finish(_ segment: Int, _ memory: ScanMemory, rows: RowScan?, of tensor: StoredTensor) {
        guard segments > 1 else {
            let statistics = memory.statistics(rows: rows?.rows(of: tensor))
            state.withLock { $0.result.statistics = statistics }
            return
        }
        state.withLock { state in
            if state.sums.isEmpty { state.sums = [ElementStatistics?](repeating: nil, count: segments) }
            state.sums[segment] = memory.sums
            memory.moveCounts(into: &state.scan)
            if let rows {
                if state.rows == nil { state.rows = rows } else { state.rows?.merge(rows) }
            }
            state.remaining -= 1
            guard state.remaining == 0 else { return }
            state.scan?.forgetSums()
            for sums in state.sums { if let sums { state.scan?.mergeSums(sums) } }
            state.result.statistics = state.scan?.statistics(rows: state.rows?.rows(of: tensor))
            state.scan = nil
            state.sums = []
            state.rows = nil
        }
    }
}

/// What one thread works with.
private final class ScanMemory {
    private let buffers = BlockBuffers()
    private var scan: ElementScan?

    func block(_ count: Int) -> UnsafeMutableRawBufferPointer { buffers.source(count) }

    /// Begins to count anew.
    func begin(_ tensor: StoredTensor) {
        scan = nil
        scan = ElementScan(tensor.type, elementCount: tensor.elementCount)
    }

    func count(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        scan?.add(bytes, at: offset)
    }

    var sums: ElementStatistics { scan?.sums ?? ElementStatistics() }

    func statistics(rows: TensorStatistics.Rows?) -> TensorStatistics? { scan?.statistics(rows: rows) }

    /// Gives away what was counted; nothing is counted until the next beginning.
    func moveCounts(into target: inout ElementScan?) {
        guard let counted = scan else { return }
        scan = nil
        if target == nil { target = counted } else { target?.mergeCounts(counted) }
    }
}

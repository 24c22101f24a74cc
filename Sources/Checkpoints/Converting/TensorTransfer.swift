import Files
public import Kernels
import Synchronization
public import Tensors

/// One tensor on its way from a checkpoint to a sink.
public struct TensorTransfer: Sendable {
    /// Where it comes from.
    public let source: any TensorReader
    /// Its type there.
    public let sourceType: TensorType
    /// Its type in the sink.
    public let targetType: TensorType
    /// Its size at the source in bytes, in canonical form.
    public let sourceByteCount: Int

    init(source: any TensorReader, sourceType: TensorType, targetType: TensorType, sourceByteCount: Int) {
        self.source = source
        self.sourceType = sourceType
        self.targetType = targetType
        self.sourceByteCount = sourceByteCount
    }

    /// Describes the way of one tensor.
    ///
    /// - Throws: ``CheckpointError`` where its data cannot be read, or not be converted to `type`.
    public init(_ tensor: StoredTensor, of checkpoint: Checkpoint, to type: TensorType) throws(CheckpointError) {
        guard type == tensor.type || ElementConversion.isSupported(from: tensor.type, to: type) else {
            throw CheckpointError(
                .invalidRequest, path: checkpoint.path, tensor: tensor.name,
                "\(tensor.type.name) is not converted to \(type.name)")
        }
        self.init(from: try checkpoint.reader(of: tensor), type: tensor.type, byteCount: tensor.byteCount, to: type)
    }

    /// Describes the way of data that a reader makes or finds; the conversion must be one that there is.
    ///
    /// - Parameter byteCount: the size at the source.
    public init(from source: any TensorReader, type: TensorType, byteCount: Int, to targetType: TensorType) {
        self.source = source
        sourceType = type
        self.targetType = targetType
        sourceByteCount = byteCount
    }
}

/// Moves tensors from readers to a sink, block by block on several threads.
///
/// Memory: two blocks a thread, whatever the size of the tensors.
public struct BlockTransfer: Sendable {
    /// The bytes of a block: small enough that the second of read, convert and write finds it in the cache.
    static let blockSize = 1 << 20
    /// The most that a reader's granularity may make of it.
    static let largestBlock = 8 << 20

    private struct Schedule {
        let transfer: TensorTransfer
        let unitWidth: Int
        let targetUnitWidth: Int
        let blockUnits: Int
        let unitCount: Int
        let firstTurn: Int

        var blockCount: Int { (unitCount + blockUnits - 1) / blockUnits }
    }

    private struct Job {
        let tensor: Int
        let blocks: Range<Int>
    }

    private let schedules: [Schedule]
    private let jobs: [Job]
    private let sink: any CheckpointSink
    /// The bytes to read in all.
    public let byteCount: Int

    /// Plans the blocks.
    ///
    /// - Parameter transfers: in the order of the sink's tensors, one each.
    public init(_ transfers: [TensorTransfer], to sink: any CheckpointSink) {
        var schedules: [Schedule] = []
        var jobs: [Job] = []
        var turn = 0
        for (index, transfer) in transfers.enumerated() {
            let schedule = Self.schedule(transfer, sinkGranularity: sink.granularity(of: index), firstTurn: turn)
            schedules.append(schedule)
            if transfer.source.isSequential {
                jobs.append(Job(tensor: index, blocks: 0..<schedule.blockCount))
            } else {
                for block in 0..<schedule.blockCount { jobs.append(Job(tensor: index, blocks: block..<block + 1)) }
            }
            turn += schedule.blockCount
        }
        self.schedules = schedules
        self.jobs = jobs
        self.sink = sink
        byteCount = transfers.reduce(0) { $0 &+ $1.sourceByteCount }
    }

    private static func schedule(
        _ transfer: TensorTransfer, sinkGranularity: Int, firstTurn: Int
    ) -> Schedule {
        // Elements below a byte are never converted: their bytes are the units.
        let width = transfer.sourceType.byteWidth ?? 1
        let targetWidth = transfer.targetType.byteWidth ?? 1
        let sinkUnits = max(1, sinkGranularity / targetWidth)
        let sourceUnits = max(1, transfer.source.granularity / width)
        var step = sinkUnits
        let (common, overflows) = (sinkUnits / greatestCommonDivisor(sinkUnits, sourceUnits))
            .multipliedReportingOverflow(by: sourceUnits)
        if !overflows, common <= largestBlock / max(width, targetWidth) { step = common }
        let wanted = max(1, blockSize / max(width, targetWidth))
        return Schedule(
            transfer: transfer, unitWidth: width, targetUnitWidth: targetWidth,
            blockUnits: max(step, wanted / step * step), unitCount: transfer.sourceByteCount / width,
            firstTurn: firstTurn)
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        var (a, b) = (first, second)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    /// Moves everything; the sink is then ready to be committed.
    ///
    /// - Parameter progress: called from any thread, one at a time, with the bytes read so far.
    /// - Returns: what conversions did to numbers, by tensor.
    /// - Throws: the error of the first block in order that failed, `CancellationError`.
    public func run(
        threads: Int, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> [ConversionCounts] {
        let counts = Mutex([ConversionCounts](repeating: ConversionCounts(), count: schedules.count))
        let done = Mutex(0)
        let (jobs, schedules, sink, total) = (jobs, schedules, sink, byteCount)
        try Workers.run(
            jobs: jobs.count, threads: threads, state: { BlockBuffers() }, failed: { _ in sink.cancel() }
        ) { number, buffers in
            let job = jobs[number]
            let schedule = schedules[job.tensor]
            for block in job.blocks {
                let found = try Self.move(schedule, block: block, tensor: job.tensor, to: sink, through: buffers)
                let read =
                    min(schedule.blockUnits, schedule.unitCount - block * schedule.blockUnits) * schedule.unitWidth
                if let found { counts.withLock { $0[job.tensor] += found } }
                done.withLock {
                    $0 += read
                    progress($0, total)
                }
            }
        }
        return counts.withLock { $0 }
    }

    private static func move(
        _ schedule: Schedule, block: Int, tensor: Int, to sink: any CheckpointSink, through buffers: BlockBuffers
    ) throws -> ConversionCounts? {
        let first = block * schedule.blockUnits
        let count = min(schedule.blockUnits, schedule.unitCount - first)
        let source = buffers.source(count * schedule.unitWidth)
        try schedule.transfer.source.read(at: first * schedule.unitWidth, into: source)
        let turn = schedule.firstTurn + block
        let offset = first * schedule.targetUnitWidth
        guard schedule.transfer.sourceType != schedule.transfer.targetType else {
            try sink.write(UnsafeRawBufferPointer(source), tensor: tensor, at: offset, turn: turn)
            return nil
        }
        let target = buffers.target(count * schedule.targetUnitWidth)
        let counts = ElementConversion.convert(
            UnsafeRawBufferPointer(source), from: schedule.transfer.sourceType, into: target,
            to: schedule.transfer.targetType)
        try sink.write(UnsafeRawBufferPointer(target), tensor: tensor, at: offset, turn: turn)
        return counts
    }
}

/// The blocks that one thread works on.
final class BlockBuffers {
    private var sourceMemory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var targetMemory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    func source(_ count: Int) -> UnsafeMutableRawBufferPointer { Self.grow(&sourceMemory, count) }
    func target(_ count: Int) -> UnsafeMutableRawBufferPointer { Self.grow(&targetMemory, count) }

    private static func grow(
        _ memory: inout UnsafeMutableRawBufferPointer, _ count: Int
    ) -> UnsafeMutableRawBufferPointer {
        if memory.count < count {
            memory.deallocate()
            memory = .allocate(byteCount: count, alignment: 64)
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    }

    deinit {
        sourceMemory.deallocate()
        targetMemory.deallocate()
    }
}

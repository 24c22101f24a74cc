import Checkpoints
import Kernels
import Synchronization
import Tensors

/// Compares two dumps that have every token of the vocabulary.
struct RowComparison {
    let reference: LogitDump
    let policy: LogitDump
    let tokens: TokenPlan
    let shift: Shift
    let vocabularySize: Int
    let settings: DumpComparison.Settings

    func run(
        _ team: ThreadTeam, into writer: DiagnosisWriter, progress: (Int, Int) -> Void
    ) throws -> DumpFindings {
        let rowsInBlock = RowSlot.rows(for: [reference, policy], settings)
        var schedule = RowSchedule(tokens, shift: shift, rowsInBlock: rowsInBlock)
        let capacity = min(rowsInBlock, schedule.total)
        var (current, spare) = (
            RowSlot([reference, policy], rows: capacity), RowSlot([reference, policy], rows: capacity)
        )
        var sink = TokenSink(writer)
        var findings = DumpFindings()
        func id(_ number: Int) -> String { tokens.sequences[number].id }
        guard var block = schedule.next() else {
            throw DivergenceError(
                .invalidRequest, path: reference.path,
                "has no token that counts: a mask leaves none, or no sequence has a second token")
        }
        try current.load(block)
        while true {
            try Task.checkCancellation()
            let following = schedule.next()
            let result = try measure(team, block, in: current, whileLoading: following, into: spare)
            try sink.append(
                block.places, result.rows, noiseFloors: floors(result, steps: current.steps), topP: result.topP,
                topQ: result.topQ, id: id)
            findings.add(result)
            progress(sink.count, schedule.total)
            guard let following else { break }
            block = following
            swap(&current, &spare)
        }
        try sink.begin(through: tokens.sequences.count - 1, id: id)
        findings.tokens = sink.count
        return findings
    }

    /// Measures a block, and reads the next one meanwhile.
    private func measure(
        _ team: ThreadTeam, _ block: RowBlock, in slot: RowSlot, whileLoading following: RowBlock?, into spare: RowSlot
    ) throws -> DivergenceRows.Result {
        let found = Found()
        try Workers.run(jobs: following == nil ? 1 : 2, threads: 2) { job in
            guard job == 0 else {
                if let following { try spare.load(following) }
                return
            }
            let result = try measure(team, block, in: slot)
            found.result.withLock { $0 = result }
        }
        guard let result = found.result.withLock({ $0 }) else { throw CancellationError() }
        return result
    }

    /// What one thread hands to another.
    private final class Found: Sendable {
        let result = Mutex<DivergenceRows.Result?>(nil)
    }

    private func measure(_ team: ThreadTeam, _ block: RowBlock, in slot: RowSlot) throws -> DivergenceRows.Result {
        do throws(LogitRowError) {
            return try DivergenceRows.measure(
                team, reference: slot.logits(0, rows: block.count), policy: slot.logits(1, rows: block.count),
                targets: block.targets,
                settings: .init(
                    vocabularySize: vocabularySize, temperature: settings.temperature, topWidth: settings.topWidth))
        } catch {
            throw DivergenceError(error, in: block, of: error.isPolicy ? policy : reference)
        }
    }

    private func floors(_ result: DivergenceRows.Result, steps: [[Double]]) -> [Double] {
        func floor(_ dump: LogitDump) -> NoiseFloor {
            NoiseFloor(dump.kind == .llama ? nil : dump.type, temperature: settings.temperature)
        }
        return NoiseFloor.of(
            result, reference: floor(reference), steps: steps[0], policy: floor(policy), steps: steps[1])
    }
}

extension DivergenceError {
    /// Names the row of the dump.
    init(_ error: LogitRowError, in block: RowBlock, of dump: LogitDump) {
        let row = block.row(error.row)
        let place = dump.layout.place(ofRow: row)
        let reason =
            switch error.kind {
            case .nan: "the number is NaN"
            case .positiveInfinity: "the number is +infinity"
            case .noProbability: "every number is -infinity"
            }
        self.init(
            .notADistribution, path: dump.path, row: row, column: error.kind == .noProbability ? nil : error.column,
            place + reason)
    }
}

extension DumpFindings {
    mutating func add(_ result: DivergenceRows.Result) {
        for row in result.rows {
            largestNormalisers.reference = Self.larger(largestNormalisers.reference, row.logNormaliserP)
            largestNormalisers.policy = Self.larger(largestNormalisers.policy, row.logNormaliserQ)
        }
    }

    /// The larger of two without their signs; NaN is what is not known yet.
    static func larger(_ known: Double, _ new: Double) -> Double { known.isNaN ? abs(new) : max(known, abs(new)) }
}

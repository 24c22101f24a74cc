import Demonstration
import Synchronization

/// How far the demonstration has come, over all that is under way at once.
final class DemonstrationProgress: Sendable {
    private let line: ProgressLine
    private let isShown: Bool
    private let total: Double
    private let state = Mutex<[String: (done: Double, text: String)]>([:])

    /// Milliseconds that an update takes on a core, roughly; what is left is estimated from the time so far and these shares.
    private static func cost(_ run: RunPlan) -> Double {
        switch run["objective"] {
        case "sft"?: 300 * (Double(run["per_device_train_batch_size"] ?? "") ?? 128) / 128
        case "trapo"?: 700
        default: run["num_iterations"] == nil ? 550 : 350
        }
    }

    /// An evaluation in the same measure.
    private static func evaluationCost(_ plan: DemonstrationPlan) -> Double { Double(plan.heldOutCount) * 20 }

    init(_ plan: DemonstrationPlan, mode: ProgressMode) {
        line = ProgressLine(mode)
        isShown = mode == .always || (mode == .auto && StandardError.isTerminal)
        total = plan.runs.reduce(0) { $0 + Double($1.updates) * Self.cost($1) + Self.evaluationCost(plan) }
    }

    /// Says what is beginning or done, on a line of its own.
    func note(_ text: String) {
        guard isShown else { return }
        line.finish()
        StandardError.write(text + "\n")
    }

    /// Shows an update of a run.
    func updated(_ run: RunPlan, _ step: Int) {
        show(run.name, Double(step) * Self.cost(run), "\(run.title) \(step)/\(run.updates)")
    }

    /// Shows how much of a run's evaluation is done, from 0 to 1.
    func evaluated(_ run: RunPlan, _ plan: DemonstrationPlan, share: Double) {
        show(
            run.name, Double(run.updates) * Self.cost(run) + share * Self.evaluationCost(plan),
            share < 1 ? "\(run.title): test" : "")
    }

    /// Takes the line away.
    func finish() { line.finish() }

    private func show(_ name: String, _ done: Double, _ text: String) {
        let (sum, texts) = state.withLock { state in
            state[name] = (done, text)
            let known = state.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value)
            return (known.reduce(0) { $0 + $1.done }, known.map(\.text).filter { !$0.isEmpty })
        }
        line.show("demo", done: Int(sum), of: Int(total), rate: { _ in texts.joined(separator: ", ") })
    }
}

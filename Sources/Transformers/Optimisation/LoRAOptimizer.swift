public import Kernels

/// AdamW, or another rule, on the matrices of a LoRA adapter. Memory: two numbers of binary32 for each of the adapter's.
public final class LoRAOptimizer {
    /// Steps taken.
    public private(set) var steps = 0
    private let adapter: LoRAAdapter
    private let first: LoRAGradients
    private let second: LoRAGradients

    /// An optimiser at its beginning.
    public init(_ adapter: LoRAAdapter) {
        self.adapter = adapter
        first = LoRAGradients(adapter)
        second = LoRAGradients(adapter)
    }

    /// One step. All matrices decay; an adapter has no norms and no biases.
    ///
    /// - Parameters:
    ///   - gradients: those of the same adapter.
    ///   - settings: the learning rate and the rest, of this step.
    public func step(_ team: ThreadTeam, _ gradients: LoRAGradients, _ settings: some OptimizerRule) {
        steps += 1
        // Numbers between the matrices are zero, have no gradient, and stay zero.
        settings.step(
            team, number: steps, weights: adapter.numbers.row, gradients: gradients.buffer.row, m: first.buffer.row,
            v: second.buffer.row)
    }

    /// Forgets the mean gradients and the number of steps.
    public func reset(_ team: ThreadTeam) {
        steps = 0
        for buffer in [first.buffer, second.buffer] {
            let numbers = buffer.row
            team.divide(buffer.count, multipleOf: 1024) { numbers.columns($0).fill(0) }
        }
    }

    /// What it remembers, under names: `MODULE.lora_A.exp_avg`, `MODULE.lora_A.exp_avg_sq`, and the same of B.
    public var state: OptimizerState {
        var state = OptimizerState()
        for (index, place) in adapter.places.enumerated() {
            for (moment, buffer) in [("exp_avg", first.buffer), ("exp_avg_sq", second.buffer)] {
                let (a, b) = (adapter.a(index, in: buffer), adapter.b(index, in: buffer))
                state.add("\(place.module).lora_A.\(moment)", a, shape: [a.rows, a.columns])
                state.add("\(place.module).lora_B.\(moment)", b, shape: [b.rows, b.columns])
            }
        }
        return state
    }

    /// Goes on from another optimiser's place, whose ``state`` was read into this one's.
    ///
    /// - Parameter steps: how many steps that had taken, 0 or more.
    public func resume(after steps: Int) {
        precondition(steps >= 0, "steps are counted from 0")
        self.steps = steps
    }
}

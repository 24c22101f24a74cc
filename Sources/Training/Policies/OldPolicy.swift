import Kernels
import Transformers

/// The policy that sampled a batch of rollouts, kept while updates change the one that it was: a copy of what is trained,
/// which of an adapter is the adapter alone.
///
/// It is no part of a checkpoint: those are written between batches, and the next batch begins with a copy of its own.
final class OldPolicy {
    /// The pass of the policy that was.
    let pass: TransformerPass
    private let policy: TrainedPolicy

    /// The policy as it is now.
    ///
    /// - Parameter settings: those of the passes that it is compared with.
    /// - Throws: `TransformerError`.
    init(_ policy: TrainedPolicy, settings: TransformerPass.Settings) throws {
        self.policy = policy
        let adapter = policy.adapter.map { LoRAAdapter(copying: $0) }
        pass = try TransformerPass(
            adapter == nil ? TransformerWeights(like: policy.weights) : policy.weights, adapter: adapter,
            team: policy.team, settings: settings)
        renew()
    }

    /// Takes the policy as it is now in place of what there was.
    func renew() {
        if let adapter = policy.adapter {
            pass.adapter?.numbers.row.copy(adapter.numbers.row)
        } else {
            pass.weights.copy(policy.weights)
        }
    }
}

/// How a checkpoint was divided over the ranks of a tensor-parallel run.
public struct CheckpointLayout: Sendable {
    /// The name of its file.
    static let fileName = "layout.json"
}

public import Kernels

/// The gradients of an adapter's matrices, in one buffer laid out as the adapter's own.
public final class LoRAGradients: Sendable {
    /// Whose gradients they are.
    public let adapter: LoRAAdapter
    /// All gradients.
    public let buffer: FloatBuffer

    /// Zeros.
    public init(_ adapter: LoRAAdapter) {
        self.adapter = adapter
        buffer = FloatBuffer(count: adapter.numbers.count)
    }

    func matrices(_ role: ParameterRole, layer: Int) -> (down: Matrix, up: Matrix)? {
        adapter.index(of: role, layer: layer).map { (adapter.a($0, in: buffer), adapter.b($0, in: buffer)) }
    }
}

extension LoRAAdapter {
    /// The rank of the matrices.
    var largestRank: Int { configuration.rank }

    func matrices(_ role: ParameterRole, layer: Int) -> AdapterMatrices? {
        index(of: role, layer: layer).map { AdapterMatrices(down: a($0), up: b($0), scale: scale) }
    }
}

public import Kernels

/// The gradients of a model's parameters, end to end in one buffer, as ``ParameterTable/offsets`` say.
public final class TransformerGradients: Sendable {
    /// Where each parameter's gradient lies.
    public let table: ParameterTable
    /// All gradients.
    public let buffer: FloatBuffer

    /// Zeros.
    public init(_ table: ParameterTable) {
        self.table = table
        buffer = FloatBuffer(count: table.extent)
    }

    /// The gradient of one parameter, of its shape.
    public func matrix(at index: Int) -> Matrix {
        let parameter = table.parameters[index]
        return buffer.matrix(rows: parameter.rows, columns: parameter.columns, at: table.offsets[index])
    }

    /// The gradient of one parameter; nil where the model has none.
    public func matrix(_ role: ParameterRole, layer: Int? = nil) -> Matrix? {
        table.index(of: role, layer: layer).map { matrix(at: $0) }
    }

    /// Sets all gradients to zero.
    public func clear(_ team: ThreadTeam) {
        let numbers = buffer.row
        team.divide(buffer.count, multipleOf: 1024) { numbers.columns($0).fill(0) }
    }
}

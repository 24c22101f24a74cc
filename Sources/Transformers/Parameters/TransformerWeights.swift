public import Kernels
public import Tensors

/// The parameters of a model in memory, each a matrix of its own in binary32 or bfloat16.
public final class TransformerWeights: Sendable {
    /// What the model is built of.
    public let configuration: TransformerConfiguration
    /// Names and shapes.
    public let table: ParameterTable
    /// The parameters, in the order of the table.
    public let matrices: [WeightMatrix]

    /// Zeros.
    ///
    /// - Parameter type: that of the matrices, `float32` or `bfloat16`; vectors (norms and biases) are always `float32`.
    public init(_ configuration: TransformerConfiguration, type: ElementType) {
        self.configuration = configuration
        let table = ParameterTable(configuration)
        self.table = table
        matrices = table.parameters.map {
            WeightMatrix(rows: $0.rows, columns: $0.columns, type: $0.isVector ? .float32 : type)
        }
    }

    /// Zeros for a model of the same shapes and types.
    public convenience init(like other: TransformerWeights) {
        let type = other.matrices.contains { $0.type == .bfloat16 } ? ElementType.bfloat16 : .float32
        self.init(other.configuration, type: type)
    }

    /// Takes the numbers of a model of the same shapes and types, as they are now. Linear in them.
    public func copy(_ other: TransformerWeights) {
        precondition(other.matrices.count == matrices.count, "the models have the same parameters")
        for (matrix, source) in zip(matrices, other.matrices) {
            precondition(source.type == matrix.type && source.count == matrix.count, "the shapes and types agree")
            matrix.withBytes { bytes in source.withBytes { bytes.copyMemory(from: UnsafeRawBufferPointer($0)) } }
        }
    }

    /// The numbers of one parameter; nil where the model has none.
    public func matrix(_ role: ParameterRole, layer: Int? = nil) -> WeightMatrix? {
        table.index(of: role, layer: layer).map { matrices[$0] }
    }
}

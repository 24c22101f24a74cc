public import Tensors

/// What a tensor is, without its data.
public struct TensorDescription: Sendable, Hashable {
    /// The name in the checkpoint, kept exactly; never used as a path.
    public var name: String
    /// The type of the elements.
    public var type: TensorType
    /// The extent of each dimension, outermost first; empty for a scalar.
    public var shape: [Int]

    /// Describes a tensor.
    public init(name: String, type: TensorType, shape: [Int]) {
        self.name = name
        self.type = type
        self.shape = shape
    }

    /// The number of elements; nil if it overflows.
    public var elementCount: Int? { TensorType.elementCount(of: shape) }
    /// The size of the data in bytes, row-major without gaps; nil if it overflows or is no whole number.
    public var byteCount: Int? { type.byteCount(of: shape) }
}

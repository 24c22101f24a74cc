public import Tensors

/// Where the data of a tensor that is to be written comes from.
public struct TensorSource: Sendable {
    /// What the input calls it.
    public let name: String
    /// The type of the data at the source.
    public let type: TensorType
    /// The size at the source in bytes, in canonical form.
    public let byteCount: Int
    private let makeReader: @Sendable () throws -> any TensorReader

    /// Describes a source.
    ///
    /// - Parameter reader: makes a reader of it, as often as it is called.
    public init(
        name: String, type: TensorType, byteCount: Int, reader: @escaping @Sendable () throws -> any TensorReader
    ) {
        self.name = name
        self.type = type
        self.byteCount = byteCount
        makeReader = reader
    }

    /// A whole tensor of a checkpoint.
    public init(_ tensor: StoredTensor, of checkpoint: Checkpoint) {
        self.init(name: tensor.name, type: tensor.type, byteCount: tensor.byteCount) {
            try checkpoint.reader(of: tensor)
        }
    }

    /// A reader of it.
    ///
    /// - Throws: ``CheckpointError`` where the data cannot be read.
    public func reader() throws -> any TensorReader { try makeReader() }
}

/// A tensor that is to be written, and where its data comes from.
public struct PlannedTensor: Sendable {
    /// Its name, type and shape in the output.
    public let description: TensorDescription
    /// Its data.
    public let source: TensorSource

    /// Plans a tensor.
    public init(_ description: TensorDescription, from source: TensorSource) {
        self.description = description
        self.source = source
    }

    /// Whether numbers get another type.
    public var isConverted: Bool { source.type != description.type }
}

extension TensorTransfer {
    /// Describes the way of a planned tensor.
    ///
    /// - Throws: ``CheckpointError`` where its data cannot be read.
    init(_ tensor: PlannedTensor) throws {
        try self.init(
            source: tensor.source.reader(), sourceType: tensor.source.type, targetType: tensor.description.type,
            sourceByteCount: tensor.source.byteCount)
    }
}

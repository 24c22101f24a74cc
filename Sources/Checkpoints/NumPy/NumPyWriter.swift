enum NumPyWriter {
    static func makeArraySink(
        _ destination: String, tensors: [TensorDescription], options: WritingOptions
    ) throws -> any CheckpointSink {
        throw CheckpointError(.unsupported, path: destination, "not built yet")
    }
    static func makeArchiveSink(
        _ destination: String, tensors: [TensorDescription], options: WritingOptions
    ) throws -> any CheckpointSink {
        throw CheckpointError(.unsupported, path: destination, "not built yet")
    }
}

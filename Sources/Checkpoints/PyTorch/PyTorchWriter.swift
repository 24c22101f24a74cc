enum PyTorchWriter {
    static func makeSink(
        _ destination: String, tensors: [TensorDescription], options: WritingOptions
    ) throws -> any CheckpointSink {
        throw CheckpointError(.unsupported, path: destination, "not built yet")
    }
}

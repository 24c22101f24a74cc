import Files
import Kernels

/// Writes planned tensors into one file.
struct FileConversion {
    let tensors: [PlannedTensor]
    let format: CheckpointFormat
    let threads: Int

    /// The bytes that are read.
    var byteCount: Int { tensors.reduce(0) { $0 &+ $1.source.byteCount } }

    /// Writes the file; it appears under its name when it is complete.
    ///
    /// - Returns: the tensors that lost numbers.
    func run(
        to path: String, options: WritingOptions, progress: @escaping @Sendable (_ done: Int) -> Void
    ) throws -> [ConversionReport.Loss] {
        let sink = try format.makeSink(path, tensors: tensors.map(\.description), options: options)
        let transfer = BlockTransfer(try tensors.map { try TensorTransfer($0) }, to: sink)
        let counts = try transfer.run(threads: threads) { done, _ in progress(done) }
        try sink.commit()
        return ConversionReport.losses(tensors, counts)
    }
}

import Files
import HDF5

/// Writes HDF5 files: Kedge's own, and those of Keras.
enum HDF5Writer {
    /// What the places of data are multiples of, so that they can be mapped as arrays of any element.
    static let alignment = 64

    static func makeSink(
        _ destination: String, tensors: [TensorDescription], options: WritingOptions
    ) throws -> any CheckpointSink {
        let plan = try HDF5Plan(tensors, layout: .kedge, metadata: options.metadata, path: destination)
        return try makeSink(destination, plan: plan, options: options)
    }

    /// - Parameter turnstile: for several files whose pieces are numbered together.
    static func makeSink(
        _ destination: String, plan: HDF5Plan, options: WritingOptions, turnstile: Turnstile = Turnstile()
    ) throws -> any CheckpointSink {
        let output = try OutputFile(destination: destination, overwrite: options.overwrite, creating: false)
        do {
            if options.isCompressed {
                return try CompressedHDF5Sink(output, plan: plan, options: options, turnstile: turnstile)
            }
            return try PlacedHDF5Sink(output, plan: plan, options: options)
        } catch let error as HDF5Error {
            throw failure(error, path: destination)
        }
    }

    /// An error of the library without the temporary path.
    static func failure(_ error: HDF5Error, path: String) -> CheckpointError {
        var text = error.detail
        if let object = error.object { text = "\(object): \(text)" }
        if let cause = error.cause { text += " (libhdf5: \(cause))" }
        let code: CheckpointError.Code = error.code == .writeFailed ? .wrongSize : .invalidRequest
        return CheckpointError(code, path: path, "cannot be written: \(text)")
    }

    /// Writes attributes.
    static func write(
        _ attributes: [PlannedDataset.Attribute], to object: borrowing some HDF5Object & ~Copyable
    ) throws(HDF5Error) {
        for attribute in attributes {
            switch attribute {
            case .text(let name, let value): try object.setAttribute(name, to: value)
            case .numbers(let name, let values) where values.count == 1 && name != "shape":
                try object.setAttribute(name, to: values[0])
            case .numbers(let name, let values): try object.setAttribute(name, to: values)
            }
        }
    }

    /// Writes what a file has beside datasets: attributes of the root and of groups, which are there already.
    static func writeAttributes(of plan: HDF5Plan, to file: borrowing HDF5File) throws(HDF5Error) {
        try write(plan.attributes, to: file)
        for group in plan.groupNames {
            try file.openGroup(group.path).setAttribute("name", to: group.name)
        }
    }
}

/// Contiguous datasets: libhdf5 reserves their places, and the data go there without it.
final class PlacedHDF5Sink: CheckpointSink {
    private let output: PlacedOutput
    private let offsets: [Int]
    private let isSynchronized: Bool

    init(_ output: consuming OutputFile, plan: HDF5Plan, options: WritingOptions) throws {
        let file = try HDF5File(creating: output.temporaryPath, alignment: HDF5Writer.alignment)
        offsets = try plan.datasets.map { dataset throws(HDF5Error) in
            let made = try file.createDataset(dataset.path, storing: dataset.type, shape: dataset.shape)
            try HDF5Writer.write(dataset.attributes, to: made)
            guard case .contiguous(let offset?) = try made.storage() else { return 0 }
            return offset
        }
        try HDF5Writer.writeAttributes(of: plan, to: file)
        try file.close()
        isSynchronized = options.isSynchronized
        self.output = try PlacedOutput(adopting: output, size: nil)
    }

    func granularity(of tensor: Int) -> Int { 1 }

    func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws {
        try output.write(bytes, at: offsets[tensor] + offset)
    }

    func cancel() {}

    func commit() throws {
        try output.commit(synchronizing: isSynchronized)
    }
}

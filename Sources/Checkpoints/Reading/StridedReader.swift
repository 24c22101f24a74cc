import Files

final class StridedReader: TensorReader {
    let granularity = 1
    let isSequential = false

    init(file: RandomAccessFile, tensor: StoredTensor, place: StridedStorage) throws(CheckpointError) {
        throw CheckpointError(.unsupported, path: file.path, tensor: tensor.name, "not built yet")
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {}
}

import Files
import Tensors

/// What shapes may claim beyond what files hold: data that is repeated, filled in or compressed takes no place there, so that
/// a few bytes of a header could ask for any amount of work.
extension Checkpoint {
    /// The most tensors of a checkpoint, and of each file that lists them: the largest models have some tens of thousands.
    static let mostTensors = 200_000

    /// What is said where there are more.
    static func tooManyTensors(path: String) -> CheckpointError {
        CheckpointError(
            .limitExceeded, path: path,
            "has over \(mostTensors) tensors; it is damaged, or has to be divided into several checkpoints")
    }

    /// The size in bytes up to which the data of a checkpoint may take any multiple of its files.
    static let largestExpansion = 64 << 30
    /// Beyond ``largestExpansion``, how many times the size of the files the data may take: deflate, the densest encoding that
    /// is read, makes up to 1,032 bytes of one.
    static let largestExpansionRatio = 1_100

    /// Checks the sizes of tensors whose places are known to be sound, each one and all together.
    ///
    /// - Throws: `limitExceeded` where there is much more data than the files hold, or sums overflow.
    static func checkSizes(
        of tensors: [StoredTensor], files: [RandomAccessFile], path: String
    ) throws(CheckpointError) {
        var elementCount = 0
        var byteCount = 0
        var expanded = 0
        for tensor in tensors {
            let (elements, overflows) = elementCount.addingReportingOverflow(tensor.elementCount)
            let (bytes, overflowsToo) = byteCount.addingReportingOverflow(tensor.byteCount)
            guard !overflows, !overflowsToo else {
                throw CheckpointError(
                    .limitExceeded, path: path, tensor: tensor.name, "with it the sizes of the tensors overflow")
            }
            (elementCount, byteCount) = (elements, bytes)
            guard let source = tensor.sourceSize(in: files) else { continue }
            expanded += tensor.byteCount
            guard tensor.byteCount <= bound(ofSize: source) else {
                throw CheckpointError(
                    .limitExceeded, path: path, tensor: tensor.name,
                    "its shape \(tensor.shape) takes \(tensor.byteCount) bytes, of which the file holds next to nothing (\(source) bytes); the file is damaged or made to exhaust its readers"
                )
            }
        }
        let total = files.reduce(0) { sum, file in
            let (next, overflows) = sum.addingReportingOverflow(file.size)
            return overflows ? .max : next
        }
        guard expanded <= bound(ofSize: total) else {
            throw CheckpointError(
                .limitExceeded, path: path,
                "its tensors take \(expanded) bytes, of which its files hold next to nothing (\(total) bytes); it is damaged or made to exhaust its readers"
            )
        }
    }

    /// The most that data out of so many stored bytes may take.
    private static func bound(ofSize size: Int) -> Int {
        let (product, overflows) = size.multipliedReportingOverflow(by: largestExpansionRatio)
        return overflows ? .max : max(largestExpansion, product)
    }
}

extension StoredTensor {
    /// How many stored bytes its data can come from; nil for data that came with the header, and for what is not read.
    fileprivate func sourceSize(in files: [RandomAccessFile]) -> Int? {
        switch storage {
        case .bytes(let file, _): files[file].size
        case .strided(let place): files[place.file].size
        case .deflated(let place): place.range.count
        case .chunked(let place): files[place.file].size
        case .inline, .unread: nil
        }
    }
}

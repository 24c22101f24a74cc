import Files
import Tensors

/// Elements at regular distances: transposed, expanded and cut views, Fortran order.
///
/// A block is taken apart into boxes whose elements lie so close together in the file that one read of the whole stretch
/// costs little; they are picked out of it in memory.
final class StridedReader: TensorReader {
    /// One dimension, and how far apart its neighbours are in the file and in the block, in elements.
    struct Axis {
        var extent: Int
        var stride: Int
        var step: Int
    }

    /// Runs shorter than this are not worth a read of their own.
    private static let smallRead = 16 << 10
    private static let largestRead = 8 << 20
    private static let largestGranularity = 8 << 20

    let granularity: Int
    let isSequential = false
    private let file: RandomAccessFile
    private let tensor: String
    private let offset: Int
    private let width: Int
    /// Outermost first; neighbours that lie like one dimension are one, and none has the extent 1. Steps are those of the
    /// whole tensor.
    private let axes: [Axis]

    init(file: RandomAccessFile, tensor: StoredTensor, place: StridedStorage) throws(CheckpointError) {
        guard let width = tensor.type.byteWidth, place.strides.count == tensor.shape.count else {
            throw CheckpointError(
                .badTensor, path: file.path, tensor: tensor.name, "its strides do not fit its shape")
        }
        self.file = file
        self.tensor = tensor.name
        self.width = width
        offset = place.offset
        axes = tensor.elementCount == 0 ? [] : Self.merge(tensor.shape, place.strides)
        granularity = Self.granularity(axes, width: width)
    }

    private static func merge(_ shape: [Int], _ strides: [Int]) -> [Axis] {
        var axes: [Axis] = []
        for (extent, stride) in zip(shape, strides) where extent != 1 {
            let (span, overflows) = extent.multipliedReportingOverflow(by: stride)
            if let last = axes.last, !overflows, last.stride == span {
                axes[axes.count - 1] = Axis(extent: last.extent * extent, stride: stride, step: 0)
            } else {
                axes.append(Axis(extent: extent, stride: stride, step: 0))
            }
        }
        var step = 1
        for index in axes.indices.reversed() {
            axes[index].step = step
            step *= axes[index].extent
        }
        return axes
    }

    /// Blocks hold so many rows that neighbours in the file, which lie in different rows of a transposed matrix, make up
    /// runs of some kilobytes.
    private static func granularity(_ axes: [Axis], width: Int) -> Int {
        guard let fast = axes.filter({ $0.stride > 0 }).min(by: { $0.stride < $1.stride }), fast.step > 1 else {
            return width
        }
        let (row, overflows) = fast.step.multipliedReportingOverflow(by: width)
        guard !overflows, row <= largestGranularity else { return width }
        return row * min(fast.extent, max(1, min(4096 / width, largestGranularity / row)))
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        guard !target.isEmpty else { return }
        let first = offset / width
        let last = (offset + target.count - 1) / width
        let head = offset - first * width
        guard head != 0 || (offset + target.count) % width != 0 else {
            return try readElements(first...last, into: target)
        }
        let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: (last - first + 1) * width, alignment: 64)
        defer { whole.deallocate() }
        try readElements(first...last, into: whole)
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: whole[head..<head + target.count]))
    }

    private func readElements(_ range: ClosedRange<Int>, into target: UnsafeMutableRawBufferPointer) throws {
        var gathering = StridedGathering(
            file: file, tensor: tensor, offset: offset, width: width, target: target,
            smallRead: Self.smallRead, largestRead: Self.largestRead)
        defer { gathering.release() }
        try cut(range, axis: 0, source: 0, into: 0, &gathering)
    }

    /// Takes a stretch of a row-major order apart into boxes: the rest of a first row, whole rows, the start of a last one.
    private func cut(
        _ range: ClosedRange<Int>, axis: Int, source: Int, into place: Int, _ gathering: inout StridedGathering
    ) throws {
        guard axis < axes.count else { return try gathering.gather([], source: source, into: place) }
        let (step, stride) = (axes[axis].step, axes[axis].stride)
        var first = range.lowerBound / step
        let last = range.upperBound / step
        var place = place
        if range.lowerBound % step != 0 || (first == last && (range.upperBound + 1) % step != 0) {
            let from = range.lowerBound - first * step
            let to = first == last ? range.upperBound - first * step : step - 1
            try cut(from...to, axis: axis + 1, source: source + first * stride, into: place, &gathering)
            if first == last { return }
            place += to - from + 1
            first += 1
        }
        let isLastWhole = (range.upperBound + 1) % step == 0
        let wholeEnd = isLastWhole ? last + 1 : last
        if first < wholeEnd {
            let rows = Axis(extent: wholeEnd - first, stride: stride, step: step)
            try gathering.gather([rows] + axes[(axis + 1)...], source: source + first * stride, into: place)
            place += (wholeEnd - first) * step
        }
        if !isLastWhole {
            try cut(
                0...(range.upperBound - last * step), axis: axis + 1, source: source + last * stride, into: place,
                &gathering)
        }
    }
}

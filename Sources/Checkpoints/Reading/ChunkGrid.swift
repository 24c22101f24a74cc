import Tensors

/// How chunks lie in a tensor, counted in bytes: the innermost extents are multiplied by the width of an element.
struct ChunkGrid {
    /// The extents of the tensor and of a chunk.
    let shape: [Int]
    let chunk: [Int]
    /// The size of a chunk.
    let chunkByteCount: Int
    /// How many chunks there would be if all were there.
    let chunkCount: Int

    /// The first axis along which a chunk has more than one index. Chunks with the same index along it, and before it, make
    /// up a band: bytes without gaps.
    private let axis: Int
    /// The bytes of one index of `axis`, and of one index before it.
    private let rowByteCount: Int
    private let slabByteCount: Int
    /// The chunks of a band, and of one index before `axis`.
    let chunksPerBand: Int
    private let bandsPerSlab: Int
    /// The last axis that chunks divide: behind it they are as wide as the tensor.
    private let runAxis: Int
    private let counts: [Int]
    /// Bytes from one index to the next, in the tensor and in a chunk.
    private let strides: [Int]
    private let chunkStrides: [Int]

    /// Nil where sizes overflow, or extents are not positive.
    init?(shape: [Int], chunk: [Int], width: Int) {
        let rank = shape.count
        guard rank > 0, chunk.count == rank, !shape.contains(where: { $0 <= 0 }), !chunk.contains(where: { $0 <= 0 }),
            let shape = Self.scaled(shape, width), let chunk = Self.scaled(chunk, width),
            let strides = Self.strides(of: shape), let chunkStrides = Self.strides(of: chunk),
            case let (tensorBytes, overflows) = strides[0].multipliedReportingOverflow(by: shape[0]), !overflows,
            tensorBytes > 0
        else { return nil }
        let (chunkBytes, chunkOverflows) = chunkStrides[0].multipliedReportingOverflow(by: chunk[0])
        if chunkOverflows { return nil }
        counts = zip(shape, chunk).map { ($0 - 1) / $1 + 1 }
        guard let chunkCount = TensorType.elementCount(of: counts) else { return nil }
        axis = chunk.firstIndex { $0 > 1 } ?? rank - 1
        runAxis = shape.indices.last { shape[$0] != chunk[$0] } ?? 0
        self.shape = shape
        self.chunk = chunk
        self.strides = strides
        self.chunkStrides = chunkStrides
        self.chunkCount = chunkCount
        chunkByteCount = chunkBytes
        rowByteCount = strides[axis]
        slabByteCount = strides[axis] * shape[axis]
        chunksPerBand = counts[(axis + 1)...].reduce(1, *)
        bandsPerSlab = counts[axis]
    }

    private static func scaled(_ extents: [Int], _ width: Int) -> [Int]? {
        var extents = extents
        let (product, overflows) = extents[extents.count - 1].multipliedReportingOverflow(by: width)
        extents[extents.count - 1] = product
        return overflows ? nil : extents
    }

    private static func strides(of extents: [Int]) -> [Int]? {
        var strides = [Int](repeating: 1, count: extents.count)
        for axis in extents.indices.dropLast().reversed() {
            let (product, overflows) = strides[axis + 1].multipliedReportingOverflow(by: extents[axis + 1])
            if overflows { return nil }
            strides[axis] = product
        }
        return strides
    }

    /// The bytes that hold whole bands only, wherever a multiple of them begins.
    var granularity: Int {
        let (band, overflows) = rowByteCount.multipliedReportingOverflow(by: chunk[axis])
        if overflows || band >= slabByteCount { return slabByteCount }
        return shape[axis] % chunk[axis] == 0 || slabByteCount == strides[0] * shape[0] ? band : slabByteCount
    }

    /// The band that holds a byte.
    func band(at offset: Int) -> Int {
        offset / slabByteCount * bandsPerSlab + offset % slabByteCount / rowByteCount / chunk[axis]
    }

    /// The bytes of a band.
    func bytes(ofBand band: Int) -> Range<Int> {
        let start = band / bandsPerSlab * slabByteCount
        let first = band % bandsPerSlab * chunk[axis]
        let rows = min(chunk[axis], shape[axis] - first)
        return start + first * rowByteCount..<start + (first + rows) * rowByteCount
    }

    /// Bytes that lie together in a chunk and in the tensor.
    struct Run {
        var tensorOffset: Int
        var chunkOffset: Int
        var count: Int
    }

    /// Where a chunk lies.
    func box(of number: Int) -> Box {
        var origin = [Int](repeating: 0, count: shape.count)
        var rest = number
        for axis in shape.indices.reversed() {
            origin[axis] = rest % counts[axis] * chunk[axis]
            rest /= counts[axis]
        }
        let extent = shape.indices.map { min(chunk[$0], shape[$0] - origin[$0]) }
        let first = shape.indices.reduce(0) { $0 + origin[$1] * strides[$1] }
        let last = shape.indices.reduce(first) { $0 + (extent[$1] - 1) * strides[$1] }
        return Box(extent: extent, bytes: first..<last + 1)
    }

    struct Box {
        /// The part of the chunk that lies inside the tensor.
        let extent: [Int]
        /// From its first byte in the tensor to its last; others may lie between.
        let bytes: Range<Int>
    }

    /// Whether a chunk's bytes lie in the tensor as they do in it.
    func isOneRun(_ box: Box) -> Bool { box.bytes.count == chunkByteCount && box.extent == chunk }

    /// Calls `body` for each run of a chunk, in order.
    func forEachRun(in box: Box, _ body: (Run) -> Void) {
        let length = box.extent[runAxis] * strides[runAxis]
        var index = [Int](repeating: 0, count: runAxis)
        var run = Run(tensorOffset: box.bytes.lowerBound, chunkOffset: 0, count: length)
        while true {
            body(run)
            var axis = runAxis - 1
            while axis >= 0 {
                index[axis] += 1
                run.tensorOffset += strides[axis]
                run.chunkOffset += chunkStrides[axis]
                if index[axis] < box.extent[axis] { break }
                run.tensorOffset -= index[axis] * strides[axis]
                run.chunkOffset -= index[axis] * chunkStrides[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}

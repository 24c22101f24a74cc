import Tensors

/// Reads a tensor that is put together, along one dimension, of stretches of other tensors.
///
/// All agree in the other dimensions: seen as `[outer, extent, inner]`, row by row of `outer` the stretches follow each other.
/// That is a slice of one tensor as well as the tensor that slices came from.
final class SliceReader: TensorReader {
    /// A stretch of a tensor.
    struct Segment {
        /// The tensor's data.
        let base: any TensorReader
        /// The tensor's extent along the dimension.
        let extent: Int
        /// Which of its indices.
        let range: Range<Int>
    }

    private struct Piece {
        let segment: Segment
        /// Where it begins in a row of the result, in bytes.
        let begin: Int
        let count: Int
        /// Where it begins in a row of its tensor, and the length of that row, in bytes.
        let sourceBegin: Int
        let sourceRow: Int
    }

    let granularity: Int
    let isSequential: Bool
    private let pieces: [Piece]
    private let rowSize: Int

    /// Runs shorter than this are read together with what lies between them, unless that is much more.
    private static let shortRun = 64 << 10
    private static let largestGapRatio = 16
    private static let scratchSize = 2 << 20

    /// - Parameters:
    ///   - innerSize: the bytes of one index along the dimension.
    ///   - width: the bytes that belong together: those of an element.
    init(_ segments: [Segment], innerSize: Int, width: Int) {
        var pieces: [Piece] = []
        var begin = 0
        for segment in segments where !segment.range.isEmpty {
            let count = segment.range.count * innerSize
            pieces.append(
                Piece(
                    segment: segment, begin: begin, count: count, sourceBegin: segment.range.lowerBound * innerSize,
                    sourceRow: segment.extent * innerSize))
            begin += count
        }
        self.pieces = pieces
        rowSize = begin
        granularity = width
        isSequential = segments.contains { $0.base.isSequential }
    }

    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        guard !target.isEmpty else { return }
        let end = offset + target.count
        let rows = offset / rowSize..<(end - 1) / rowSize + 1
        // Only pieces that the range meets: a row may be longer than it, and made of many pieces.
        let first = rows.count == 1 ? index(ofPieceAt: offset - rows.lowerBound * rowSize) : 0
        for piece in pieces[first...] {
            if rows.count == 1, rows.lowerBound * rowSize + piece.begin >= end { break }
            if piece.count < Self.shortRun, piece.sourceRow <= piece.count * Self.largestGapRatio, rows.count > 1 {
                try readTogether(piece, rows: rows, range: offset..<end, into: target)
            } else {
                try readEach(piece, rows: rows, range: offset..<end, into: target)
            }
        }
    }

    private func index(ofPieceAt place: Int) -> Int {
        var (low, high) = (0, pieces.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if pieces[middle].begin <= place { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// What of a piece in a row lies in `range`, in bytes of the result.
    private func overlap(_ piece: Piece, row: Int, _ range: Range<Int>) -> Range<Int> {
        let begin = row * rowSize + piece.begin
        return (begin..<begin + piece.count).clamped(to: range)
    }

    private func readEach(
        _ piece: Piece, rows: Range<Int>, range: Range<Int>, into target: UnsafeMutableRawBufferPointer
    ) throws {
        for row in rows {
            let wanted = overlap(piece, row: row, range)
            guard !wanted.isEmpty else { continue }
            let place = row * piece.sourceRow + piece.sourceBegin + wanted.lowerBound - (row * rowSize + piece.begin)
            let part = wanted.lowerBound - range.lowerBound..<wanted.upperBound - range.lowerBound
            try piece.segment.base.read(at: place, into: UnsafeMutableRawBufferPointer(rebasing: target[part]))
        }
    }

    private func readTogether(
        _ piece: Piece, rows: Range<Int>, range: Range<Int>, into target: UnsafeMutableRawBufferPointer
    ) throws {
        let step = max(1, Self.scratchSize / piece.sourceRow)
        let largest = (min(step, rows.count) - 1) * piece.sourceRow + piece.count
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: largest, alignment: 64)
        defer { scratch.deallocate() }
        var row = rows.lowerBound
        while row < rows.upperBound {
            let end = min(row + step, rows.upperBound)
            let span = (end - row - 1) * piece.sourceRow + piece.count
            let buffer = UnsafeMutableRawBufferPointer(rebasing: scratch[..<span])
            try piece.segment.base.read(at: row * piece.sourceRow + piece.sourceBegin, into: buffer)
            for current in row..<end {
                let wanted = overlap(piece, row: current, range)
                guard !wanted.isEmpty else { continue }
                let place =
                    (current - row) * piece.sourceRow + wanted.lowerBound - (current * rowSize + piece.begin)
                let part = wanted.lowerBound - range.lowerBound..<wanted.upperBound - range.lowerBound
                UnsafeMutableRawBufferPointer(rebasing: target[part])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[place..<place + wanted.count]))
            }
            row = end
        }
    }
}

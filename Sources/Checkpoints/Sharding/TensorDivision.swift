import Tensors

/// How one tensor is divided over the ranks of a tensor-parallel run, in terms that can be undone.
///
/// Along `dimension` the tensor is a row of parts. Each part, the last one with `padding` more indices that repeat the
/// tensor's last one, is cut into `ranks / copies` pieces of one size; rank `r` has piece `r / copies` of each part, one after
/// the other.
struct TensorDivision: Sendable, Hashable {
    struct Part: Sendable, Hashable {
        /// Its extent along the dimension.
        let extent: Int
        /// How many ranks in a row have the same piece.
        let copies: Int
    }

    /// What the division is for; it only informs.
    let style: TensorParallelStyle
    /// Nil: every rank has all of the tensor.
    let dimension: Int?
    let parts: [Part]
    let padding: Int

    static let replicated = TensorDivision(style: .replicated, dimension: nil, parts: [], padding: 0)

    private func extent(ofPart part: Int) -> Int { parts[part].extent + (part == parts.count - 1 ? padding : 0) }

    /// The extent of one piece of a part.
    func pieceExtent(ofPart part: Int, ranks: Int) -> Int { extent(ofPart: part) / (ranks / parts[part].copies) }

    /// Whether it divides a tensor of this shape evenly.
    func fits(_ shape: [Int], ranks: Int) -> Bool {
        guard let dimension else { return parts.isEmpty && padding == 0 }
        guard shape.indices.contains(dimension), !parts.isEmpty, padding >= 0, padding <= 1 << 40 else { return false }
        var sum = 0
        for (index, part) in parts.enumerated() {
            let (next, overflows) = sum.addingReportingOverflow(part.extent)
            guard part.extent > 0, part.copies > 0, !overflows, ranks % part.copies == 0,
                part.extent <= 1 << 48, extent(ofPart: index) % (ranks / part.copies) == 0
            else { return false }
            sum = next
        }
        return sum == shape[dimension]
    }

    /// The shape that each rank has.
    func shape(of original: [Int], ranks: Int) -> [Int] {
        guard let dimension else { return original }
        var shape = original
        shape[dimension] = parts.indices.reduce(0) { $0 + pieceExtent(ofPart: $1, ranks: ranks) }
        return shape
    }

    /// Which indices of the padded tensor a rank has, in order.
    func ranges(rank: Int, ranks: Int) -> [Range<Int>] {
        var begin = 0
        return parts.indices.map { index in
            let piece = pieceExtent(ofPart: index, ranks: ranks)
            let start = begin + rank / parts[index].copies * piece
            begin += extent(ofPart: index)
            return start..<start + piece
        }
    }
}

/// The bytes of one index along a dimension, and of what belongs together.
struct SliceGeometry {
    let innerSize: Int
    let width: Int

    /// Nil where elements share bytes across the cuts, or sizes overflow.
    init?(_ type: TensorType, shape: [Int], dimension: Int) {
        guard shape.indices.contains(dimension),
            let innerSize = type.byteCount(of: Array(shape[(dimension + 1)...])), innerSize > 0
        else { return nil }
        self.innerSize = innerSize
        width = type.byteWidth ?? 1
    }
}

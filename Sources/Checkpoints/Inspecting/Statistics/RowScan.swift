import Tensors

/// Finds rows of zeros and rows of one bit pattern in blocks of a tensor that come in order or not.
struct RowScan {
    /// A stretch of equal elements that is no whole row.
    private struct Piece {
        let row: Int
        let count: Int
        let pattern: UInt64
    }

    /// Elements of a row.
    private let length: Int
    private let width: Int
    private let signMask: UInt64
    private var zero = 0
    private var constant = 0
    private var pieces: [Piece] = []

    /// Nil where there is nothing to find: rows of one element, a single dimension, elements that are no numbers.
    init?(_ tensor: StoredTensor) {
        guard tensor.shape.count >= 2, let width = tensor.type.byteWidth, width <= 8, let rows = tensor.shape.first,
            rows > 0, tensor.elementCount / rows >= 2
        else { return nil }
        length = tensor.elementCount / rows
        self.width = width
        // An integer's highest bit is no sign that zero may have.
        signMask = tensor.type.isFloatingPoint ? ~(1 << UInt64(width * 8 - 1)) : ~0
    }

    /// Looks at the elements of `block`, which begin at element `first` of the tensor.
    mutating func add(_ block: UnsafeRawBufferPointer, first: Int) {
        let count = block.count / width
        var position = 0
        while position < count {
            let row = (first + position) / length
            let end = min(count, (row + 1) * length - first)
            let piece = UnsafeRawBufferPointer(rebasing: block[position * width..<end * width])
            if isUniform(piece) { add(row: row, count: end - position, pattern: pattern(piece)) }
            position = end
        }
    }

    private mutating func add(row: Int, count: Int, pattern: UInt64) {
        guard count < length else {
            self.count(pattern)
            return
        }
        // Blocks in order make one piece of what follows each other.
        if let last = pieces.last, last.row == row, last.pattern == pattern {
            pieces[pieces.count - 1] = Piece(row: row, count: last.count + count, pattern: pattern)
        } else {
            pieces.append(Piece(row: row, count: count, pattern: pattern))
        }
    }

    private mutating func count(_ pattern: UInt64) {
        constant += 1
        if pattern & signMask == 0 { zero += 1 }
    }

    private func pattern(_ piece: UnsafeRawBufferPointer) -> UInt64 {
        switch width {
        case 1: UInt64(piece[0])
        case 2: UInt64(piece.loadUnaligned(as: UInt16.self))
        case 4: UInt64(piece.loadUnaligned(as: UInt32.self))
        default: piece.loadUnaligned(as: UInt64.self)
        }
    }

    /// Whether all elements have the bits of the first; mostly the second already tells.
    private func isUniform(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard piece.count > width else { return true }
        for place in 0..<width where piece[place] != piece[place + width] { return false }
        return UnsafeRawBufferPointer(rebasing: piece[width...])
            .isSame(as: UnsafeRawBufferPointer(rebasing: piece[..<(piece.count - width)]))
    }

    /// Takes over what another scan of the same tensor found elsewhere.
    mutating func merge(_ other: RowScan) {
        zero += other.zero
        constant += other.constant
        pieces += other.pieces
    }

    /// The rows, when all blocks were seen.
    func rows(of tensor: StoredTensor) -> TensorStatistics.Rows {
        var joined: [Int: (count: Int, pattern: UInt64)] = [:]
        for piece in pieces {
            guard let known = joined[piece.row] else {
                joined[piece.row] = (piece.count, piece.pattern)
                continue
            }
            if known.pattern == piece.pattern { joined[piece.row] = (known.count + piece.count, piece.pattern) }
        }
        var whole = self
        for piece in joined.values where piece.count == length { whole.count(piece.pattern) }
        return TensorStatistics.Rows(
            count: tensor.elementCount / length, zero: whole.zero, constant: whole.constant)
    }
}

import Files
import Synchronization

/// A file that a zip archive gets.
struct ZipMember {
    let name: String
    /// What comes before the data of the tensor, or all of it.
    let preamble: [UInt8]
    /// The tensor whose data follows, and how much that is.
    var tensor: (index: Int, byteCount: Int)?
}

/// Writes zip archives of stored members, each of which begins at a multiple of 64 bytes.
///
/// Pieces go straight to their places, whatever their order; their checksums are joined on commit. The bytes depend on
/// nothing but the members: there are no times in it.
final class ZipSink: CheckpointSink {
    private struct Piece {
        let offset: Int
        let count: Int
        let crc: UInt32
    }

    private let output: PlacedOutput
    private let layout: ZipLayout
    private let members: [ZipMember]
    private let offsets: [Int]
    private let isSynchronized: Bool
    private let pieces: Mutex<[[Piece]]>

    /// - Parameter tensorCount: how many tensors the members hold.
    init(_ destination: String, members: [ZipMember], tensorCount: Int, options: WritingOptions) throws {
        layout = try ZipLayout(members, path: destination)
        output = try PlacedOutput(destination: destination, size: layout.fileSize, overwrite: options.overwrite)
        self.members = members
        isSynchronized = options.isSynchronized
        var offsets = [Int](repeating: 0, count: tensorCount)
        for (index, member) in members.enumerated() {
            if let tensor = member.tensor { offsets[tensor.index] = layout.dataOffsets[index] + member.preamble.count }
        }
        self.offsets = offsets
        pieces = Mutex([[Piece]](repeating: [], count: tensorCount))
    }

    func granularity(of tensor: Int) -> Int { 1 }

    func write(_ bytes: UnsafeRawBufferPointer, tensor: Int, at offset: Int, turn: Int) throws {
        let crc = CRC32.extend(0, bytes)
        try output.write(bytes, at: offsets[tensor] + offset)
        pieces.withLock { $0[tensor].append(Piece(offset: offset, count: bytes.count, crc: crc)) }
    }

    func cancel() {}

    func commit() throws {
        let pieces = pieces.withLock { $0 }
        var checksums: [UInt32] = []
        checksums.reserveCapacity(members.count)
        for (index, member) in members.enumerated() {
            var crc = CRC32.extend(0, member.preamble)
            if let tensor = member.tensor {
                var end = 0
                for piece in pieces[tensor.index].sorted(by: { ($0.offset, $0.count) < ($1.offset, $1.count) }) {
                    guard piece.offset == end else { break }
                    crc = CRC32.join(crc, piece.crc, secondCount: piece.count)
                    end += piece.count
                }
                guard end == tensor.byteCount else {
                    throw CheckpointError(
                        .wrongSize, path: output.destination, tensor: member.name,
                        "got data up to byte \(end) of \(tensor.byteCount)")
                }
            }
            checksums.append(crc)
            try output.write(
                layout.localHeader(of: index, crc: crc) + member.preamble, at: layout.headerOffsets[index])
        }
        try output.write(layout.directory(checksums), at: layout.directoryOffset)
        try output.commit(synchronizing: isSynchronized)
    }
}

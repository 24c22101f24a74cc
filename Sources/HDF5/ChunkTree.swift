import CHDF5

/// Reads the index of a dataset's chunks in one pass.
///
/// libhdf5 1.10 tells the place of one chunk at a time, and goes through all of them for each. This reads the B-tree that
/// files of HDF5 1.8 have (and of all later versions by default), as the "HDF5 File Format Specification" describes it:
/// III.A.1 for its nodes, IV.A.1 for the headers of objects, IV.A.2.i for the message that tells where it begins.
struct ChunkTree {
    private static let layoutMessage: UInt64 = 8
    private static let continuationMessage: UInt64 = 16
    private static let mostBlocks = 4096
    private static let largestBlock = 16 << 20

    private let map: FileMap

    init(_ map: FileMap) {
        self.map = map
    }

    /// The chunks in the order of the tree; nil where the index is of another kind.
    ///
    /// - Parameter layout: the dataset's layout message.
    func chunks(layout: [UInt8], rank: Int) throws(HDF5Error) -> [HDF5StoredChunk]? {
        // Version 3: the class, the rank and one, the address, the extents.
        guard layout.count >= 11, layout[0] == 3, layout[1] == 2, Int(layout[2]) == rank + 1,
            let root = layout.number(at: 3, width: 8)
        else { return nil }
        if root == UInt64.max { return [] }
        var chunks: [HDF5StoredChunk] = []
        var visited = Set<UInt64>()
        try visit(root, level: nil, rank: rank, visited: &visited, into: &chunks)
        return chunks
    }

    private func visit(
        _ address: UInt64, level expected: Int?, rank: Int, visited: inout Set<UInt64>,
        into chunks: inout [HDF5StoredChunk]
    ) throws(HDF5Error) {
        guard visited.insert(address).inserted else { throw map.corrupt("its index of chunks has a cycle") }
        let header = try map.bytes(at: address, count: 24)
        let level = Int(header[5])
        guard header.starts(with: "TREE".utf8), header[4] == 1, expected == nil || expected == level, level < 64,
            let entries = header.number(at: 6, width: 2).map({ Int($0) })
        else { throw map.corrupt("its index of chunks is damaged at byte \(address)") }
        let keySize = 8 + 8 * (rank + 1)
        let body = try map.bytes(at: address &+ 24, count: entries * (keySize + 8))
        for entry in 0..<entries {
            let key = entry * (keySize + 8)
            guard let child = body.number(at: key + keySize, width: 8) else { break }
            if level > 0 {
                try visit(child, level: level - 1, rank: rank, visited: &visited, into: &chunks)
                continue
            }
            guard let size = body.number(at: key, width: 4), let mask = body.number(at: key + 4, width: 4) else {
                break
            }
            let origin = (0..<rank).map { Int(clamping: body.number(at: key + 8 + 8 * $0, width: 8) ?? 0) }
            let (offset, overflows) = Int(clamping: child).addingReportingOverflow(map.base)
            if overflows { throw map.corrupt("a chunk lies outside the file") }
            chunks.append(
                HDF5StoredChunk(
                    origin: origin, offset: offset, byteCount: Int(size), skippedFilters: UInt32(mask)))
        }
    }

    /// The message of a dataset's header that tells where its data lie.
    func layoutMessage(at address: UInt64) throws(HDF5Error) -> [UInt8]? {
        let start = try map.bytes(at: address, count: 16)
        if start.starts(with: "OHDR".utf8) { return try layoutInNewHeader(at: address) }
        guard start[0] == 1, let size = start.number(at: 8, width: 4) else { return nil }
        return try search(from: address &+ 16, size: Int(size)) { block in
            Self.messages(of: block, headerSize: 8) { (type: $0.number(at: $1, width: 2), size: 2) }
        }
    }

    private func layoutInNewHeader(at address: UInt64) throws(HDF5Error) -> [UInt8]? {
        let start = try map.bytes(at: address, count: 6)
        let flags = start[5]
        let sizeWidth = 1 << Int(flags & 3)
        let sizeOffset = 6 + (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
        guard
            let size = try map.bytes(at: address &+ UInt64(sizeOffset), count: sizeWidth).number(
                at: 0, width: sizeWidth)
        else { return nil }
        let headerSize = flags & 4 != 0 ? 6 : 4
        return try search(
            from: address &+ UInt64(sizeOffset + sizeWidth), size: Int(clamping: size), continuationMark: "OCHK"
        ) { block in
            Self.messages(of: block, headerSize: headerSize) { (type: $0.number(at: $1, width: 1), size: 1) }
        }
    }

    private typealias Message = (type: UInt64, data: [UInt8])

    private static func messages(
        of block: [UInt8], headerSize: Int, type: ([UInt8], Int) -> (type: UInt64?, size: Int)
    ) -> [Message] {
        var messages: [Message] = []
        var position = 0
        while position + headerSize <= block.count {
            let (kind, width) = type(block, position)
            guard let kind, let size = block.number(at: position + width, width: 2).map({ Int($0) }),
                size <= block.count - position - headerSize
            else { break }
            let start = position + headerSize
            messages.append((kind, Array(block[start..<start + size])))
            position = start + size
        }
        return messages
    }

    /// Goes through a header's blocks, the first of which begins there, to the layout message.
    private func search(
        from address: UInt64, size: Int, continuationMark: String? = nil, _ messages: ([UInt8]) -> [Message]
    ) throws(HDF5Error) -> [UInt8]? {
        var blocks = [(address: address, size: size)]
        var next = 0
        while next < blocks.count {
            let block = blocks[next]
            guard next < Self.mostBlocks, block.size <= Self.largestBlock else {
                throw map.corrupt("its header is too large")
            }
            for message in messages(try map.bytes(at: block.address, count: block.size)) {
                if message.type == Self.layoutMessage { return message.data }
                if message.type == Self.continuationMessage, let address = message.data.number(at: 0, width: 8),
                    let size = message.data.number(at: 8, width: 8).map({ Int(clamping: $0) })
                {
                    // Continuations of the new kind begin with a mark and end with a checksum.
                    let mark = continuationMark == nil ? 0 : 4
                    blocks.append((address &+ UInt64(mark), max(0, size - 2 * mark)))
                }
            }
            next += 1
        }
        return nil
    }
}

import CHDF5

/// Reads the index of chunks that files of HDF5 1.10 have for datasets of fixed extent: a "fixed array" (HDF5 File Format
/// Specification, version 3.0, VII.C for its blocks, IV.A.2.i for the message that tells where it begins).
struct ChunkArray {
    private static let mostChunks = 1 << 26

    private let map: FileMap
    private let chunk: [Int]
    private let counts: [Int]

    /// - Parameters:
    ///   - shape: the extents of the dataset.
    ///   - chunk: those of a chunk, positive.
    init(_ map: FileMap, shape: [Int], chunk: [Int]) {
        self.map = map
        self.chunk = chunk
        counts = zip(shape, chunk).map { $0 == 0 ? 0 : ($0 - 1) / $1 + 1 }
    }

    /// The chunks in order; nil where the index is of another kind.
    ///
    /// - Parameter layout: the dataset's layout message.
    func chunks(layout: [UInt8]) throws(HDF5Error) -> [HDF5StoredChunk]? {
        // Version 4: class, flags, the rank and one, the width of extents, the extents, the kind of index, what it was made
        // with, the address.
        guard layout.count >= 5, layout[0] == 4, layout[1] == 2, Int(layout[3]) == chunk.count + 1 else { return nil }
        let extents = 5 + Int(layout[3]) * Int(layout[4])
        guard layout.count >= extents + 10, layout[extents] == 3,
            let elementSize = layout.number(at: extents - Int(layout[4]), width: Int(layout[4])),
            let address = layout.number(at: extents + 2, width: 8)
        else { return nil }
        if address == UInt64.max { return [] }
        let header = try map.bytes(at: address, count: 28)
        guard header.starts(with: "FAHD".utf8), header[4] == 0, header[5] <= 1, header[7] < 32,
            let total = header.number(at: 8, width: 8).flatMap({ Int(exactly: $0) }), total <= Self.mostChunks,
            let block = header.number(at: 16, width: 8)
        else { throw map.corrupt("its index of chunks is damaged at byte \(address)") }
        if block == UInt64.max { return [] }
        let isFiltered = header[5] == 1
        let width = Int(header[6])
        guard isFiltered ? (13...20).contains(width) : width == 8 else {
            throw map.corrupt("its index of chunks is damaged at byte \(address)")
        }
        let size = chunk.reduce(Int(clamping: elementSize)) { $0.multipliedReportingOverflow(by: $1).partialValue }
        let perPage = 1 << Int(header[7])
        let isPaged = total > perPage
        let pages = isPaged ? (total - 1) / perPage + 1 : 1
        let prefix = 14 + (isPaged ? (pages + 7) / 8 : 0)
        let head = try map.bytes(at: block, count: prefix)
        guard head.starts(with: "FADB".utf8) else {
            throw map.corrupt("its index of chunks is damaged at byte \(block)")
        }
        var position = block &+ UInt64(prefix) &+ (isPaged ? 4 : 0)
        var chunks: [HDF5StoredChunk] = []
        for page in 0..<pages {
            let first = page * perPage
            let count = isPaged ? min(perPage, total - first) : total
            // A page that was never written holds no chunk; bits count from the highest.
            if !isPaged || head[14 + page / 8] & 0x80 >> UInt8(page % 8) != 0 {
                let entries = try map.bytes(at: position, count: count * width)
                try add(entries, from: first, width: width, isFiltered: isFiltered, size: size, to: &chunks)
            }
            position = position &+ UInt64(count * width) &+ 4
        }
        return chunks
    }

    private func add(
        _ entries: [UInt8], from first: Int, width: Int, isFiltered: Bool, size: Int, to chunks: inout [HDF5StoredChunk]
    ) throws(HDF5Error) {
        for entry in 0..<entries.count / width {
            guard let address = entries.number(at: entry * width, width: 8), address != UInt64.max else { continue }
            var (byteCount, mask) = (UInt64(size), UInt64(0))
            if isFiltered {
                byteCount = entries.number(at: entry * width + 8, width: width - 12) ?? 0
                mask = entries.number(at: entry * width + width - 4, width: 4) ?? 0
            }
            let (offset, overflows) = Int(clamping: address).addingReportingOverflow(map.base)
            if overflows { throw map.corrupt("a chunk lies outside the file") }
            chunks.append(
                HDF5StoredChunk(
                    origin: origin(of: first + entry), offset: offset, byteCount: Int(clamping: byteCount),
                    skippedFilters: UInt32(mask)))
        }
    }

    private func origin(of number: Int) -> [Int] {
        var origin = [Int](repeating: 0, count: counts.count)
        var rest = number
        for axis in counts.indices.reversed() where counts[axis] > 0 {
            origin[axis] = rest % counts[axis] * chunk[axis]
            rest /= counts[axis]
        }
        return origin
    }
}

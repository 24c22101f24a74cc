/// Where everything goes in a zip archive of stored members.
struct ZipLayout {
    /// Where each member's local header begins.
    let headerOffsets: [Int]
    /// Where each member's content begins: multiples of 64.
    let dataOffsets: [Int]
    let directoryOffset: Int
    let fileSize: Int

    private let names: [[UInt8]]
    private let sizes: [Int]
    private let paddings: [Int]

    private static let alignment = 64
    private static let sentinel = 0xFFFF_FFFF
    /// The extra field that zipalign fills up with: its alignment, then zeros.
    private static let paddingID = 0xD935
    /// 1980-01-01 at midnight: the beginning of time in zip archives.
    private static let date = 0x0021

    /// - Throws: `invalidRequest` for a name that the format cannot hold, `limitExceeded` for sizes that overflow.
    init(_ members: [ZipMember], path: String) throws(CheckpointError) {
        var (headerOffsets, dataOffsets, sizes, paddings): ([Int], [Int], [Int], [Int]) = ([], [], [], [])
        var end = 0
        func add(_ count: Int) throws(CheckpointError) {
            let (sum, overflows) = end.addingReportingOverflow(count)
            guard !overflows, sum < Int.max >> 1 else {
                throw CheckpointError(.limitExceeded, path: path, "the size of the archive overflows; shard it")
            }
            end = sum
        }
        names = members.map { Array($0.name.utf8) }
        for (member, name) in zip(members, names) {
            guard name.count <= 0xFFFF, !name.contains(0) else {
                throw CheckpointError(
                    .invalidRequest, path: path, tensor: String(member.name.prefix(100)),
                    "a zip archive cannot hold a name with a zero byte or of more than 65,535 bytes; rename it")
            }
            let (size, overflows) = (member.tensor?.byteCount ?? 0).addingReportingOverflow(member.preamble.count)
            guard !overflows else {
                throw CheckpointError(.limitExceeded, path: path, tensor: member.name, "its size overflows")
            }
            headerOffsets.append(end)
            try add(30 + name.count + (size >= Self.sentinel ? 20 : 0) + 6)
            let padding = (Self.alignment - end % Self.alignment) % Self.alignment
            try add(padding)
            paddings.append(padding)
            dataOffsets.append(end)
            sizes.append(size)
            try add(size)
        }
        directoryOffset = end
        self.headerOffsets = headerOffsets
        self.dataOffsets = dataOffsets
        self.sizes = sizes
        self.paddings = paddings
        var directorySize = 0
        for index in names.indices {
            directorySize += 46 + names[index].count + Self.zip64Extra(sizes[index], headerOffsets[index]).count
        }
        try add(directorySize)
        try add(Self.endRecord(count: names.count, size: directorySize, offset: directoryOffset).count)
        fileSize = end
    }

    func localHeader(of index: Int, crc: UInt32) -> [UInt8] {
        let isLong = sizes[index] >= Self.sentinel
        var bytes: [UInt8] = [0x50, 0x4B, 3, 4]
        appendVersionToSizes(of: index, crc: crc, isLong: isLong, to: &bytes)
        bytes.appendLittleEndian(names[index].count, width: 2)
        bytes.appendLittleEndian((isLong ? 20 : 0) + 6 + paddings[index], width: 2)
        bytes += names[index]
        if isLong {
            bytes.appendLittleEndian(1, width: 2)
            bytes.appendLittleEndian(16, width: 2)
            bytes.appendLittleEndian(sizes[index], width: 8)
            bytes.appendLittleEndian(sizes[index], width: 8)
        }
        bytes.appendLittleEndian(Self.paddingID, width: 2)
        bytes.appendLittleEndian(2 + paddings[index], width: 2)
        bytes.appendLittleEndian(Self.alignment, width: 2)
        bytes += [UInt8](repeating: 0, count: paddings[index])
        return bytes
    }

    /// What the two kinds of headers have in common.
    private func appendVersionToSizes(of index: Int, crc: UInt32, isLong: Bool, to bytes: inout [UInt8]) {
        bytes.appendLittleEndian(isLong ? 45 : 20, width: 2)
        // As Python does: the mark for UTF-8 only where it makes a difference.
        bytes.appendLittleEndian(names[index].contains { $0 >= 0x80 } ? 0x800 : 0, width: 2)
        bytes.appendLittleEndian(0, width: 2)
        bytes.appendLittleEndian(0, width: 2)
        bytes.appendLittleEndian(Self.date, width: 2)
        bytes.appendLittleEndian(Int(crc), width: 4)
        let size = isLong ? Self.sentinel : sizes[index]
        bytes.appendLittleEndian(size, width: 4)
        bytes.appendLittleEndian(size, width: 4)
    }

    /// The directory and the end record.
    func directory(_ checksums: [UInt32]) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in names.indices {
            let (size, offset) = (sizes[index], headerOffsets[index])
            let extra = Self.zip64Extra(size, offset)
            bytes += [0x50, 0x4B, 1, 2]
            // Made under Unix, by the rules of version 4.5.
            bytes.appendLittleEndian(3 << 8 | 45, width: 2)
            appendVersionToSizes(of: index, crc: checksums[index], isLong: size >= Self.sentinel, to: &bytes)
            bytes.appendLittleEndian(names[index].count, width: 2)
            bytes.appendLittleEndian(extra.count, width: 2)
            bytes.appendLittleEndian(0, width: 2)
            bytes.appendLittleEndian(0, width: 2)
            bytes.appendLittleEndian(0, width: 2)
            // A regular file that its owner may read and write.
            bytes.appendLittleEndian(0o100600 << 16, width: 4)
            bytes.appendLittleEndian(min(offset, Self.sentinel), width: 4)
            bytes += names[index]
            bytes += extra
        }
        return bytes + Self.endRecord(count: names.count, size: bytes.count, offset: directoryOffset)
    }

    private static func zip64Extra(_ size: Int, _ offset: Int) -> [UInt8] {
        var values: [Int] = size >= sentinel ? [size, size] : []
        if offset >= sentinel { values.append(offset) }
        guard !values.isEmpty else { return [] }
        var bytes: [UInt8] = [1, 0]
        bytes.appendLittleEndian(8 * values.count, width: 2)
        for value in values { bytes.appendLittleEndian(value, width: 8) }
        return bytes
    }

    private static func endRecord(count: Int, size: Int, offset: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        if count >= 0xFFFF || size >= sentinel || offset >= sentinel {
            bytes += [0x50, 0x4B, 6, 6]
            bytes.appendLittleEndian(44, width: 8)
            bytes.appendLittleEndian(3 << 8 | 45, width: 2)
            bytes.appendLittleEndian(45, width: 2)
            bytes.appendLittleEndian(0, width: 8)
            for value in [count, count, size, offset] { bytes.appendLittleEndian(value, width: 8) }
            bytes += [0x50, 0x4B, 6, 7]
            bytes.appendLittleEndian(0, width: 4)
            bytes.appendLittleEndian(offset + size, width: 8)
            bytes.appendLittleEndian(1, width: 4)
        }
        bytes += [0x50, 0x4B, 5, 6]
        bytes.appendLittleEndian(0, width: 4)
        bytes.appendLittleEndian(min(count, 0xFFFF), width: 2)
        bytes.appendLittleEndian(min(count, 0xFFFF), width: 2)
        bytes.appendLittleEndian(min(size, sentinel), width: 4)
        bytes.appendLittleEndian(min(offset, sentinel), width: 4)
        bytes.appendLittleEndian(0, width: 2)
        return bytes
    }
}

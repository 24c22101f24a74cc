import TestFixtures

/// Builds zip archives, also such as nobody should read.
struct ZipBuilder {
    struct Item {
        var name: [UInt8]
        var content: [UInt8]
        var isDeflated = false
        var flags = 0x800
        /// What the headers say, where it is not the truth.
        var method: Int?
        var size: Int?
        var crc: Int?
        var offset: Int?
        var localName: [UInt8]?
        var localMethod: Int?
        var localSize: Int?
        var extra: [UInt8] = []

        init(_ name: String, _ content: [UInt8]) {
            self.name = Array(name.utf8)
            self.content = content
        }
    }

    var items: [Item]
    var prefix: [UInt8] = []
    var comment: [UInt8] = []
    var commentSize: Int?
    var count: Int?
    var disk = 0
    var directoryOffset: Int?

    init(_ items: [Item]) {
        self.items = items
    }

    init(_ contents: [(String, [UInt8])]) {
        items = contents.map { Item($0.0, $0.1) }
    }

    func bytes() -> [UInt8] {
        var bytes = prefix
        var directory: [UInt8] = []
        for item in items {
            // A gzip member is a header of 10 bytes, the raw stream, its CRC-32 and its size.
            let member = gzip(item.content)
            let data = item.isDeflated ? Array(member[10..<member.count - 8]) : item.content
            let crc =
                item.crc ?? member[(member.count - 8)..<(member.count - 4)].reversed().reduce(0) { $0 << 8 | Int($1) }
            let method = item.method ?? (item.isDeflated ? 8 : 0)
            let offset = item.offset ?? bytes.count
            let localName = item.localName ?? item.name
            bytes += [0x50, 0x4B, 3, 4] + little(20, 2) + little(item.flags, 2) + little(item.localMethod ?? method, 2)
            bytes += little(0x21_0000, 4) + little(crc, 4) + little(data.count, 4)
            bytes += little(item.localSize ?? item.size ?? item.content.count, 4)
            bytes += little(localName.count, 2) + little(0, 2) + localName + data
            directory += [0x50, 0x4B, 1, 2] + little(20, 2) + little(20, 2) + little(item.flags, 2) + little(method, 2)
            directory += little(0x21_0000, 4) + little(crc, 4) + little(data.count, 4)
            directory += little(item.size ?? item.content.count, 4) + little(item.name.count, 2)
            directory += little(item.extra.count, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4)
            directory += little(offset, 4) + item.name + item.extra
        }
        let start = directoryOffset ?? bytes.count
        bytes += directory + [0x50, 0x4B, 5, 6] + little(disk, 2) + little(disk, 2)
        bytes += little(count ?? items.count, 2) + little(count ?? items.count, 2) + little(directory.count, 4)
        return bytes + little(start, 4) + little(commentSize ?? comment.count, 2) + comment
    }
}

/// A little-endian integer.
func little(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

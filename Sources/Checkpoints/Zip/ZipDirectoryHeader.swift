import Files

/// One entry as the directory of a zip archive has it.
struct ZipDirectoryHeader {
    static let fixedSize = 46
    private static let localSize = 30
    /// Deflate makes at most 1032 bytes of one.
    private static let largestRatio = 1032

    let name: String
    let isDeflated: Bool
    let compressedSize: Int
    let size: Int
    let crc: UInt32
    let offset: Int
    private let rawName: [UInt8]
    private let flags: Int

    /// - Parameters:
    ///   - position: where the entry begins, and afterwards where the next one does.
    ///   - base: the place of the directory in the file, for messages.
    init(_ bytes: [UInt8], at position: inout Int, path: String, base: Int) throws(CheckpointError) {
        let start = position
        func fail(_ code: CheckpointError.Code, _ message: String) -> CheckpointError {
            CheckpointError(code, path: path, byte: base + start, message)
        }
        func field(_ at: Int, _ width: Int) -> Int { bytes.littleEndian(at: start + at, width: width) ?? 0 }
        guard start <= bytes.count - Self.fixedSize, bytes[start..<start + 4].elementsEqual([0x50, 0x4B, 1, 2]) else {
            throw fail(.malformed, "its directory is damaged: no entry begins here")
        }
        let (nameSize, extraSize, commentSize) = (field(28, 2), field(30, 2), field(32, 2))
        let nameStart = start + Self.fixedSize
        let extraStart = nameStart + nameSize
        position = extraStart + extraSize + commentSize
        guard position <= bytes.count else { throw fail(.malformed, "its directory ends inside an entry") }
        rawName = Array(bytes[nameStart..<extraStart])
        flags = field(8, 2)
        name = try Self.decode(rawName, isUTF8: flags & 0x800 != 0, fail)
        let name = name
        guard flags & 0x2041 == 0 else {
            throw fail(.unsupported, "its entry '\(name)' is encrypted; decrypt the archive first")
        }
        guard flags & 0x20 == 0 else { throw fail(.unsupported, "its entry '\(name)' is a patch") }
        switch field(10, 2) {
        case 0: isDeflated = false
        case 8: isDeflated = true
        case let method:
            throw fail(
                .unsupported,
                "its entry '\(name)' is compressed by method \(method); only stored and deflated ones are read")
        }
        crc = UInt32(truncatingIfNeeded: field(16, 4))
        var sizes = [field(24, 4), field(20, 4), field(42, 4)]
        var disk = field(34, 2)
        guard
            ZipExtra.resolve(
                Array(bytes[extraStart..<extraStart + extraSize]), sizes: &sizes, disk: &disk)
        else { throw fail(.malformed, "its entry '\(name)' has a damaged zip64 field or a second name") }
        guard disk == 0 else { throw fail(.unsupported, "its entry '\(name)' lies in another volume") }
        (size, compressedSize, offset) = (sizes[0], sizes[1], sizes[2])
        if isDeflated {
            guard size / Self.largestRatio <= compressedSize else {
                throw fail(
                    .malformed,
                    "its entry '\(name)' promises \(size) bytes of \(compressedSize), more than deflate makes")
            }
        } else {
            guard size == compressedSize else {
                throw fail(.malformed, "its stored entry '\(name)' has the two sizes \(size) and \(compressedSize)")
            }
        }
    }

    private static func decode(
        _ bytes: [UInt8], isUTF8: Bool, _ fail: (CheckpointError.Code, String) -> CheckpointError
    ) throws(CheckpointError) -> String {
        guard !bytes.contains(0) else { throw fail(.malformed, "the name of an entry has a zero byte") }
        if isUTF8 || bytes.allSatisfy({ $0 < 0x80 }) {
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw fail(.malformed, "the name of an entry is no UTF-8")
            }
            return name
        }
        return CodePage437.decode(bytes)
    }

    /// Where the data lies, by the local header, which has to say what the directory says.
    func dataRange(in file: RandomAccessFile, limit: Int) throws -> Range<Int> {
        func bad(_ message: String) -> CheckpointError {
            CheckpointError(.malformed, path: file.path, byte: offset, "its entry '\(name)' \(message)")
        }
        guard offset >= 0, offset <= limit - Self.localSize - rawName.count else {
            throw bad("begins outside the part of the file before the directory")
        }
        let bytes = try file.bytes(at: offset, count: Self.localSize + rawName.count)
        func field(_ at: Int, _ width: Int) -> Int { bytes.littleEndian(at: at, width: width) ?? 0 }
        guard bytes.count == Self.localSize + rawName.count, bytes.starts(with: [0x50, 0x4B, 3, 4]) else {
            throw bad("has no local header")
        }
        let extraSize = field(28, 2)
        let (start, overflows) = (offset + Self.localSize).addingReportingOverflow(rawName.count + extraSize)
        let (end, overflowsToo) = start.addingReportingOverflow(compressedSize)
        guard !overflows, !overflowsToo, end <= limit else {
            throw bad("has data that ends outside the part of the file before the directory")
        }
        guard field(26, 2) == rawName.count, bytes[Self.localSize...].elementsEqual(rawName),
            field(8, 2) == (isDeflated ? 8 : 0), field(6, 2) & 0x2869 == flags & 0x2869
        else { throw bad("has a local header with another name, method or kind than the directory") }
        // With bit 3 the sizes follow the data, and PyTorch leaves them out before it.
        if flags & 8 == 0 {
            var sizes = [field(22, 4), field(18, 4)]
            if sizes.contains(0xFFFF_FFFF) {
                let extra = try file.bytes(at: offset + Self.localSize + rawName.count, count: extraSize)
                var disk = 0
                guard extra.count == extraSize, ZipExtra.resolve(extra, sizes: &sizes, disk: &disk) else {
                    throw bad("has a damaged zip64 field in its local header")
                }
            }
            guard sizes == [size, compressedSize], field(14, 4) == Int(crc) else {
                throw bad("has a local header with another size or checksum than the directory")
            }
        }
        return start..<end
    }
}

/// The extra fields of a zip header.
enum ZipExtra {
    /// Puts the numbers of the zip64 field in the place of those that say 0xFFFFFFFF.
    ///
    /// - Parameter sizes: in the order of the field: size, compressed size, and in the directory the offset.
    /// - Returns: false where the field is damaged, occurs twice, or another one gives the entry a second name.
    static func resolve(_ extra: [UInt8], sizes: inout [Int], disk: inout Int) -> Bool {
        var position = 0
        var zip64: [UInt8]?
        while let id = extra.littleEndian(at: position, width: 2),
            let size = extra.littleEndian(at: position + 2, width: 2)
        {
            guard size <= extra.count - position - 4 else { break }
            if id == 1 {
                guard zip64 == nil else { return false }
                zip64 = Array(extra[position + 4..<position + 4 + size])
            }
            if id == 0x7075 { return false }
            position += 4 + size
        }
        guard let zip64 else { return !sizes.contains(0xFFFF_FFFF) }
        var place = 0
        for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
            guard let value = zip64.littleEndian(at: place, width: 8) else { return false }
            sizes[index] = value
            place += 8
        }
        if disk == 0xFFFF {
            guard let value = zip64.littleEndian(at: place, width: 4) else { return false }
            disk = value
        }
        return true
    }
}

/// The encoding of names that are not marked as UTF-8, as Python's zipfile has it.
enum CodePage437 {
    private static let upper = Array(
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}"
            .unicodeScalars)

    static func decode(_ bytes: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(byte < 0x80 ? Unicode.Scalar(byte) : upper[Int(byte) - 0x80]) }
        return String(text)
    }
}

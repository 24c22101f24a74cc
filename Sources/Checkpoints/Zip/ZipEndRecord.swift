import Files

/// The record at the end of a zip archive: where its directory lies.
struct ZipEndRecord {
    let directory: Range<Int>
    let entryCount: Int

    private static let size = 22
    private static let signature: [UInt8] = [0x50, 0x4B, 5, 6]
    private static let locatorSize = 20
    private static let zip64Size = 56

    /// - Throws: `malformed`, `wrongSize`, `unsupported`, `limitExceeded`, `FileError`.
    init(_ file: RandomAccessFile) throws {
        func bad(_ byte: Int, _ message: String) -> CheckpointError {
            CheckpointError(.malformed, path: file.path, byte: byte, message)
        }
        let windowStart = max(0, file.size - Self.size - 0xFFFF)
        let window = try file.bytes(at: windowStart, count: file.size - windowStart)
        let place = try Self.find(in: window, path: file.path)
        let offset = windowStart + place
        func field(_ at: Int, _ width: Int) -> Int { window.littleEndian(at: place + at, width: width) ?? 0 }
        var (disk, directoryDisk) = (field(4, 2), field(6, 2))
        var (countHere, count) = (field(8, 2), field(10, 2))
        var (size, start) = (field(12, 4), field(16, 4))
        var end = offset
        let locatorOffset = offset - Self.locatorSize
        let locator = locatorOffset >= 0 ? try file.bytes(at: locatorOffset, count: Self.locatorSize) : []
        if locator.starts(with: [0x50, 0x4B, 6, 7]) {
            guard let zip64Offset = locator.littleEndian(at: 8, width: 8), zip64Offset <= locatorOffset,
                zip64Offset == locatorOffset - Self.zip64Size, (locator.littleEndian(at: 16, width: 4) ?? 2) <= 1,
                locator.littleEndian(at: 4, width: 4) == 0
            else { throw bad(locatorOffset, "its zip64 locator does not point at the record before it") }
            let record = try file.bytes(at: zip64Offset, count: Self.zip64Size)
            guard record.starts(with: [0x50, 0x4B, 6, 6]), record.littleEndian(at: 4, width: 8) == 44,
                let disk64 = record.littleEndian(at: 16, width: 4),
                let directoryDisk64 = record.littleEndian(at: 20, width: 4),
                let countHere64 = record.littleEndian(at: 24, width: 8),
                let count64 = record.littleEndian(at: 32, width: 8),
                let size64 = record.littleEndian(at: 40, width: 8),
                let start64 = record.littleEndian(at: 48, width: 8)
            else { throw bad(zip64Offset, "its zip64 end record is damaged") }
            let agree =
                [(disk, disk64, 0xFFFF), (directoryDisk, directoryDisk64, 0xFFFF), (countHere, countHere64, 0xFFFF)]
                + [(count, count64, 0xFFFF), (size, size64, 0xFFFF_FFFF), (start, start64, 0xFFFF_FFFF)]
            guard agree.allSatisfy({ short, long, sentinel in short == long || short == sentinel }) else {
                throw bad(zip64Offset, "its two end records contradict each other")
            }
            (disk, directoryDisk, countHere, count) = (disk64, directoryDisk64, countHere64, count64)
            (size, start, end) = (size64, start64, zip64Offset)
        }
        guard disk == 0, directoryDisk == 0, countHere == count else {
            throw CheckpointError(
                .unsupported, path: file.path, byte: offset,
                "is one volume of several; join the archive first (zip -s 0)")
        }
        let (directoryEnd, overflows) = start.addingReportingOverflow(size)
        guard !overflows, directoryEnd == end else {
            throw bad(
                offset,
                "its directory (\(size) bytes from \(start) on) does not end where its end record begins, at \(end); "
                    + "the file is damaged, or something was put before the archive")
        }
        guard size <= ZipArchive.largestDirectory else {
            throw CheckpointError(
                .limitExceeded, path: file.path, byte: start, "has a directory of \(size) bytes, above the limit")
        }
        guard count <= size / ZipDirectoryHeader.fixedSize else {
            throw bad(offset, "claims \(count) entries, for which its directory of \(size) bytes is too small")
        }
        guard count <= ZipArchive.mostEntries else {
            throw CheckpointError(
                .limitExceeded, path: file.path, byte: offset,
                "has \(count) entries, above the limit of \(ZipArchive.mostEntries)")
        }
        directory = start..<directoryEnd
        entryCount = count
    }

    /// The place of the end record: the only one whose comment reaches exactly to the end of the file.
    private static func find(in window: [UInt8], path: String) throws(CheckpointError) -> Int {
        var place = window.count - size
        var last: Int?
        var found: Int?
        while place >= 0 {
            if window[place] == 0x50, window[place..<place + 4].elementsEqual(signature) {
                last = last ?? place
                if window.littleEndian(at: place + 20, width: 2) == window.count - place - size {
                    guard found == nil else {
                        throw CheckpointError(
                            .malformed, path: path, "has two end records; readers disagree which counts")
                    }
                    found = place
                }
            }
            place -= 1
        }
        guard let last else {
            throw CheckpointError(
                .wrongSize, path: path,
                "has no end record within its last \(window.count) bytes: it is truncated, or no zip archive; fetch it again"
            )
        }
        guard found == last else {
            throw CheckpointError(.malformed, path: path, "has bytes, or a second end record, behind its end record")
        }
        return last
    }
}

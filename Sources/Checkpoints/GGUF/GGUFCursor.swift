import Files

/// Reads the header of a GGUF file from front to back; never more of it at once than a window, or one string.
struct GGUFCursor {
    private static let windowSize = 1 << 18

    let file: RandomAccessFile
    private(set) var position = 0
    private var window: [UInt8] = []
    private var windowStart = 0

    init(_ file: RandomAccessFile) {
        self.file = file
    }

    var remaining: Int { file.size - position }

    /// The next bytes; the caller bounds `count`.
    private mutating func take(_ count: Int, _ what: String) throws -> ArraySlice<UInt8> {
        try require(count, what)
        if position < windowStart || position + count > windowStart + window.count {
            windowStart = position
            window = try file.bytes(at: position, count: min(max(count, Self.windowSize), remaining))
            guard window.count >= count else { throw ended(what) }
        }
        let start = position - windowStart
        position += count
        return window[start..<start + count]
    }

    private func ended(_ what: String) -> CheckpointError {
        CheckpointError(
            .wrongSize, path: file.path, byte: position,
            "is truncated: the file of \(file.size) bytes ends inside \(what); fetch it again")
    }

    /// Checks that so many bytes are still to come.
    func require(_ count: Int, _ what: String) throws(CheckpointError) {
        guard count >= 0, count <= remaining else { throw ended(what) }
    }

    /// A little-endian integer.
    mutating func integer<Number: FixedWidthInteger>(_: Number.Type, _ what: String) throws -> Number {
        try take(MemoryLayout<Number>.size, what).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    /// A length or a count: an unsigned integer of 64 bits.
    mutating func count(_ what: String) throws -> Int {
        let value = try integer(UInt64.self, what)
        guard let count = Int(exactly: value) else {
            throw CheckpointError(
                .malformed, path: file.path, byte: position - 8, "\(what) is \(value), beyond any file")
        }
        return count
    }

    /// A string of UTF-8 behind its length.
    mutating func string(limit: Int, _ what: String) throws -> String {
        let start = position
        let count = try count("the length of \(what)")
        guard count <= limit else {
            throw CheckpointError(
                .limitExceeded, path: file.path, byte: start, "\(what) takes \(count) bytes; \(limit) are the limit")
        }
        guard let text = String(validating: try take(count, what), as: UTF8.self) else {
            throw CheckpointError(.malformed, path: file.path, byte: start + 8, "\(what) is not UTF-8")
        }
        return text
    }

    /// Passes over bytes.
    mutating func skip(_ count: Int, _ what: String) throws {
        try require(count, what)
        position += count
    }
}

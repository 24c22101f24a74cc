import Glibc

/// Where the scanner stands in the buffer, and what it counts across buffers.
struct ScanState {
    /// The next byte to look at.
    var position = 0
    /// Where what must be kept for the next buffer starts: a record under way, or `position`.
    var keepFrom = 0
    /// Records found so far.
    var row = 0
    /// The line of `position`, from 1. In lines: of `keepFrom`.
    var line = 1

    /// The offset in the file of the buffer's first byte.
    var base = 0

    /// Moves to a buffer that begins with what was kept.
    mutating func dropKept() {
        base += keepFrom
        position -= keepFrom
        keepFrom = 0
    }

    /// A record under way must leave room for its own end below the limit.
    func checkLength(_ length: Int, limit: Int, line: Int) throws(RecordFailure) {
        guard length > limit else { return }
        throw RecordFailure(
            code: .recordTooLong, row: row + 1, line: line, position: keepFrom,
            message: "the record is longer than the limit of \(limit) bytes")
    }
}

/// One record a line.
struct LineScanner {
    let limit: Int

    func scan(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool, state: inout ScanState, records: inout [RecordBatch.Record]
    ) throws(RecordFailure) {
        guard let base = bytes.baseAddress else { return }
        while state.position < bytes.count {
            let found = memchr(base + state.position, 0x0A, bytes.count - state.position)
            guard let found else {
                state.position = bytes.count
                break
            }
            let end = UnsafeRawPointer(found) - base
            try finish(bytes, end, &state, &records)
            state.position = end + 1
            state.keepFrom = end + 1
            state.line += 1
        }
        if isLast {
            try finish(bytes, bytes.count, &state, &records)
            state.keepFrom = bytes.count
        }
        try state.checkLength(bytes.count - state.keepFrom, limit: limit, line: state.line)
    }

    /// Takes the line from `state.keepFrom` to `end` unless it is blank.
    private func finish(
        _ bytes: UnsafeRawBufferPointer, _ end: Int, _ state: inout ScanState, _ records: inout [RecordBatch.Record]
    ) throws(RecordFailure) {
        var range = state.keepFrom..<end
        while let last = range.last, isBlank(bytes[last]) { range = range.lowerBound..<last }
        while let first = range.first, isBlank(bytes[first]) { range = (first + 1)..<range.upperBound }
        guard !range.isEmpty else { return }
        try state.checkLength(range.count, limit: limit, line: state.line)
        state.row += 1
        records.append(
            RecordBatch.Record(
                range: range, row: state.row, line: state.line, byteOffset: state.base + range.lowerBound))
    }
}

/// Blank, tab, newline and carriage return.
func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}

import Glibc

/// Tells apart the elements of an outermost array, or values one after the other, without parsing them.
///
/// It follows strings, escapes and brackets only; what is inside a record is for the parser to judge. Its state lives
/// across buffers, so that a record may be cut anywhere.
struct ValueScanner {
    private enum Phase {
        /// Between values that follow each other.
        case between
        /// Before the outermost `[`.
        case beforeArray
        /// After `[`, after `,` and after an element.
        case elementOrEnd, element, separator
        /// After the outermost `]`.
        case afterArray
        /// Inside a record that is an object, array or string; inside one that is none of these.
        case container, scalar
    }

    private let limit: Int
    private let isArray: Bool
    private var phase: Phase
    private var recordLine = 1
    /// Where the string under way begins, as a distance from the start of its record; nil outside strings.
    private var stringStart: Int?
    private var depth = 0
    /// One bit for each open bracket: whether it is an object.
    private var objects = [UInt64](repeating: 0, count: (JSONParser.maximumDepth + 63) / 64)

    init(array: Bool, limit: Int) {
        self.limit = limit
        isArray = array
        phase = array ? .beforeArray : .between
    }

    mutating func scan(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool, state: inout ScanState, records: inout [RecordBatch.Record]
    ) throws(RecordFailure) {
        while state.position < bytes.count {
            switch phase {
            case .container:
                if try scanContainer(bytes, &state) { try finish(&state, &records) }
            case .scalar:
                if scanScalar(bytes, &state) { try finish(&state, &records) }
            default:
                let byte = bytes[state.position]
                if isBlank(byte) {
                    if byte == 0x0A { state.line += 1 }
                    state.position += 1
                } else {
                    try step(byte, &state)
                }
                if phase != .container, phase != .scalar { state.keepFrom = state.position }
            }
        }
        if isLast {
            try finishFile(&state, &records)
        } else if phase == .container || phase == .scalar {
            try state.checkLength(bytes.count - state.keepFrom, limit: limit, line: recordLine)
        }
    }

    /// A byte outside the records that is not blank.
    private mutating func step(_ byte: UInt8, _ state: inout ScanState) throws(RecordFailure) {
        switch (phase, byte) {
        case (.beforeArray, UInt8(ascii: "[")):
            phase = .elementOrEnd
        case (.beforeArray, _):
            throw failure(.unexpectedCharacter, state, "an array of rows was expected, that is '['")
        case (.elementOrEnd, UInt8(ascii: "]")), (.separator, UInt8(ascii: "]")):
            phase = .afterArray
        case (.separator, UInt8(ascii: ",")):
            phase = .element
        case (.afterArray, _):
            throw failure(.trailingData, state, "there is more after the end of the array")
        case (_, UInt8(ascii: "}")), (.between, UInt8(ascii: "]")):
            throw failure(.unbalanced, state, "unexpected '\(Character(Unicode.Scalar(byte)))': nothing is open")
        case (.separator, _):
            throw failure(.missingComma, state, "',' or ']' is missing after row \(state.row)")
        case (_, UInt8(ascii: ",")), (_, UInt8(ascii: ":")), (_, UInt8(ascii: "]")):
            throw failure(
                .unexpectedCharacter, state, "unexpected '\(Character(Unicode.Scalar(byte)))' where a row should begin")
        default:
            recordLine = state.line
            state.keepFrom = state.position
            depth = 0
            let isContainer =
                byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "\"")
            phase = isContainer ? .container : .scalar
            return
        }
        state.position += 1
    }

    /// Goes on in an object, array or string; true when it is complete.
    private mutating func scanContainer(
        _ bytes: UnsafeRawBufferPointer, _ state: inout ScanState
    ) throws(RecordFailure) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        var position = state.position
        defer { state.position = position }
        while position < bytes.count {
            if let stringStart {
                guard let found = memchr(base + position, 0x22, bytes.count - position) else {
                    position = bytes.count
                    return false
                }
                let quote = UnsafeRawPointer(found) - base
                position = quote + 1
                // An odd run of backslashes before a quote escapes it. The run ends at the string's own quote.
                let first = state.keepFrom + stringStart
                var backslash = quote - 1
                while backslash > first, bytes[backslash] == UInt8(ascii: "\\") { backslash -= 1 }
                if (quote - 1 - backslash) & 1 == 0 {
                    self.stringStart = nil
                    if depth == 0 { return true }
                }
                continue
            }
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                stringStart = position - state.keepFrom
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth < JSONParser.maximumDepth else {
                    state.position = position
                    throw failure(
                        .tooDeep, state, "arrays and objects are nested more than \(JSONParser.maximumDepth) deep")
                }
                let bit = UInt64(1) << UInt64(depth & 63)
                if byte == UInt8(ascii: "{") { objects[depth >> 6] |= bit } else { objects[depth >> 6] &= ~bit }
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // A container begins with its bracket, so that the depth is at least 1 here.
                let isObject = objects[(depth - 1) >> 6] >> UInt64((depth - 1) & 63) & 1 == 1
                guard isObject == (byte == UInt8(ascii: "}")) else {
                    state.position = position
                    throw failure(
                        .unbalanced, state,
                        "'\(Character(Unicode.Scalar(byte)))' closes \(isObject ? "an object" : "an array")")
                }
                depth -= 1
                if depth == 0 {
                    position += 1
                    return true
                }
            case 0x0A:
                state.line += 1
            default:
                break
            }
            position += 1
        }
        return false
    }

    /// Goes on in a number, a literal or something that is no JSON; true when it is complete.
    private func scanScalar(_ bytes: UnsafeRawBufferPointer, _ state: inout ScanState) -> Bool {
        while state.position < bytes.count {
            let byte = bytes[state.position]
            if isBlank(byte) || ",:[]{}\"".utf8.contains(byte) { return true }
            state.position += 1
        }
        return false
    }

    private mutating func finish(
        _ state: inout ScanState, _ records: inout [RecordBatch.Record]
    ) throws(RecordFailure) {
        let range = state.keepFrom..<state.position
        try state.checkLength(range.count, limit: limit, line: recordLine)
        state.row += 1
        records.append(
            RecordBatch.Record(
                range: range, row: state.row, line: recordLine, byteOffset: state.base + range.lowerBound))
        state.keepFrom = state.position
        phase = isArray ? .separator : .between
    }

    private mutating func finishFile(
        _ state: inout ScanState, _ records: inout [RecordBatch.Record]
    ) throws(RecordFailure) {
        if phase == .scalar { try finish(&state, &records) }
        switch phase {
        case .between, .afterArray:
            return
        case .container:
            throw failure(
                .truncated, state,
                "the file ends inside the row that starts at byte \(state.base + state.keepFrom) "
                    + "(the download may be incomplete)")
        default:
            throw failure(.truncated, state, "the file ends before the array does (the download may be incomplete)")
        }
    }

    private func failure(_ code: RecordError.Code, _ state: ScanState, _ message: String) -> RecordFailure {
        let isInside = phase == .container || phase == .scalar
        return RecordFailure(
            code: code, row: isInside ? state.row + 1 : state.row, line: isInside ? recordLine : state.line,
            position: state.position, message: message)
    }
}

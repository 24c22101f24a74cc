public import JSON

extension ObjectiveError {
    /// What a text that is no JSON says of a batch, where it has NaN or an infinity for a number, as Python writes them.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - error: why it is no JSON.
    /// - Returns: an error with the field, the rollout and the token; nil where something else is wrong. O(bytes).
    public static func notFinite(in bytes: [UInt8], _ error: JSONError) -> ObjectiveError? {
        guard error.byte >= 0, error.byte < bytes.count else { return nil }
        // The parser may stop at the sign, or behind it.
        var start = error.byte
        if start > 0, bytes[start - 1] == UInt8(ascii: "-") { start -= 1 }
        let rest = bytes[start...].prefix(9)
        guard
            let word = ["NaN", "-NaN", "Infinity", "-Infinity"].last(where: {
                rest.starts(with: $0.utf8)
            })
        else { return nil }
        var place = JSONPlace()
        place.advance(over: bytes[..<start])
        guard let field = place.field else { return nil }
        return ObjectiveError(
            .notFinite, field, rollout: place.rollout, token: place.token,
            "\(word) is no number, in JSON nor here; a log-probability of -inf is one of a token that does not count, and "
                + "any finite number can stand for it")
    }
}

/// Where in a batch a byte lies.
private struct JSONPlace {
    private(set) var field: String?
    private var depth = 0
    private var isInList = false
    private var index = 0
    private var subindex = 0

    var rollout: Int? { depth >= 2 && isInList ? index : nil }
    var token: Int? { depth >= 3 && isInList ? subindex : nil }

    mutating func advance(over bytes: ArraySlice<UInt8>) {
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                let start = position
                while position < bytes.endIndex, bytes[position] != UInt8(ascii: "\"") {
                    position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
                }
                let end = min(position, bytes.endIndex)
                if depth == 1 { field = String(decoding: bytes[start..<end], as: UTF8.self) }
                position = end + 1
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth == 2 { (isInList, index) = (byte == UInt8(ascii: "["), 0) }
                if depth == 3 { subindex = 0 }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ","):
                if depth == 2 { index += 1 }
                if depth == 3 { subindex += 1 }
            default: break
            }
        }
    }
}

/// Writes JSON: the same node gives the same bytes, always.
///
/// Strings are UTF-8 with only the escapes that JSON requires; doubles have the fewest digits that read back as the same
/// number.
public struct JSONWriter: Sendable {
    /// Whether members and elements get lines of their own, indented by two blanks.
    public var isPretty: Bool

    /// Makes a writer; the default writes without any blanks.
    public init(isPretty: Bool = false) {
        self.isPretty = isPretty
    }

    /// The text of a node, without a newline at the end. Linear in its size.
    ///
    /// - Throws: ``JSONError`` with code `notFinite`: JSON has no NaN and no infinities.
    public func string(_ node: JSONNode) throws(JSONError) -> String {
        var bytes: [UInt8] = []
        try write(node, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the text of a node, without a newline at the end. Linear in its size.
    ///
    /// - Throws: ``JSONError`` with code `notFinite`: JSON has no NaN and no infinities. Part of the text is written then.
    public func write(_ node: JSONNode, to bytes: inout [UInt8]) throws(JSONError) {
        try write(node, depth: 0, to: &bytes)
    }

    private func write(_ node: JSONNode, depth: Int, to bytes: inout [UInt8]) throws(JSONError) {
        switch node {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): bytes.append(contentsOf: String(value).utf8)
        case .unsigned(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value):
            guard value.isFinite else {
                throw JSONError(code: .notFinite, message: "JSON cannot express the number \(value)")
            }
            bytes.append(contentsOf: value.description.utf8)
        case .string(let value):
            JSONWriter.writeString(value, to: &bytes)
        case .array(let elements):
            try writeList(elements, "[", "]", depth, &bytes) { (element, bytes) throws(JSONError) in
                try write(element, depth: depth + 1, to: &bytes)
            }
        case .object(let members):
            try writeList(members, "{", "}", depth, &bytes) { (member, bytes) throws(JSONError) in
                JSONWriter.writeString(member.key, to: &bytes)
                bytes.append(contentsOf: (isPretty ? ": " : ":").utf8)
                try write(member.value, depth: depth + 1, to: &bytes)
            }
        }
    }

    private func writeList<Item>(
        _ items: [Item], _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ depth: Int, _ bytes: inout [UInt8],
        _ writeItem: (Item, inout [UInt8]) throws(JSONError) -> Void
    ) throws(JSONError) {
        bytes.append(UInt8(ascii: opening))
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            if isPretty { writeNewline(depth + 1, &bytes) }
            try writeItem(item, &bytes)
        }
        if isPretty, !items.isEmpty { writeNewline(depth, &bytes) }
        bytes.append(UInt8(ascii: closing))
    }

    private func writeNewline(_ depth: Int, _ bytes: inout [UInt8]) {
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
    }

    /// Appends a string in quotes with the escapes that JSON requires. Linear in its length.
    public static func writeString(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { writeString($0, to: &bytes) }
    }

    /// Appends a string, given as UTF-8, in quotes with the escapes that JSON requires. Linear in its length.
    public static func writeString(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        for (index, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
            bytes.append(contentsOf: text[start..<index])
            start = index + 1
            bytes.append(UInt8(ascii: "\\"))
            switch byte {
            case 0x22, 0x5C: bytes.append(byte)
            case 0x08: bytes.append(UInt8(ascii: "b"))
            case 0x09: bytes.append(UInt8(ascii: "t"))
            case 0x0A: bytes.append(UInt8(ascii: "n"))
            case 0x0C: bytes.append(UInt8(ascii: "f"))
            case 0x0D: bytes.append(UInt8(ascii: "r"))
            default:
                bytes.append(contentsOf: "u00".utf8)
                bytes.append(UInt8(ascii: "0") + byte >> 4)
                let low = byte & 15
                bytes.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
            }
        }
        bytes.append(contentsOf: text[start...])
        bytes.append(UInt8(ascii: "\""))
    }
}

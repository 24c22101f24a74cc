import Files

/// The key-value pairs of a GGUF file, as text.
struct GGUFMetadata {
    /// The most entries that are read.
    static let largestCount = MetadataEntries.largestCount
    /// The longest key that the format allows, in bytes.
    private static let longestKey = 65_535
    /// The longest string that is kept, in bytes: chat templates are the long ones.
    private static let longestString = 16 << 20
    /// The most text that is kept in all, in bytes.
    private static let largestText = 64 << 20
    /// Longer arrays are summarised.
    private static let longestArray = 16
    /// How deep arrays of arrays go.
    private static let deepest = 4

    private(set) var entries: [(key: String, value: String)] = []
    private(set) var warnings: [CheckpointWarning] = []
    /// `general.alignment`; 32 where it is not given.
    private(set) var alignment = 32

    init(_ cursor: inout GGUFCursor, count: Int) throws {
        var keys = Set<[UInt8]>()
        var textSize = 0
        for _ in 0..<count {
            let start = cursor.position
            let key = try cursor.string(limit: Self.longestKey, "a key of its metadata")
            let type = try cursor.integer(UInt32.self, "the type of '\(key)'")
            let value = try Self.value(&cursor, type: type, key: key, depth: 0)
            textSize += key.utf8.count + value.utf8.count
            guard textSize <= Self.largestText else {
                throw CheckpointError(
                    .limitExceeded, path: cursor.file.path, byte: start,
                    "its metadata takes over \(Self.largestText) bytes")
            }
            if key == "general.alignment" { try setAlignment(value, type: type, byte: start, path: cursor.file.path) }
            if keys.insert(Array(key.utf8)).inserted {
                entries.append((key, value))
            } else {
                warnings.append(CheckpointWarning("its metadata has '\(key)' twice; the first one counts"))
            }
        }
    }

    private mutating func setAlignment(_ text: String, type: UInt32, byte: Int, path: String) throws(CheckpointError) {
        guard type == 4, let value = Int(text), value > 0, value & (value - 1) == 0 else {
            throw CheckpointError(
                .malformed, path: path, byte: byte, "its general.alignment is '\(text)', not a power of two (uint32)")
        }
        alignment = value
    }

    private static func value(
        _ cursor: inout GGUFCursor, type: UInt32, key: String, depth: Int
    ) throws -> String {
        let what = "the value of '\(key)'"
        switch type {
        case 0: return "\(try cursor.integer(UInt8.self, what))"
        case 1: return "\(try cursor.integer(Int8.self, what))"
        case 2: return "\(try cursor.integer(UInt16.self, what))"
        case 3: return "\(try cursor.integer(Int16.self, what))"
        case 4: return "\(try cursor.integer(UInt32.self, what))"
        case 5: return "\(try cursor.integer(Int32.self, what))"
        case 6: return "\(Float(bitPattern: try cursor.integer(UInt32.self, what)))"
        case 7:
            let byte = try cursor.integer(UInt8.self, what)
            guard byte <= 1 else {
                throw CheckpointError(
                    .malformed, path: cursor.file.path, byte: cursor.position - 1, "\(what) is \(byte), no boolean")
            }
            return byte == 1 ? "true" : "false"
        case 8: return try cursor.string(limit: longestString, what)
        case 9: return try array(&cursor, key: key, depth: depth)
        case 10: return "\(try cursor.integer(UInt64.self, what))"
        case 11: return "\(try cursor.integer(Int64.self, what))"
        case 12: return "\(Double(bitPattern: try cursor.integer(UInt64.self, what)))"
        default:
            throw CheckpointError(
                .malformed, path: cursor.file.path, byte: cursor.position - 4, "\(what) has the unknown type \(type)")
        }
    }

    /// The fewest bytes that a value of a type takes, and whether all values take as many.
    private static func width(of type: UInt32) -> (bytes: Int, isFixed: Bool)? {
        switch type {
        case 0, 1, 7: (1, true)
        case 2, 3: (2, true)
        case 4, 5, 6: (4, true)
        case 10, 11, 12: (8, true)
        case 8: (8, false)
        case 9: (12, false)
        default: nil
        }
    }

    private static func array(_ cursor: inout GGUFCursor, key: String, depth: Int) throws -> String {
        let what = "the array '\(key)'"
        let start = cursor.position
        let type = try cursor.integer(UInt32.self, what)
        let count = try cursor.count("the length of \(what)")
        guard let (bytes, isFixed) = width(of: type), depth < deepest else {
            throw CheckpointError(
                .malformed, path: cursor.file.path, byte: start,
                depth < deepest
                    ? "\(what) is of the unknown type \(type)" : "\(what) is nested more than \(deepest) deep")
        }
        let (least, overflows) = count.multipliedReportingOverflow(by: bytes)
        guard !overflows else {
            throw CheckpointError(.malformed, path: cursor.file.path, byte: start, "\(what) has \(count) elements")
        }
        try cursor.require(least, what)
        if count <= longestArray {
            var parts: [String] = []
            for _ in 0..<count { parts.append(try value(&cursor, type: type, key: key, depth: depth + 1)) }
            return "[\(parts.joined(separator: ", "))]"
        }
        if isFixed {
            try cursor.skip(least, what)
        } else if type == 8 {
            for _ in 0..<count { try cursor.skip(try cursor.count("a string of \(what)"), "a string of \(what)") }
        } else {
            for _ in 0..<count { _ = try array(&cursor, key: key, depth: depth + 1) }
        }
        return "[\(count) \(type == 8 ? "strings" : type == 9 ? "arrays" : "numbers")]"
    }
}

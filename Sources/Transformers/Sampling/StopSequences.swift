/// What ends a completion beside its length: ids, and strings in its text.
public struct StopSequences: Sendable, Hashable {
    /// Ids that end a completion; their text does not belong to it.
    public let ids: Set<Int32>
    /// Strings that end a completion where its text first holds one; the text before it remains.
    public let strings: [String]

    /// What ends a completion.
    ///
    /// - Throws: ``SamplingError/emptyStopString``.
    public init(ids: Set<Int32> = [], strings: [String] = []) throws(SamplingError) {
        guard !strings.contains(where: \.utf8.isEmpty) else { throw .emptyStopString }
        self.ids = ids
        self.strings = strings
    }

    /// Whether an id ends a completion.
    public func contains(_ id: Int32) -> Bool { ids.contains(id) }

    /// A matcher for one completion.
    public func matcher() -> StopMatcher { StopMatcher(strings) }
}

/// Follows the text of one completion as it comes, and finds where a stop string ends it.
///
/// It is given bytes of UTF-8 in pieces that may begin and end inside a scalar, and gives out text that no later byte can take
/// back: what may be the beginning of a stop string, or of a scalar, waits. All that it gives out, end to end, is the text of
/// the bytes, up to the first stop string. Several strings: the one that is whole first counts, of those that end together the
/// longest. A byte takes time in proportion to the number of strings (Knuth, Morris and Pratt, 1977).
public struct StopMatcher: Sendable {
    /// The stop string that was found.
    public private(set) var match: String?

    private let patterns: [Pattern]
    /// For each pattern, how many of its bytes the text ends with.
    private var progress: [Int]
    /// Bytes that are not given out.
    private var waiting: [UInt8] = []

    private struct Pattern: Sendable {
        let string: String
        let bytes: [UInt8]
        /// The longest proper beginning of the pattern that its first n bytes end with.
        let shorter: [Int]

        init(_ string: String) {
            self.string = string
            let bytes = Array(string.utf8)
            var shorter = [0, 0]
            var length = 0
            for byte in bytes.dropFirst() {
                while length > 0, bytes[length] != byte { length = shorter[length] }
                if bytes[length] == byte { length += 1 }
                shorter.append(length)
            }
            self.bytes = bytes
            self.shorter = shorter
        }

        func next(_ length: Int, _ byte: UInt8) -> Int {
            var length = length
            while length > 0, bytes[length] != byte { length = shorter[length] }
            return bytes[length] == byte ? length + 1 : 0
        }
    }

    init(_ strings: [String]) {
        patterns = strings.map(Pattern.init)
        progress = Array(repeating: 0, count: strings.count)
    }

    /// Takes bytes of the text; returns text that is certain now. After a match everything is passed over.
    public mutating func append(_ bytes: some Sequence<UInt8>) -> String {
        guard match == nil else { return "" }
        for byte in bytes {
            waiting.append(byte)
            var found: Pattern?
            for (index, pattern) in patterns.enumerated() {
                progress[index] = pattern.next(progress[index], byte)
                if progress[index] == pattern.bytes.count {
                    if pattern.bytes.count > found?.bytes.count ?? 0 { found = pattern }
                    progress[index] = pattern.shorter[pattern.bytes.count]
                }
            }
            if let found {
                match = found.string
                // Bytes that wait begin no later than the longest pattern that is whole.
                let text = String(decoding: waiting.dropLast(found.bytes.count), as: UTF8.self)
                waiting = []
                return text
            }
        }
        let held = progress.max() ?? 0
        return giveOut(waiting.count - held)
    }

    /// Ends the text; returns what still waits.
    public mutating func finish() -> String {
        defer { waiting = [] }
        return String(decoding: waiting, as: UTF8.self)
    }

    /// Gives out the first bytes, but for a scalar that is not whole.
    private mutating func giveOut(_ count: Int) -> String {
        let whole = count - Self.incompleteSuffix(of: waiting[..<count])
        let text = String(decoding: waiting[..<whole], as: UTF8.self)
        waiting.removeFirst(whole)
        return text
    }

    /// How many bytes at the end are the beginning of a scalar that more bytes may complete.
    private static func incompleteSuffix(of bytes: ArraySlice<UInt8>) -> Int {
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.endIndex - back]
            switch byte {
            case 0x80...0xBF: continue
            case 0xC2...0xDF: return back < 2 ? back : 0
            case 0xE0...0xEF: return back < 3 ? back : 0
            case 0xF0...0xF4: return back < 4 ? back : 0
            default: return 0
            }
        }
        return 0
    }
}

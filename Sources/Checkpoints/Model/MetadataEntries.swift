/// The free text of a checkpoint while it is gathered: keys are distinct, byte by byte.
struct MetadataEntries {
    /// The most entries that are read; formats that carry such text have a few dozen.
    static let largestCount = 10_000

    /// In the order of their keys' first occurrence.
    private(set) var entries: [(key: String, value: String)] = []
    private var places: [[UInt8]: Int] = [:]

    /// Adds an entry, or replaces the value of the one with its key.
    ///
    /// - Returns: whether the key is new.
    /// - Throws: `limitExceeded` above ``largestCount`` entries.
    /// - Complexity: that of a look-up in a hash table.
    mutating func set(_ key: String, to value: String, path: String) throws(CheckpointError) -> Bool {
        if let place = places[Array(key.utf8)] {
            entries[place].value = value
            return false
        }
        try append(key, value, path: path)
        return true
    }

    /// Adds those entries whose keys are new.
    ///
    /// - Throws: `limitExceeded` above ``largestCount`` entries.
    mutating func add(
        _ others: [(key: String, value: String)], path: String
    ) throws(CheckpointError) {
        for (key, value) in others where places[Array(key.utf8)] == nil { try append(key, value, path: path) }
    }

    private mutating func append(_ key: String, _ value: String, path: String) throws(CheckpointError) {
        guard entries.count < Self.largestCount else {
            throw CheckpointError(
                .limitExceeded, path: path, "has over \(Self.largestCount) entries of metadata; remove some of them")
        }
        places[Array(key.utf8)] = entries.count
        entries.append((key, value))
    }
}

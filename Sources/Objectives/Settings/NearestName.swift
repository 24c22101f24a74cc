/// What somebody may have meant.
public enum NearestName {
    /// The name at the least edit distance; nil where none is near. O(names).
    public static func nearest(to name: String, among names: [String]) -> String? {
        let distances = names.map { distance(Array(name.lowercased().utf8.prefix(64)), Array($0.utf8)) }
        guard let least = distances.min(), let place = distances.firstIndex(of: least),
            least <= max(2, names[place].utf8.count / 3)
        else { return nil }
        return names[place]
    }

    /// A sentence's end: the name at the least edit distance, or all names where none is near.
    static func hint(for name: String, among names: [String]) -> String {
        nearest(to: name, among: names).map { "the nearest is \($0)" } ?? "there is \(names.joined(separator: ", "))"
    }

    /// Levenshtein's distance in bytes. O(the product of the lengths).
    private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var row = Array(0...second.count)
        for (index, byte) in first.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in second.indices {
                let substituted = diagonal + (byte == second[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, row[column] + 1, diagonal + 1)
            }
        }
        return row[second.count]
    }
}

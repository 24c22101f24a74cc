/// A pattern for names of tensors, as shells match file names, except that `*` also matches dots and slashes.
///
/// `*` stands for any number of characters, `?` for one, `[abc]`, `[a-z]` and `[!a-z]` for one of a set; anything else,
/// also a bracket that is not closed, for itself. A pattern without any of these matches that name only.
public struct NamePattern: Sendable, Hashable {
    private enum Part: Hashable {
        case literal(Unicode.Scalar)
        case any
        case anything
        case oneOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .literal(let expected): scalar == expected
            case .any: true
            case .anything: false
            case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
            }
        }
    }

    /// The pattern as it was written.
    public let text: String
    private let parts: [Part]

    /// Any text is a pattern.
    public init(_ text: String) {
        self.text = text
        let scalars = Array(text.unicodeScalars)
        var parts: [Part] = []
        var index = 0
        while index < scalars.count {
            switch scalars[index] {
            case "*":
                if parts.last != .anything { parts.append(.anything) }
            case "?": parts.append(.any)
            case "[":
                if let (part, end) = Self.set(scalars, from: index) {
                    parts.append(part)
                    index = end
                } else {
                    parts.append(.literal("["))
                }
            case let scalar: parts.append(.literal(scalar))
            }
            index += 1
        }
        self.parts = parts
    }

    /// A set that opens at `start`, and the place of its closing bracket.
    private static func set(_ scalars: [Unicode.Scalar], from start: Int) -> (Part, end: Int)? {
        var index = start + 1
        let isNegated = index < scalars.count && (scalars[index] == "!" || scalars[index] == "^")
        if isNegated { index += 1 }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        let first = index
        while index < scalars.count, scalars[index] != "]" || index == first {
            let low = scalars[index]
            if index + 2 < scalars.count, scalars[index + 1] == "-", scalars[index + 2] != "]" {
                let high = scalars[index + 2]
                if low <= high { ranges.append(low...high) }
                index += 3
            } else {
                ranges.append(low...low)
                index += 1
            }
        }
        guard index < scalars.count else { return nil }
        return (.oneOf(ranges, isNegated: isNegated), index)
    }

    /// Whether all of `name` fits.
    ///
    /// - Complexity: at worst the product of the two lengths.
    public func matches(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        var (place, part) = (0, 0)
        // Only the last star needs a second try: what an earlier one matched longer, this one can match as well.
        var retry: (place: Int, part: Int)?
        while place < scalars.count {
            if part < parts.count, parts[part] == .anything {
                retry = (place, part)
                part += 1
            } else if part < parts.count, parts[part].matches(scalars[place]) {
                place += 1
                part += 1
            } else if let (start, star) = retry {
                retry = (start + 1, star)
                place = start + 1
                part = star + 1
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .anything }
    }
}

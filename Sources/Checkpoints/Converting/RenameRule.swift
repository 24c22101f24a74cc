/// A search in names and what replaces each place that it finds.
///
/// It works as `sed s/REGEX/TEMPLATE/g` and Python's `re.sub` do: every match is replaced, what does not match stays, and a
/// name in which nothing matches is kept. Anchors (`^`, `$`) bind the search to the whole name.
public struct RenameRule: Sendable, Hashable {
    /// The regular expression, as Swift's `Regex` reads it; it matches Unicode scalars.
    public let pattern: String
    /// The replacement as written.
    public let template: String
    private let parts: [Part]

    private enum Part: Hashable {
        case text(String)
        case number(Int)
        case name(String)
    }

    /// Makes a rule.
    ///
    /// - Parameter template: `$1` or `\1` (also `${1}`, `\g<1>`) stands for a group, `$0` for all that matched, `${name}` or
    ///   `\g<name>` for a named group, `$$` for `$` and `\\` for `\`. A group that took no part in the match is empty.
    /// - Throws: ``RenameError`` for an expression or a template that cannot be read.
    public init(_ pattern: String, _ template: String) throws(RenameError) {
        self.pattern = pattern
        self.template = template
        parts = try Self.parse(template)
        let regex = try Self.compile(pattern)
        // Groups that do not exist show in what an empty match has room for.
        let groups = try Self.groups(of: regex, pattern: pattern)
        for part in parts {
            switch part {
            case .number(let number) where number >= groups.count:
                throw RenameError(
                    "the template '\(template)' uses the group \(number); '\(pattern)' has \(groups.count - 1)")
            case .name(let name) where !groups.names.contains(name):
                throw RenameError(
                    "the template '\(template)' uses the group '\(name)', which '\(pattern)' does not have")
            default: break
            }
        }
    }

    /// Reads `REGEX=>TEMPLATE`.
    ///
    /// - Throws: ``RenameError``.
    public init(parsing text: String) throws(RenameError) {
        let bytes = Array(text.utf8)
        guard let arrow = bytes.indices.last(where: { $0 > 0 && bytes[$0 - 1] == 0x3D && bytes[$0] == 0x3E }) else {
            throw RenameError("wants REGEX=>TEMPLATE; not '\(text)'")
        }
        try self.init(
            String(decoding: bytes[..<(arrow - 1)], as: UTF8.self),
            String(decoding: bytes[(arrow + 1)...], as: UTF8.self))
    }

    /// A function that applies the rule; for one thread.
    func renaming() throws(RenameError) -> (String) -> String {
        let regex = try Self.compile(pattern)
        let parts = parts
        return { name in
            var result = ""
            var end = name.startIndex
            for match in name.matches(of: regex) {
                result += name[end..<match.range.lowerBound]
                for part in parts {
                    switch part {
                    case .text(let text): result += text
                    case .number(let number): result += match.output[number].substring ?? ""
                    case .name(let group): result += match.output[group]?.substring ?? ""
                    }
                }
                end = match.range.upperBound
            }
            return result + name[end...]
        }
    }

    private static func compile(_ pattern: String) throws(RenameError) -> Regex<AnyRegexOutput> {
        guard !pattern.isEmpty else { throw RenameError("the regular expression is empty") }
        do {
            return try Regex(pattern).matchingSemantics(.unicodeScalar)
        } catch {
            throw RenameError("'\(pattern)' is no regular expression: \(error)")
        }
    }

    /// How many groups there are, the whole match included, and their names: from a match of the expression or nothing.
    private static func groups(
        of regex: Regex<AnyRegexOutput>, pattern: String
    ) throws(RenameError) -> (count: Int, names: Set<String>) {
        let padded: Regex<AnyRegexOutput>
        do {
            padded = try Regex("(?:\(pattern)\n)?").matchingSemantics(.unicodeScalar)
        } catch {
            throw RenameError("'\(pattern)' is no regular expression: \(error)")
        }
        guard let match = "".prefixMatch(of: padded) else { return (1, []) }
        return (match.output.count, Set(match.output.compactMap(\.name)))
    }

    private static func parse(_ template: String) throws(RenameError) -> [Part] {
        var parts: [Part] = []
        var text = String.UnicodeScalarView()
        let scalars = Array(template.unicodeScalars)
        var index = 0
        func isDigit(_ place: Int) -> Bool { place < scalars.count && ("0"..."9").contains(scalars[place]) }
        func group(_ name: [Unicode.Scalar]) throws(RenameError) -> Part {
            let name = String(String.UnicodeScalarView(name))
            guard !name.isEmpty else { throw RenameError("the template '\(template)' has a group without a name") }
            return Int(name).map { .number($0) } ?? .name(name)
        }
        func flush() {
            if !text.isEmpty { parts.append(.text(String(text))) }
            text.removeAll()
        }
        while index < scalars.count {
            let scalar = scalars[index]
            let next = index + 1
            guard scalar == "$" || scalar == "\\" else {
                text.append(scalar)
                index = next
                continue
            }
            let opening: [Unicode.Scalar] = scalar == "$" ? ["{"] : ["g", "<"]
            let closing: Unicode.Scalar = scalar == "$" ? "}" : ">"
            if next < scalars.count, scalars[next] == scalar {
                text.append(scalar)
                index = next + 1
            } else if isDigit(next) {
                flush()
                parts.append(.number(Int(scalars[next].value) - 0x30))
                index = next + 1
            } else if scalars[next...].starts(with: opening),
                let end = scalars[next...].firstIndex(of: closing)
            {
                flush()
                parts.append(try group(Array(scalars[(next + opening.count)..<end])))
                index = end + 1
            } else {
                throw RenameError(
                    "the template '\(template)' has a '\(scalar)' that begins no group; write '\(scalar)\(scalar)' for it"
                )
            }
        }
        flush()
        return parts
    }
}

/// Why a ``RenameRule`` cannot be made.
public struct RenameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, on one line.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A string as Python sees it: code points, compared one by one. Kept as valid UTF-8.
struct Text: Sendable {
    var bytes: [UInt8]
    /// Whether the filter `safe` or `escape` made it: what is joined to it gets escaped.
    var isMarkup = false

    init(_ bytes: [UInt8], isMarkup: Bool = false) {
        self.bytes = bytes
        self.isMarkup = isMarkup
    }

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) }
    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var isEmpty: Bool { bytes.isEmpty }
    var isASCII: Bool { bytes.allSatisfy { $0 < 0x80 } }
    var string: String { String(decoding: bytes, as: UTF8.self) }
    /// The number of code points. Linear.
    var count: Int { bytes.count { $0 & 0xC0 != 0x80 } }
    var scalars: String.UnicodeScalarView { string.unicodeScalars }
}

extension Text: Hashable, CustomStringConvertible {
    static func == (left: Text, right: Text) -> Bool { left.bytes == right.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
    var description: String { string }
}

// MARK: Places

extension Text {
    /// The scalar at a place counted from 0; nil outside.
    func scalar(at index: Int) -> Text? {
        if isASCII { return bytes.indices.contains(index) ? Text([bytes[index]]) : nil }
        guard index >= 0 else { return nil }
        let scalars = scalars
        guard let place = scalars.index(scalars.startIndex, offsetBy: index, limitedBy: scalars.endIndex),
            place < scalars.endIndex
        else { return nil }
        return Text(String(scalars[place]))
    }

    /// Every code point as a text of its own.
    var characters: [Text] { scalars.map { Text(String($0)) } }

    /// The scalars at these places.
    func selecting(_ indices: StrideTo<Int>, ascending range: Range<Int>?) -> Text {
        if isASCII {
            if let range { return Text(Array(bytes[range]), isMarkup: isMarkup) }
            return Text(indices.map { bytes[$0] }, isMarkup: isMarkup)
        }
        let scalars = Array(scalars)
        var view = String.UnicodeScalarView()
        if let range {
            view.append(contentsOf: scalars[range])
        } else {
            view.append(contentsOf: indices.map { scalars[$0] })
        }
        return Text(Array(String(view).utf8), isMarkup: isMarkup)
    }

    /// Where another text begins, in bytes: the first place at or after `start`; nil where there is none. Linear.
    func find(_ wanted: [UInt8], from start: Int = 0, to end: Int? = nil) -> Int? {
        let end = end ?? bytes.count
        guard start <= end, wanted.count <= end - start else { return nil }
        return Self.firstMatch(end - start, wanted.count, byte: { bytes[start + $0] }, wanted: { wanted[$0] })
            .map { start + $0 }
    }

    /// The same from the end.
    func findLast(_ wanted: [UInt8], from start: Int = 0, to end: Int? = nil) -> Int? {
        let end = end ?? bytes.count
        guard start <= end, wanted.count <= end - start else { return nil }
        return Self.firstMatch(
            end - start, wanted.count, byte: { bytes[end - 1 - $0] }, wanted: { wanted[wanted.count - 1 - $0] }
        ).map { end - $0 - wanted.count }
    }

    /// Knuth, Morris and Pratt's search: texts of templates may repeat themselves for megabytes.
    private static func firstMatch(
        _ count: Int, _ wantedCount: Int, byte: (Int) -> UInt8, wanted: (Int) -> UInt8
    ) -> Int? {
        guard wantedCount > 0 else { return 0 }
        // For each front of what is wanted, the length of its longest proper front that is its end too.
        var borders: [Int32] = [0]
        borders.reserveCapacity(wantedCount)
        var matched = 0
        for place in 1..<wantedCount {
            while matched > 0, wanted(place) != wanted(matched) { matched = Int(borders[matched - 1]) }
            if wanted(place) == wanted(matched) { matched += 1 }
            borders.append(Int32(matched))
        }
        matched = 0
        for place in 0..<count {
            while matched > 0, byte(place) != wanted(matched) { matched = Int(borders[matched - 1]) }
            if byte(place) == wanted(matched) { matched += 1 }
            if matched == wantedCount { return place + 1 - wantedCount }
        }
        return nil
    }

    /// The number of scalars before a byte.
    func scalarCount(before byte: Int) -> Int { bytes[..<byte].count { $0 & 0xC0 != 0x80 } }

    /// The byte where the scalar of this number begins; the end for numbers beyond it.
    func byte(ofScalar index: Int) -> Int {
        var left = index
        for (place, byte) in bytes.enumerated() where byte & 0xC0 != 0x80 {
            if left == 0 { return place }
            left -= 1
        }
        return bytes.count
    }
}

// MARK: White space

extension Unicode.Scalar {
    /// `str.isspace()`
    var isPythonSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}

extension Text {
    /// The number of bytes of white space at the start of a range.
    static func leadingSpace(of bytes: [UInt8], in range: Range<Int>) -> Int {
        var place = range.lowerBound
        while place < range.upperBound {
            let length = spaceLength(bytes, place, range.upperBound)
            guard length > 0 else { break }
            place += length
        }
        return place - range.lowerBound
    }

    /// The end of a range once the white space at its end is taken off.
    static func trimmedEnd(of bytes: [UInt8], in range: Range<Int>) -> Int {
        var end = range.upperBound
        while end > range.lowerBound {
            var start = end - 1
            while start > range.lowerBound, bytes[start] & 0xC0 == 0x80 { start -= 1 }
            guard spaceLength(bytes, start, end) == end - start else { break }
            end = start
        }
        return end
    }

    /// The length of the white space character at a place; 0 where another character stands.
    private static func spaceLength(_ bytes: [UInt8], _ place: Int, _ end: Int) -> Int {
        let byte = bytes[place]
        if byte < 0x80 { return Unicode.Scalar(byte).isPythonSpace ? 1 : 0 }
        let length = byte < 0xE0 ? 2 : 3
        guard byte < 0xF0, place + length <= end else { return 0 }
        var value = UInt32(length == 2 ? byte & 0x1F : byte & 0x0F)
        for next in bytes[(place + 1)..<(place + length)] { value = value << 6 | UInt32(next & 0x3F) }
        return Unicode.Scalar(value).map { $0.isPythonSpace } == true ? length : 0
    }

    enum Sides { case both, left, right }

    /// `strip`, `lstrip` or `rstrip`: of white space, or of the characters of `set`.
    func stripped(_ sides: Sides = .both, of set: Text? = nil) -> Text {
        var range = 0..<bytes.count
        if let set {
            let wanted = Set(set.scalars)
            let scalars = scalars
            var rest = scalars[...]
            if sides != .right { rest = rest.drop { wanted.contains($0) } }
            if sides != .left { while let last = rest.last, wanted.contains(last) { rest.removeLast() } }
            return Text(Array(String(rest).utf8), isMarkup: isMarkup)
        }
        if sides != .right { range = Text.leadingSpace(of: bytes, in: range)..<range.upperBound }
        if sides != .left { range = range.lowerBound..<Text.trimmedEnd(of: bytes, in: range) }
        return range.count == bytes.count ? self : Text(Array(bytes[range]), isMarkup: isMarkup)
    }
}

// MARK: Cutting and joining

extension Text {
    /// `str.replace`
    func replacing(_ old: Text, with new: Text, limit: Int?) -> Text {
        var result: [UInt8] = []
        var left = limit ?? Int.max
        if old.isEmpty {
            // The new text goes before every code point and to the end.
            for character in characters {
                if left > 0 {
                    result += new.bytes
                    left -= 1
                }
                result += character.bytes
            }
            return Text(left > 0 ? result + new.bytes : result, isMarkup: isMarkup)
        }
        var place = 0
        while left > 0, let found = find(old.bytes, from: place) {
            result += bytes[place..<found]
            result += new.bytes
            place = found + old.bytes.count
            left -= 1
        }
        return place == 0 ? self : Text(result + bytes[place...], isMarkup: isMarkup)
    }

    /// `str.split(separator, limit)`; the separator is not empty.
    func split(_ separator: Text, limit: Int?) -> [Text] {
        var parts: [Text] = []
        var place = 0
        while limit.map({ parts.count < $0 }) ?? true, let found = find(separator.bytes, from: place) {
            parts.append(Text(bytes[place..<found]))
            place = found + separator.bytes.count
        }
        return parts + [Text(bytes[place...])]
    }

    /// `str.rsplit(separator, limit)`; the separator is not empty.
    func splitFromEnd(_ separator: Text, limit: Int?) -> [Text] {
        var parts: [Text] = []
        var end = bytes.count
        while limit.map({ parts.count < $0 }) ?? true, let found = findLast(separator.bytes, to: end) {
            parts.append(Text(bytes[(found + separator.bytes.count)..<end]))
            end = found
        }
        return (parts + [Text(bytes[..<end])]).reversed()
    }

    /// `str.split(None, limit)`
    func splitAtSpace(limit: Int?) -> [Text] {
        var parts: [Text] = []
        var place = Text.leadingSpace(of: bytes, in: 0..<bytes.count)
        while place < bytes.count {
            guard limit.map({ parts.count < $0 }) ?? true else {
                parts.append(Text(bytes[place..<Text.trimmedEnd(of: bytes, in: place..<bytes.count)]))
                break
            }
            var end = place
            while end < bytes.count, Text.spaceLength(bytes, end, bytes.count) == 0 { end += 1 }
            parts.append(Text(bytes[place..<end]))
            place = end + Text.leadingSpace(of: bytes, in: end..<bytes.count)
        }
        return parts
    }

    /// `str.rsplit(None, limit)`
    func splitAtSpaceFromEnd(limit: Int?) -> [Text] {
        guard let limit else { return splitAtSpace(limit: nil) }
        var parts: [Text] = []
        var end = Text.trimmedEnd(of: bytes, in: 0..<bytes.count)
        while end > 0 {
            guard parts.count < limit else {
                parts.append(Text(bytes[Text.leadingSpace(of: bytes, in: 0..<end)..<end]))
                break
            }
            var start = end
            while start > 0 {
                var previous = start - 1
                while previous > 0, bytes[previous] & 0xC0 == 0x80 { previous -= 1 }
                if Text.spaceLength(bytes, previous, bytes.count) > 0 { break }
                start = previous
            }
            parts.append(Text(bytes[start..<end]))
            end = Text.trimmedEnd(of: bytes, in: 0..<start)
        }
        return parts.reversed()
    }

    /// `str.splitlines(keepends)`
    func lines(keepingEnds: Bool) -> [Text] {
        var lines: [Text] = []
        var line = String.UnicodeScalarView()
        let scalars = Array(scalars)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar.value {
            case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029:
                if keepingEnds { line.append(scalar) }
                if scalar == "\r", index < scalars.count, scalars[index] == "\n" {
                    if keepingEnds { line.append("\n") }
                    index += 1
                }
                lines.append(Text(String(line)))
                line = String.UnicodeScalarView()
            default:
                line.append(scalar)
            }
        }
        if !line.isEmpty { lines.append(Text(String(line))) }
        return lines
    }

    /// What `markupsafe.escape` makes of it.
    var escaped: Text {
        guard !isMarkup else { return self }
        var result: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "&"): result += Array("&amp;".utf8)
            case UInt8(ascii: "<"): result += Array("&lt;".utf8)
            case UInt8(ascii: ">"): result += Array("&gt;".utf8)
            case UInt8(ascii: "'"): result += Array("&#39;".utf8)
            case UInt8(ascii: "\""): result += Array("&#34;".utf8)
            default: result.append(byte)
            }
        }
        return Text(result, isMarkup: true)
    }
}

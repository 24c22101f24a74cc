/// The normalizer of a tokenizer: what happens to a piece of text before it is split.
indirect enum Normalizer: Sendable {
    case unicode(NormalizationForm)
    case sequence([Normalizer])
    case replace(TextPattern, with: [UInt8])
    case prepend([UInt8])
    case strip(left: Bool, right: Bool)
    case lowercase

    /// Normalises `text`, or returns nil when there is nothing to change, which spares the copy.
    func normalized(_ text: UnsafeBufferPointer<UInt8>) throws(TokenizerError) -> [UInt8]? {
        switch self {
        case .unicode(let form):
            guard form.firstChange(in: text) != nil else { return nil }
            var output: [UInt8] = []
            output.reserveCapacity(text.count + 16)
            form.normalize(text, into: &output)
            return output
        case .sequence(let steps):
            var current: [UInt8]?
            for step in steps {
                if let bytes = current {
                    current = try step.normalized(bytes) ?? bytes
                } else {
                    current = try step.normalized(text)
                }
            }
            return current
        case .replace(let pattern, let content):
            return try pattern.replacingMatches(in: text, with: content)
        case .prepend(let prefix):
            return text.isEmpty ? nil : prefix + text
        case .strip(let left, let right):
            return Self.stripped(text, left: left, right: right)
        case .lowercase:
            return Self.lowercased(text)
        }
    }

    private func normalized(_ bytes: [UInt8]) throws(TokenizerError) -> [UInt8]? {
        try withBytes(bytes) { (text) throws(TokenizerError) in try normalized(text) }
    }

    private static func stripped(_ text: UnsafeBufferPointer<UInt8>, left: Bool, right: Bool) -> [UInt8]? {
        var start = 0
        var end = text.count
        if left {
            while start < end {
                let (scalar, length) = UTF8Scalar.decode(text, at: start)
                guard ScalarSet.rustWhiteSpace.contains(scalar) else { break }
                start += length
            }
        }
        if right {
            while end > start {
                var lead = end - 1
                while lead > start, text[lead] & 0xC0 == 0x80 { lead -= 1 }
                guard ScalarSet.rustWhiteSpace.contains(UTF8Scalar.decode(text, at: lead).value) else { break }
                end = lead
            }
        }
        return start == 0 && end == text.count ? nil : Array(text[start..<end])
    }

    private static func lowercased(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let (scalar, length) = UTF8Scalar.decode(text, at: index)
            if scalar < 0x80 {
                output.append((0x41...0x5A).contains(scalar) ? text[index] | 0x20 : text[index])
            } else if let mapped = Lowercase.mapping[scalar] {
                for value in mapped { UTF8Scalar.append(value, to: &output) }
            } else {
                output.append(contentsOf: text[index..<(index + length)])
            }
            index += length
        }
        return output
    }
}

/// `char::to_lowercase` of Rust, which looks at one scalar at a time.
private enum Lowercase {
    static let mapping: [UInt32: [UInt32]] = {
        var mapping: [UInt32: [UInt32]] = [:]
        var reader = TableReader(RustClassData.lowercase)
        while !reader.isAtEnd {
            let scalar = reader.hexadecimal()
            _ = reader.byte()
            var result: [UInt32] = []
            var separator = UInt8(ascii: " ")
            while separator == UInt8(ascii: " ") {
                result.append(reader.hexadecimal())
                separator = reader.byte()
            }
            mapping[scalar] = result
        }
        return mapping
    }()
}

/// `Array.withUnsafeBufferPointer` with a typed throw.
func withBytes<Result>(
    _ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) throws(TokenizerError) -> Result
) throws(TokenizerError) -> Result {
    let outcome = bytes.withUnsafeBufferPointer { buffer -> Swift.Result<Result, TokenizerError> in
        do throws(TokenizerError) {
            return .success(try body(buffer))
        } catch {
            return .failure(error)
        }
    }
    return try outcome.get()
}
